"""The protocol skelgen-v1: every metric in repeated draws, beside the floor that real clips set.

A repetition draws half of the synthetic clips without replacement, class by class as often as the
reference shows it, and measures them. The floor is what real clips get when they are drawn with
the very same class counts: from the other part for a distance to the reference, from the reference
itself for properties of the clips alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.features import FeatureSet, IntArray
from metrics.fid import Moments, moments
from metrics.registry import Metric, check_metrics
from metrics.repetitions import draw, drawn_fraction, interval, matched_counts
from metrics.value import Undefined, Value
from skeletons.errors import InputError
from skeletons.seeds import named_rng

SMALLEST_FLOOR = 0.25
"""Draws shrink to what a real part can give, down to this part of their size; if it can give even
less, they keep their size and the floor is undefined."""


@dataclass(frozen=True)
class MetricValue:
    """One metric of one draw."""

    reference: str
    metric: str
    repetition: int
    value: Value

    def row(self) -> dict[str, str | int | float]:
        """Columns of ``metrics.csv`` that this knows."""
        return {
            "reference": self.reference,
            "metric": self.metric,
            "repetition": self.repetition,
            "value": _cell(self.value),
        }


@dataclass(frozen=True)
class MetricSummary:
    """One metric over all draws: mean, 95 % interval for the sampled clips, and the real floor.

    ``draw_size`` is the number of clips of one draw, synthetic or real.
    """

    reference: str
    metric: str
    mean: Value
    ci95_low: Value
    ci95_high: Value
    repetitions: int
    real_floor: Value
    draw_size: int

    def row(self) -> dict[str, str | int | float]:
        """Columns of ``summary.csv`` that this knows."""
        return {
            "reference": self.reference,
            "metric": self.metric,
            "mean": _cell(self.mean),
            "ci95_low": _cell(self.ci95_low),
            "ci95_high": _cell(self.ci95_high),
            "repetitions": self.repetitions,
            "real_floor": _cell(self.real_floor),
        }


def evaluate(
    synthetic: FeatureSet,
    references: Mapping[str, FeatureSet],
    metrics: Sequence[str],
    repetitions: int = 20,
    seed: int = 0,
) -> tuple[list[MetricValue], list[MetricSummary]]:
    """Measure synthetic clips against each reference.

    A value depends on the clips, the seed and its own reference, metric and repetition only, not
    on what else is measured. BLAS runs on one thread, so that it does not depend on the machine's
    load or thread settings either.

    Args:
        references: real clips by the name of their part, ``train`` and ``test``.
        metrics: names, as :func:`metrics.registry.metric_named` knows them.
        repetitions: draws, at least 1; the interval of one draw is undefined.

    Raises:
        InputError: no clips in a set, sets of different features, or an unknown metric.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # lazy: heavy

    chosen = check_metrics(metrics)
    _check(synthetic, references, repetitions)
    values: list[MetricValue] = []
    summaries: list[MetricSummary] = []
    with threadpool_limits(limits=1, user_api="blas"):
        moments_of = {name: moments(part.features) for name, part in references.items()}
        for name, reference in references.items():
            others = [part for other, part in references.items() if other != name]
            sources: dict[str, FeatureSet | None] = {
                "reference": reference,
                "other part": others[0] if others else None,
            }
            measured: dict[str, tuple[_Plan, list[Value], Value]] = {}
            for source, real in sources.items():
                group = [metric for metric in chosen if metric.floor == source]
                if group:
                    plan = _plan(synthetic, reference, real)
                    names = (seed, name)
                    drawn = _repeat(group, synthetic, plan, moments_of[name], repetitions, names)
                    floors = _floors(group, plan, moments_of[name], repetitions, names)
                    for metric in group:
                        measured[metric.name] = plan, drawn[metric.name], floors[metric.name]
            for metric in chosen:
                plan, numbers, floor = measured[metric.name]
                values += [
                    MetricValue(name, metric.name, repetition, value)
                    for repetition, value in enumerate(numbers)
                ]
                summaries.append(_summary(metric, name, numbers, floor, plan))
    return values, summaries


@dataclass(frozen=True)
class _Plan:
    """Class counts of a draw, the part of the pool that they are, and where floors come from."""

    counts: IntArray
    fraction: float
    real: FeatureSet | None
    no_floor: str


