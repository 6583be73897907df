"""What a metric makes of a corruption: does it react, from which dose on, and in which direction?

The floor of a metric is the 95 % interval that it gives clean clips over its draws: what a reader
of a table takes for "as good as real". A metric catches a corruption at the first dose whose mean
lies outside on the worse side, if that of the next dose does so, too: with hundreds of cells, some
single means leave a 95 % interval by chance. Outside on the better side, the corruption flatters
the metric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmark.analyses.validity.measured_rungs import CLEAN, Rung
from benchmark.analyses.validity.rank_correlation import kendall_tau_b
from metrics.value import Undefined, Value

if TYPE_CHECKING:
    from metrics.evaluation.summaries import MetricSummary
    from metrics.metric import Metric

Verdict = Literal["floor", "worse", "better", "undefined"]


@dataclass(frozen=True)
class Reaction:
    """One metric under one corruption, as one judge sees it.

    Attributes:
        judge: name of the judge; ``none`` for measures of bodies.
        doses: of the ladder, growing.
        means: of the metric at each dose.
        verdicts: of each mean against the floor.
        floor: the clean clips' 95 % interval, and ``clean`` their mean.
        caught: the dose at which the metric first leaves the floor for the worse; None if never.
        flattered: the same for the better.
        harms: how much worse than clean clips at each dose, in the metric's unit; None where
            undefined.
        trend: Kendall's tau-b of value and dose, the clean clips' included, averaged over
            repetitions: at 1 or -1 the value grows or falls with every dose, below the floor, too.
    """

    metric: str
    judge: str
    corruption: str
    reference: str
    doses: tuple[float, ...]
    means: tuple[Value, ...]
    verdicts: tuple[Verdict, ...]
    clean: Value
    floor: tuple[Value, Value]
    harms: tuple[float | None, ...]
    trend: Value

    @property
    def caught(self) -> float | None:
        """Dose from which on it is worse than real clips."""
        return self._first("worse")

    @property
    def flattered(self) -> float | None:
        """Dose from which on it is better than real clips."""
        return self._first("better")

    @property
    def monotone(self) -> bool | None:
        """Whether larger doses are worse from the caught one on; None where none is caught.

        A step back that is smaller than half of the floor's width is no step.
        """
        if self.caught is None:
            return None
        reached = [harm for harm in self.harms[self.doses.index(self.caught) :] if harm is not None]
        low, high = self.floor
        if isinstance(low, Undefined) or isinstance(high, Undefined):
            return None
        fallen = np.maximum.accumulate(reached) - np.asarray(reached)
        return bool((fallen <= (high - low) / 2.0).all())

    @property
    def undefined(self) -> str:
        """Why there is no verdict at any dose, or ``""``."""
        if isinstance(self.clean, Undefined):
            return self.clean.reason
        if set(self.verdicts) == {"undefined"}:
            return next(mean.reason for mean in self.means if isinstance(mean, Undefined))
        return ""

    def _first(self, side: Verdict) -> float | None:
        following = (*self.verdicts[1:], side)
        for dose, here, after in zip(self.doses, self.verdicts, following, strict=True):
            if here == after == side:
                return dose
        return None


def reactions(rungs: Sequence[Rung], metrics: Sequence[Metric]) -> list[Reaction]:
    """Each metric and judge under each corruption, from what was measured on the rungs of all
    ladders; the judges of a metric one after the other."""
    return [
        _reaction(metric, name, clean, sorted(ladder, key=lambda rung: rung.dose))
        for metric in metrics
        for clean in rungs
        if clean.corruption == CLEAN and _has(clean, metric.name)
        for name, ladder in _ladders(rungs, clean.judge).items()
    ]


def _ladders(rungs: Sequence[Rung], judge: str) -> dict[str, list[Rung]]:
    """What a judge saw of each corruption."""
    ladders: dict[str, list[Rung]] = {}
    for rung in rungs:
        if rung.corruption != CLEAN and rung.judge == judge:
            ladders.setdefault(rung.corruption, []).append(rung)
    return ladders


def verdict(metric: Metric, clean: MetricSummary, here: MetricSummary) -> Verdict:
    """A dose's mean against the interval of clean clips.

    A metric that is best ``real`` is worse the farther it is from the real floor.
    """
    ends = clean.ci95_low, clean.ci95_high
    low, high, mean = (_number(value) for value in (*ends, here.mean))
    harm = _harm(metric, clean, here)
    if low is None or high is None or mean is None or harm is None:
        return "undefined"
    if low <= mean <= high:
        return "floor"
    return "worse" if harm >= 0.0 else "better"


def _harm(metric: Metric, clean: MetricSummary, here: MetricSummary) -> float | None:
    """How much worse a dose's mean is than that of clean clips."""
    mean, centre = _number(here.mean), _number(clean.mean)
    if mean is None or centre is None:
        return None
    if metric.direction == "real":
        best = _number(clean.real_floor)
        best = centre if best is None else best
        return abs(mean - best) - abs(centre - best)
    return mean - centre if metric.direction == "lower" else centre - mean


def _reaction(metric: Metric, corruption: str, clean: Rung, ladder: Sequence[Rung]) -> Reaction:
    base = _summary_of(clean, metric.name)
    found = [_summary_of(rung, metric.name) for rung in ladder]
    return Reaction(
        metric=metric.name,
        judge=clean.judge,
        corruption=corruption,
        reference=base.reference,
        doses=tuple(rung.dose for rung in ladder),
        means=tuple(summary.mean for summary in found),
        verdicts=tuple(verdict(metric, base, summary) for summary in found),
        clean=base.mean,
        floor=(base.ci95_low, base.ci95_high),
        harms=tuple(_harm(metric, base, summary) for summary in found),
        trend=_trend(metric.name, (clean, *ladder)),
    )


def _has(rung: Rung, metric: str) -> bool:
    return any(summary.metric == metric for summary in rung.summaries)


def _summary_of(rung: Rung, metric: str) -> MetricSummary:
    return next(summary for summary in rung.summaries if summary.metric == metric)


def _trend(metric: str, ladder: Sequence[Rung]) -> Value:
    """Mean over repetitions of the correlation of dose and value along the ladder."""
    drawn = [_values_of(rung, metric) for rung in ladder]
    repetitions = [row for row in range(len(drawn[0])) if all(row in values for values in drawn)]
    if not repetitions:
        return Undefined("the metric is undefined on some rung")
    values = np.asarray([[found[row] for found in drawn] for row in repetitions])
    doses = np.asarray([rung.dose for rung in ladder])
    taus = kendall_tau_b(np.broadcast_to(doses, values.shape), values)
    taus = taus[np.isfinite(taus)]
    return float(taus.mean()) if len(taus) else Undefined("the value never changes")


def _values_of(rung: Rung, metric: str) -> Mapping[int, float]:
    """Defined values by repetition."""
    return {
        found.repetition: found.value
        for found in rung.values
        if found.metric == metric and isinstance(found.value, float)
    }


def _number(value: Value) -> float | None:
    return None if isinstance(value, Undefined) else float(value)
