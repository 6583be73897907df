"""Distances of feature distributions besides FID."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

import numpy as np

from metrics.catalogue.classes import classes_of
from metrics.evaluation.protocols import Protocol
from metrics.evaluation.reference import Draw
from metrics.measures.class_fid import ClassFid, class_fid, class_moments
from metrics.measures.fid_extrapolated import fid_extrapolated
from metrics.measures.kid import kernel_distance
from metrics.measures.neighbours import neighbour_radii
from metrics.measures.prdc import NEIGHBOURS, Prdc, prdc
from metrics.registry import Metric
from metrics.value import Undefined, Value


def _kid(draw: Draw, rng: np.random.Generator, protocol: Protocol) -> Value:
    distance = kernel_distance(draw.reference.clips.features, draw.clips.features, rng)
    return distance if isinstance(distance, Undefined) else distance.mean


def _class_fid(draw: Draw) -> ClassFid:
    def made() -> ClassFid:
        classes, real = classes_of(draw), draw.reference.clips
        return class_fid(
            draw.reference.once(
                f"moments of {classes} classes",
                lambda: class_moments(real.features, real.labels, classes),
            ),
            class_moments(draw.clips.features, draw.clips.labels, classes),
        )

    return draw.once("class fid", made)


def _neighbourhood(name: str) -> Callable[[Draw, np.random.Generator, Protocol], Value]:
    """One of the four numbers that one pass over all distances gives."""
    number: Callable[[Prdc], Value] = attrgetter(name)

    def measure(draw: Draw, rng: np.random.Generator, protocol: Protocol) -> Value:
        real = draw.reference.clips.features
        radii = None
        if len(real) > NEIGHBOURS:
            radii = draw.reference.once("radii", lambda: neighbour_radii(real, NEIGHBOURS))
        return number(draw.once("prdc", lambda: prdc(real, draw.clips.features, real_radii=radii)))

    return measure


def _of_neighbours(name: str, summary: str, upper: float = 1.0) -> Metric:
    return Metric(
        name=name,
        group="distribution",
        family="neighbours",
        summary=summary,
        measure=_neighbourhood(name),
        direction="higher",
        floor="other part",
        unit="share",
        digits=3,
        bounds=(0.0, upper),
    )


DISTRIBUTION = (
    Metric(
        name="fid_extrapolated",
        group="distribution",
        summary="FID followed to infinitely many clips, lower is better",
        measure=lambda draw, rng, protocol: fid_extrapolated(
            draw.reference.moments, draw.clips.features, rng
        ),
        direction="lower",
        floor="other part",
        unit="feature distance squared",
        digits=2,
        bounds=(float("-inf"), float("inf")),
    ),
    Metric(
        name="class_fid",
        group="distribution",
        summary="mean over classes of the FID of the class, with shrunken covariances",
        measure=lambda draw, rng, protocol: _class_fid(draw).mean,
        by_class=lambda draw: _class_fid(draw).values,
        direction="lower",
        floor="other part",
        unit="feature distance squared",
        digits=2,
    ),
    Metric(
        name="kid",
        group="distribution",
        summary="kernel distance of the features to the reference's, unbiased, lower is better",
        measure=_kid,
        direction="lower",
        floor="other part",
        unit="squared kernel distance",
        digits=4,
        bounds=(float("-inf"), float("inf")),
    ),
    _of_neighbours("precision", "share of clips among real ones' 5 neighbours: are they natural?"),
    _of_neighbours("recall", "share of real clips among clips' 5 neighbours: are they diverse?"),
    _of_neighbours(
        "density", "how many real neighbourhoods a clip lies in, 1 as real clips do", float("inf")
    ),
    _of_neighbours("coverage", "share of real clips with a clip among their 5 neighbours"),
)
