"""Metrics of memory: how near clips lie to those that the generator saw."""

from __future__ import annotations

import numpy as np

from metrics.measures.memorisation import (
    authenticity,
    copied_share,
    memory_ratio,
    nearest_training,
    own_distances,
)
from metrics.metric import Metric
from metrics.reference import Draw, Reference
from skeletons.arrays import Float64Array, IntArray


def _nearest_seen(draw: Draw) -> tuple[Float64Array, IntArray]:
    """Distance ``[N]`` to, and row ``[N]`` of, the nearest clip that the generator saw."""
    return nearest_training(draw.clips.features, draw.reference.clips.features)


def _spacing_of_seen(seen: Reference) -> Float64Array:
    return own_distances(seen.clips.features)


def _nearest_of_held_out(seen: Reference) -> Float64Array:
    """Distances of held-out real clips to the nearest seen clip, ``[0]`` if none is held out."""
    if seen.other is None:
        return np.zeros(0)
    return nearest_training(seen.other.features, seen.clips.features)[0]


MEMORY_RATIO = Metric(
    name="memory_ratio",
    group="memory",
    family="memory",
    summary="distance to the nearest clip that the generator saw, over that of held-out real "
    "clips: 0 is a copy, 1 as new as real clips",
    measure=lambda draw, rng, protocol: memory_ratio(
        draw.once(_nearest_seen)[0], draw.reference.once(_nearest_of_held_out)
    ),
    direction="real",
    floor="other part",
    unit="ratio",
    digits=3,
    against="split",
)
AUTHENTICITY = Metric(
    name="authenticity",
    group="memory",
    family="memory",
    summary="share of clips farther from their nearest seen clip than that is from its own",
    measure=lambda draw, rng, protocol: authenticity(
        *draw.once(_nearest_seen), draw.reference.once(_spacing_of_seen)
    ),
    direction="real",
    floor="other part",
    unit="share",
    digits=3,
    bounds=(0.0, 1.0),
    against="split",
)
COPIED_SHARE = Metric(
    name="copied_share",
    group="memory",
    family="memory",
    summary="share of clips that are copies of a clip that the generator saw",
    measure=lambda draw, rng, protocol: copied_share(draw.once(_nearest_seen)[0]),
    direction="lower",
    floor="other part",
    unit="share",
    digits=3,
    bounds=(0.0, 1.0),
    against="split",
)
