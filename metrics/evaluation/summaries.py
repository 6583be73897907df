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
            "mean": cell_of(self.mean),
            "ci95_low": cell_of(self.ci95_low),
            "ci95_high": cell_of(self.ci95_high),
            "repetitions": self.repetitions,
            "real_floor": cell_of(self.real_floor),
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
    repetition, or where a value is.

    Args:
        metrics: those that were measured, or more.
    """
    bounds = {metric.name: metric.bounds for metric in metrics}
    return [_summary(one, bounds[one.metric], protocol) for one in measured]


def _summary(measured: Measured, bounds: tuple[float, float], protocol: Protocol) -> MetricSummary:
    mean = _mean(measured.values)
    low, high = (mean, mean) if isinstance(mean, Undefined) else _ends(measured, protocol)
    low, high = (
        end if isinstance(end, Undefined) else float(np.clip(end, *bounds)) for end in (low, high)
    )
    return MetricSummary(
        reference=measured.reference,
        metric=measured.metric,
        mean=mean,
        ci95_low=low,
        ci95_high=high,
        repetitions=len(measured.values),
        real_floor=_mean(measured.floors),
        draw_size=measured.draw_size,
    )


def _ends(measured: Measured, protocol: Protocol) -> tuple[Value, Value]:
    values = [value for value in measured.values if not isinstance(value, Undefined)]
    if len(values) < 2:
        return (Undefined("one repetition has no spread"),) * 2
    if protocol.interval == "mean" and measured.reference != SPLIT:
        return normal_interval(values)
    if measured.drawn_fraction == 0.0:
        return (Undefined("no class has two clips, so the draws are all the same"),) * 2
    return half_sample_interval(values, measured.drawn_fraction)


def _mean(values: Sequence[Value]) -> Value:
    """The mean, or the reason for which one of the values is undefined."""
    numbers = [value for value in values if not isinstance(value, Undefined)]
    for value in values:
        if isinstance(value, Undefined):
            return value
    return float(np.mean(numbers))
