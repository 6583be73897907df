"""Precision, recall, density and coverage, which one pass over all distances gives."""

from __future__ import annotations

from collections.abc import Callable

from metrics.measures.neighbours import neighbour_radii
from metrics.measures.prdc import NEIGHBOURS, Prdc, prdc
from metrics.metric import Metric
from metrics.reference import Draw, Reference
from metrics.value import Value
from skeletons.arrays import Float64Array


def _radii(reference: Reference) -> Float64Array | None:
    """None where there are too few real clips for it."""
    real = reference.clips.features
    return neighbour_radii(real, NEIGHBOURS) if len(real) > NEIGHBOURS else None


def _prdc(draw: Draw) -> Prdc:
    real = draw.reference
    return prdc(real.clips.features, draw.clips.features, real_radii=real.once(_radii))


def _share(name: str, number: Callable[[Prdc], Value], summary: str, upper: float = 1.0) -> Metric:
    return Metric(
        name=name,
        group="distribution",
        family="neighbours",
        summary=summary,
        measure=lambda draw, rng, protocol: number(draw.once(_prdc)),
        direction="higher",
        floor="other part",
        unit="share",
        digits=3,
        bounds=(0.0, upper),
    )


PRECISION = _share(
    "precision",
    lambda found: found.precision,
    "share of clips among real ones' 5 neighbours: are they natural?",
)
RECALL = _share(
    "recall",
    lambda found: found.recall,
    "share of real clips among clips' 5 neighbours: are they diverse?",
)
DENSITY = _share(
    "density",
    lambda found: found.density,
    "how many real neighbourhoods a clip lies in, 1 as real clips do",
    float("inf"),
)
COVERAGE = _share(
    "coverage",
    lambda found: found.coverage,
    "share of real clips with a clip among their 5 neighbours",
)
