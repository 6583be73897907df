"""Metrics of synthetic clips in one call, from names to rows of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metrics.evaluation.engine import measure
from metrics.evaluation.summaries import MetricSummary, MetricValue, summarise, values_of
from metrics.features import FeatureSet
from metrics.protocols import SKELGEN_V2, Protocol
from metrics.registry import check_metrics


def evaluate(
    synthetic: FeatureSet,
    references: Mapping[str, FeatureSet],
    metrics: Sequence[str],
    repetitions: int = 20,
    seed: int = 0,
    protocol: Protocol = SKELGEN_V2,
) -> tuple[list[MetricValue], list[MetricSummary]]:
    """Measure synthetic clips against each reference, and sum it up.

    Args:
        references: real clips by the name of their part: ``train``, ``dev`` or ``test`` and, for
            metrics of memory, ``split``: what the generator has seen.
        metrics: names, as :func:`metrics.registry.metric_named` knows them.
        repetitions: draws, at least 1; the interval of one draw is undefined.

    Returns:
        One row a reference, metric and draw, and one row a reference and metric.

    Raises:
        InputError: as :func:`metrics.evaluation.engine.measure`, or an unknown metric.
    """
    chosen = check_metrics(metrics)
    measured = measure(synthetic, references, chosen, repetitions, seed, protocol)
    return values_of(measured), summarise(measured, chosen, protocol)
