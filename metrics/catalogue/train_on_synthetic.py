"""Metrics of use: what a probe learns from the clips, or makes of them."""

from __future__ import annotations

from metrics.measures.train_on_synthetic import train_real_test_synthetic, train_synthetic_test_real
from metrics.registry import Metric

USE = (
    Metric(
        name="tstr",
        group="use",
        family="use",
        summary="accuracy on real clips of a linear probe that saw synthetic clips only",
        measure=lambda draw, rng, protocol: train_synthetic_test_real(
            draw.clips.features,
            draw.clips.labels,
            draw.reference.clips.features,
            draw.reference.clips.labels,
        ),
        direction="higher",
        floor="other part",
        unit="share",
        digits=3,
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="trts",
        group="use",
        family="use",
        summary="accuracy on synthetic clips of a linear probe that saw real clips only",
        measure=lambda draw, rng, protocol: train_real_test_synthetic(
            draw.reference.clips.features,
            draw.reference.clips.labels,
            draw.clips.features,
            draw.clips.labels,
        ),
        direction="higher",
        floor="other part",
        unit="share",
        digits=3,
        bounds=(0.0, 1.0),
    ),
)
