"""Multimodality, the last of the four numbers of the field's tables."""

from __future__ import annotations

from metrics.measures.multimodality import class_multimodality, multimodality
from metrics.metric import Metric

MULTIMODALITY = Metric(
    name="multimodality",
    group="spread",
    summary="mean feature distance of 20 pairs of clips a class, best near that of real clips",
    measure=lambda draw, rng, protocol: multimodality(
        draw.clips.features, draw.clips.labels, rng, distinct=protocol.distinct_pairs
    ),
    by_class=lambda draw: class_multimodality(draw.clips.features, draw.clips.labels, draw.classes),
    direction="real",
    floor="reference",
    unit="feature distance",
    digits=2,
)
