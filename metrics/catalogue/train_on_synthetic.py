"""Metrics of use: what a probe learns from the clips, or makes of them."""

from __future__ import annotations

from collections.abc import Callable

from metrics.features import FeatureSet
from metrics.measures.train_on_synthetic import train_real_test_synthetic, train_synthetic_test_real
from metrics.metric import Metric
from metrics.value import Value


def _probe(name: str, accuracy: Callable[[FeatureSet, FeatureSet], Value], summary: str) -> Metric:
    """A metric from the accuracy of a probe, given the drawn and the real clips."""
    return Metric(
        name=name,
        group="use",
        family="use",
        summary=summary,
        measure=lambda draw, rng, protocol: accuracy(draw.clips, draw.reference.clips),
        direction="higher",
        floor="other part",
        unit="share",
        digits=3,
        bounds=(0.0, 1.0),
    )


TSTR = _probe(
    "tstr",
    lambda drawn, real: train_synthetic_test_real(
        drawn.features, drawn.labels, real.features, real.labels
    ),
    "accuracy on real clips of a linear probe that saw synthetic clips only",
)
TRTS = _probe(
    "trts",
    lambda drawn, real: train_real_test_synthetic(
        real.features, real.labels, drawn.features, drawn.labels
    ),
    "accuracy on synthetic clips of a linear probe that saw real clips only",
)
