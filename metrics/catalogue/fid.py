"""The Fréchet distance of features, the first of the four numbers of the field's tables."""

from __future__ import annotations

from metrics.catalogue.moments import moments_of
from metrics.measures.fid import frechet_distance
from metrics.metric import Metric

FID = Metric(
    name="fid",
    group="distribution",
    summary="Fréchet distance of the extractor's features to the reference's, lower is better",
    measure=lambda draw, rng, protocol: frechet_distance(
        draw.reference.once(moments_of), draw.once(moments_of)
    ),
    direction="lower",
    floor="other part",
    unit="feature distance squared",
    digits=2,
)