def _plan(synthetic: FeatureSet, reference: FeatureSet, real: FeatureSet | None) -> _Plan:
    parts = [part for part in (synthetic, reference, real) if part is not None]
    classes = 1 + max(int(part.labels.max()) for part in parts)
    pool, prior = synthetic.class_counts(classes), reference.class_counts(classes)
    wanted = matched_counts(pool, prior)
    if real is None:
        return _Plan(wanted, drawn_fraction(pool, wanted), None, "there is no other real part")
    counts = matched_counts(pool, prior, real.class_counts(classes))
    if counts.sum() < SMALLEST_FLOOR * wanted.sum():
        reason = f"{counts.sum()} real clips are there for draws of {wanted.sum()}"
        return _Plan(wanted, drawn_fraction(pool, wanted), None, reason)
    return _Plan(counts, drawn_fraction(pool, counts), real, "")


def _repeat(
    metrics: Sequence[Metric],
    clips: FeatureSet,
    plan: _Plan,
    reference: Moments,
    repetitions: int,
    names: tuple[object, ...],
) -> dict[str, list[Value]]:
    """Each metric of each draw; in one repetition all metrics see the same clips."""
    if plan.counts.sum() == 0:
        nothing = Undefined("no synthetic clip is of a class of the reference")
        return {metric.name: [nothing] * repetitions for metric in metrics}
    drawn: dict[str, list[Value]] = {metric.name: [] for metric in metrics}
    for repetition in range(repetitions):
        rows = draw(clips.labels, plan.counts, named_rng("metric draw", *names, repetition))
        chosen = clips.select(rows)
        for metric in metrics:
            rng = named_rng("metric", metric.name, *names, repetition)
            drawn[metric.name].append(metric.measure(chosen, reference, rng))
    return drawn


def _floors(
    metrics: Sequence[Metric],
    plan: _Plan,
    reference: Moments,
    repetitions: int,
    names: tuple[object, ...],
) -> dict[str, Value]:
    """Mean of each metric over draws of real clips with the plan's class counts."""
    if plan.real is None:
        return {metric.name: Undefined(plan.no_floor) for metric in metrics}
    drawn = _repeat(metrics, plan.real, plan, reference, repetitions, ("floor", *names))
    return {name: _mean(values) for name, values in drawn.items()}


def _mean(values: Sequence[Value]) -> Value:
    """The mean, or the reason for which one of the values is undefined."""
    numbers = [value for value in values if not isinstance(value, Undefined)]
    for value in values:
        if isinstance(value, Undefined):
            return value
    return float(np.mean(numbers))


def _summary(
    metric: Metric, reference: str, drawn: Sequence[Value], floor: Value, plan: _Plan
) -> MetricSummary:
    mean = _mean(drawn)
    low: Value
    high: Value
    if isinstance(mean, Undefined):
        low = high = mean
    elif len(drawn) < 2:
        low = high = Undefined("one repetition has no spread")
    elif plan.fraction == 0.0:
        low = high = Undefined("no class has two clips, so the draws are all the same")
    else:
        numbers = [value for value in drawn if not isinstance(value, Undefined)]
        ends = interval(numbers, plan.fraction)
        low, high = (float(np.clip(end, *metric.bounds)) for end in ends)
    return MetricSummary(
        reference=reference,
        metric=metric.name,
        mean=mean,
        ci95_low=low,
        ci95_high=high,
        repetitions=len(drawn),
        real_floor=floor,
        draw_size=int(plan.counts.sum()),
    )


def _check(synthetic: FeatureSet, references: Mapping[str, FeatureSet], repetitions: int) -> None:
    if repetitions < 1:
        raise InputError(f"{repetitions} repetitions measure nothing, take 1 or more")
    if not references:
        raise InputError("metrics need at least one reference")
    for name, part in (("synthetic", synthetic), *references.items()):
        if len(part) == 0:
            raise InputError(f"the {name} set has no clips to measure")
        if part.features.shape[1] != synthetic.features.shape[1]:
            raise InputError(
                f"the {name} set has {part.features.shape[1]} features a clip, the synthetic set "
                f"{synthetic.features.shape[1]}: they come from different extractors"
            )


def _cell(value: Value) -> str | float:
    return str(value) if isinstance(value, Undefined) else value
