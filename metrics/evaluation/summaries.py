"""From what was measured to rows of tables: mean, interval by the protocol's rule, real floor.

Measuring does not import this: another interval makes tables anew, and measures nothing again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.evaluation.intervals import half_sample_interval, normal_interval
from metrics.evaluation.measured import Measured
from metrics.metric import Metric
from metrics.protocols import SPLIT, Protocol
from metrics.value import Undefined, Value, cell_of


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
            "value": cell_of(self.value),
        }


@dataclass(frozen=True)
class MetricSummary:
    """One metric over all draws: mean and 95 % interval, and those of the real floor.

    Attributes:
        varies: what the interval covers: which clips were sampled, or the average of draws.
        draw_size: clips of one draw, synthetic or real.
    """

    reference: str
    metric: str
    mean: Value
    ci95_low: Value
    ci95_high: Value
    varies: str
    repetitions: int
    real_floor: Value
    real_floor_low: Value
    real_floor_high: Value
    draw_size: int

    def row(self) -> dict[str, str | int | float]:
        """Columns of ``summary.csv`` that this knows."""
        return {
            "reference": self.reference,
            "metric": self.metric,
            "mean": cell_of(self.mean),
            "ci95_low": cell_of(self.ci95_low),
            "ci95_high": cell_of(self.ci95_high),
            "varies": self.varies,
            "repetitions": self.repetitions,
            "real_floor": cell_of(self.real_floor),
            "real_floor_low": cell_of(self.real_floor_low),
            "real_floor_high": cell_of(self.real_floor_high),
        }


def values_of(measured: Iterable[Measured]) -> list[MetricValue]:
    """One row a draw, in the order of what was measured."""
    return [
        MetricValue(one.reference, one.metric, repetition, value)
        for one in measured
        for repetition, value in enumerate(one.values)
    ]


def summarise(
    measured: Iterable[Measured], metrics: Sequence[Metric], protocol: Protocol
) -> list[MetricSummary]:
    """One row a metric and reference, in the order of what was measured.

    An interval is the protocol's; of metrics of memory, whose draws are halves under every
    protocol, that of half-samples. It ends where the metric's bounds do, and is undefined for one
    repetition, or where a value is. The floor has an interval by the same rule: it, too, was
    measured on some clips and not on others.

    Args:
        metrics: those that were measured, or more.
    """
    bounds = {metric.name: metric.bounds for metric in metrics}
    return [_summary(one, bounds[one.metric], protocol) for one in measured]


SAMPLING, AVERAGE = "sampling", "the average of draws"
"""What an interval covers: which clips were drawn; or nothing but the number of draws."""


def _summary(measured: Measured, bounds: tuple[float, float], protocol: Protocol) -> MetricSummary:
    averaged = protocol.interval == "mean" and measured.reference != SPLIT
    mean, low, high = _interval(measured.values, measured.drawn_fraction, bounds, averaged)
    floor, floor_low, floor_high = _interval(
        measured.floors, measured.floor_fraction, bounds, averaged
    )
    return MetricSummary(
        reference=measured.reference,
        metric=measured.metric,
        mean=mean,
        ci95_low=low,
        ci95_high=high,
        varies=AVERAGE if averaged else SAMPLING,
        repetitions=len(measured.values),
        real_floor=floor,
        real_floor_low=floor_low,
        real_floor_high=floor_high,
        draw_size=measured.draw_size,
    )


def _interval(
    drawn: Sequence[Value], fraction: float, bounds: tuple[float, float], averaged: bool
) -> tuple[Value, Value, Value]:
    """Mean and ends of some draws."""
    mean = _mean(drawn)
    if isinstance(mean, Undefined):
        return mean, mean, mean
    values = [value for value in drawn if not isinstance(value, Undefined)]
    if len(values) < 2:
        reason = Undefined("one repetition has no spread")
        return mean, reason, reason
    if not averaged and not 0.0 < fraction < 1.0:
        reason = Undefined("the draws are all the same clips")
        return mean, reason, reason
    ends = normal_interval(values) if averaged else half_sample_interval(values, fraction)
    low, high = np.clip(ends, *bounds).tolist()
    return mean, low, high


def _mean(values: Sequence[Value]) -> Value:
    """The mean, or the reason for which one of the values is undefined."""
    numbers = [value for value in values if not isinstance(value, Undefined)]
    for value in values:
        if isinstance(value, Undefined):
            return value
    return float(np.mean(numbers))
