"""The Fréchet distance, class by class."""

from __future__ import annotations

from metrics.measures.class_fid import ClassFid, class_fid, class_moments
from metrics.measures.fid import Moments
from metrics.metric import Metric
from metrics.reference import Clips, Draw


def _moments(part: Clips, classes: int) -> tuple[Moments, ...]:
    return class_moments(part.clips.features, part.clips.labels, classes)


def _class_fid(draw: Draw) -> ClassFid:
    return class_fid(draw.reference.once(_moments, draw.classes), _moments(draw, draw.classes))


CLASS_FID = Metric(
    name="class_fid",
    group="distribution",
    summary="mean over classes of the FID of the class, with shrunken covariances",
    measure=lambda draw, rng, protocol: _class_fid(draw).mean,
    by_class=lambda draw: _class_fid(draw).values,
    direction="lower",
    floor="other part",
    unit="feature distance squared",
    digits=2,
)
