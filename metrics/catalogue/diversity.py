"""Diversity, the third of the four numbers of the field's tables."""

from __future__ import annotations

from metrics.measures.diversity import diversity
from metrics.metric import Metric

DIVERSITY = Metric(
    name="diversity",
    group="spread",
    summary="mean feature distance of 200 pairs of clips, best near that of real clips",
    measure=lambda draw, rng, protocol: diversity(
        draw.clips.features, rng, distinct=protocol.distinct_pairs
    ),
    direction="real",
    floor="reference",
    unit="feature distance",
    digits=2,
)
