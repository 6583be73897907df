"""The four numbers of the field's tables."""

from __future__ import annotations

from metrics.measures.accuracy import accuracy
from metrics.measures.diversity import diversity
from metrics.measures.fid import frechet_distance
from metrics.measures.multimodality import multimodality
from metrics.registry import Metric

CLASSIC = (
    Metric(
        name="fid",
        group="distribution",
        summary="Fréchet distance of the extractor's features to the reference's, lower is better",
        measure=lambda draw, rng, protocol: frechet_distance(draw.reference.moments, draw.moments),
        direction="lower",
        floor="other part",
        unit="feature distance squared",
        digits=2,
    ),
    Metric(
        name="accuracy",
        group="class",
        summary="share of clips that the extractor recognizes as the class asked for",
        measure=lambda draw, rng, protocol: accuracy(draw.clips.labels, draw.clips.predicted),
        direction="higher",
        floor="reference",
        unit="share",
        digits=3,
        bounds=(0.0, 1.0),
    ),
    Metric(
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
    ),
    Metric(
        name="multimodality",
        group="spread",
        summary="mean feature distance of 20 pairs of clips a class, best near that of real clips",
        measure=lambda draw, rng, protocol: multimodality(
            draw.clips.features, draw.clips.labels, rng, distinct=protocol.distinct_pairs
        ),
        direction="real",
        floor="reference",
        unit="feature distance",
        digits=2,
    ),
)
