"""The Fréchet distance, followed to infinitely many clips."""

from __future__ import annotations

from metrics.catalogue.moments import moments_of
from metrics.measures.fid_extrapolated import fid_extrapolated
from metrics.metric import Metric

FID_EXTRAPOLATED = Metric(
    name="fid_extrapolated",
    group="distribution",
    summary="FID followed to infinitely many clips, lower is better",
    measure=lambda draw, rng, protocol: fid_extrapolated(
        draw.reference.once(moments_of), draw.clips.features, rng
    ),
    direction="lower",
    floor="other part",
    unit="feature distance squared",
    digits=2,
    bounds=(float("-inf"), float("inf")),
)
