"""Every metric in repeated draws, beside the floor that real clips set.

In the protocol skelgen-v1 a repetition draws half of the synthetic clips without replacement, class
by class as often as the reference shows it, and measures them. The floor is what real clips get
when they are drawn with the very same class counts: from the other part for a distance to the
reference, from the reference itself for properties of the clips alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.evaluation.draws import Drawing, FreshDraws, HalfDraws, reference_of
from metrics.evaluation.protocols import SKELGEN_V1, SPLIT, Protocol
from metrics.evaluation.reference import Draw, Reference
from metrics.features import FeatureSet
from metrics.registry import Metric, check_metrics
from metrics.value import Undefined, Value
from skeletons.errors import InputError
from skeletons.seeds import named_rng


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


@dataclass(frozen=True)
class MetricOfClass:
    """One metric of one class, over the whole pool; ``n`` is how many synthetic clips it has."""

    reference: str
    metric: str
    label: int
    n: int
    value: Value

    def row(self) -> dict[str, str | int | float]:
        """Columns of ``classes.csv`` that this knows; ``class`` is the label's number."""
        return {
            "reference": self.reference,
            "metric": self.metric,
            "class": self.label,
            "n": self.n,
            "value": _cell(self.value),
        }


def evaluate(
    synthetic: FeatureSet,
    references: Mapping[str, FeatureSet],
    metrics: Sequence[str],
    repetitions: int = 20,
    seed: int = 0,
    protocol: Protocol = SKELGEN_V1,
) -> tuple[list[MetricValue], list[MetricSummary]]:
    """Measure synthetic clips against each reference.

    A value depends on the clips, the seed and its own reference, metric and repetition only, not
    on what else is measured. BLAS runs on one thread, so that it does not depend on the machine's
    load or thread settings either.

    Args:
        references: real clips by the name of their part: ``train``, ``test`` and, for metrics of
            memory, ``split``: what the generator has seen.
        metrics: names, as :func:`metrics.registry.metric_named` knows them.
        repetitions: draws, at least 1; the interval of one draw is undefined.

    Raises:
        InputError: no clips in a set, sets of different features, an unknown metric, or a metric
            of memory without ``split``.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # lazy: heavy

    chosen = check_metrics(metrics)
    parts = dict(references)
    _check(synthetic, parts, chosen, repetitions)
    values: list[MetricValue] = []
    summaries: list[MetricSummary] = []
    with threadpool_limits(limits=1, user_api="blas"):
        for name in parts:
            reference = reference_of(name, parts)
            here = [metric for metric in chosen if metric.measured_on(name)]
            measured: dict[str, tuple[Drawing, list[Value], Value]] = {}
            for source in ("reference", "other part"):
                group = [metric for metric in here if metric.floor == source]
                if not group:
                    continue
                names = (seed, name)
                drawing = _drawing(synthetic, reference, source, repetitions, names, protocol)
                drawn = _repeat(group, drawing.synthetic, repetitions, names, protocol)
                floors = _repeat(group, drawing.real, repetitions, ("floor", *names), protocol)
                for metric in group:
                    floor = _mean(floors[metric.name])
                    measured[metric.name] = drawing, drawn[metric.name], floor
            for metric in here:
                drawing, numbers, floor = measured[metric.name]
                values += [
                    MetricValue(name, metric.name, repetition, value)
                    for repetition, value in enumerate(numbers)
                ]
                summaries.append(_summary(metric, name, numbers, floor, drawing))
    return values, summaries


def evaluate_classes(
    synthetic: FeatureSet, references: Mapping[str, FeatureSet], metrics: Sequence[str]
) -> list[MetricOfClass]:
    """Values class by class of those metrics that have them, over all synthetic clips at once.

    Raises:
        InputError: as :func:`evaluate`.
    """
    from threadpoolctl import threadpool_limits  # lazy: heavy

    chosen = check_metrics(metrics)
    parts = dict(references)
    _check(synthetic, parts, chosen, 1)
    counts = synthetic.class_counts()
    rows: list[MetricOfClass] = []
    with threadpool_limits(limits=1, user_api="blas"):
        for name in parts:
            draw = Draw(synthetic, reference_of(name, parts))
            for metric in chosen:
                if metric.by_class is None or not metric.measured_on(name):
                    continue
                rows += [
                    MetricOfClass(
                        name,
                        metric.name,
                        label,
                        int(counts[label]) if label < len(counts) else 0,
                        value,
                    )
                    for label, value in enumerate(metric.by_class(draw))
                ]
    return rows


def _drawing(
    synthetic: FeatureSet,
    reference: Reference,
    source: str,
    repetitions: int,
    names: tuple[object, ...],
    protocol: Protocol,
) -> Drawing:
    if protocol.draw == "fresh" and reference.name != SPLIT:
        return FreshDraws.of(synthetic, reference, repetitions, names)
    floor = reference.clips if source == "reference" else reference.other
    return HalfDraws.of(synthetic, reference, floor, names)


def _repeat(
    metrics: Sequence[Metric],
    draw_of: Callable[[int], Draw | Undefined],
    repetitions: int,
    names: tuple[object, ...],
    protocol: Protocol,
) -> dict[str, list[Value]]:
    """Each metric of each draw; in one repetition all metrics see the same clips."""
    drawn: dict[str, list[Value]] = {metric.name: [] for metric in metrics}
    for repetition in range(repetitions):
        draw = draw_of(repetition)
        for metric in metrics:
            if isinstance(draw, Undefined):
                drawn[metric.name].append(draw)
                continue
            rng = named_rng("metric", metric.name, *names, repetition)
            drawn[metric.name].append(metric.measure(draw, rng, protocol))
    return drawn


def _mean(values: Sequence[Value]) -> Value:
    """The mean, or the reason for which one of the values is undefined."""
    numbers = [value for value in values if not isinstance(value, Undefined)]
    for value in values:
        if isinstance(value, Undefined):
            return value
    return float(np.mean(numbers))


def _summary(
    metric: Metric, reference: str, drawn: Sequence[Value], floor: Value, drawing: Drawing
) -> MetricSummary:
    mean = _mean(drawn)
    low: Value
    high: Value
    if isinstance(mean, Undefined):
        low = high = mean
    elif len(drawn) < 2:
        low = high = Undefined("one repetition has no spread")
    else:
        numbers = [value for value in drawn if not isinstance(value, Undefined)]
        ends = drawing.ends(numbers)
        low, high = (
            end if isinstance(end, Undefined) else float(np.clip(end, *metric.bounds))
            for end in ends
        )
    return MetricSummary(
        reference=reference,
        metric=metric.name,
        mean=mean,
        ci95_low=low,
        ci95_high=high,
        repetitions=len(drawn),
        real_floor=floor,
        draw_size=drawing.size,
    )


def _check(
    synthetic: FeatureSet,
    references: Mapping[str, FeatureSet],
    metrics: Sequence[Metric],
    repetitions: int,
) -> None:
    if repetitions < 1:
        raise InputError(f"{repetitions} repetitions measure nothing, take 1 or more")
    if not references:
        raise InputError("metrics need at least one reference")
    for metric in metrics:
        if metric.against == SPLIT and SPLIT not in references:
            raise InputError(
                f"metric '{metric.name}' is held against what the generator has seen: give it as "
                f"the reference '{SPLIT}'"
            )
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
