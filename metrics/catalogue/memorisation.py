"""Metrics of memory: how near clips lie to those that the generator saw."""

from __future__ import annotations

import numpy as np

from metrics.evaluation.reference import Draw
from metrics.measures.memorisation import (
    authenticity,
    copied_share,
    memory_ratio,
    nearest_training,
    own_distances,
)
from metrics.registry import Metric
from skeletons.arrays import Float64Array, IntArray

MEMORY = (
    Metric(
        name="memory_ratio",
        group="memory",
        family="memory",
        summary="distance to the nearest clip that the generator saw, over that of held-out real "
        "clips: 0 is a copy, 1 as new as real clips",
        measure=lambda draw, rng, protocol: memory_ratio(
            _nearest_seen(draw)[0], _nearest_of_held_out(draw)
        ),
        direction="real",
        floor="other part",
        unit="ratio",
        digits=3,
        against="split",
    ),
    Metric(
        name="authenticity",
        group="memory",
        family="memory",
        summary="share of clips farther from their nearest seen clip than that is from its own",
        measure=lambda draw, rng, protocol: authenticity(
            *_nearest_seen(draw), _spacing_of_seen(draw)
        ),
        direction="real",
        floor="other part",
        unit="share",
        digits=3,
        bounds=(0.0, 1.0),
        against="split",
    ),
    Metric(
        name="copied_share",
        group="memory",
        family="memory",
        summary="share of clips that are copies of a clip that the generator saw",
        measure=lambda draw, rng, protocol: copied_share(_nearest_seen(draw)[0]),
        direction="lower",
        floor="other part",
        unit="share",
        digits=3,
        bounds=(0.0, 1.0),
        against="split",
    ),
)


def _nearest_seen(draw: Draw) -> tuple[Float64Array, IntArray]:
    """Distance ``[N]`` to, and row ``[N]`` of, the nearest clip that the generator saw."""
    return draw.once(
        "nearest seen",
        lambda: nearest_training(draw.clips.features, draw.reference.clips.features),
    )


def _spacing_of_seen(draw: Draw) -> Float64Array:
    seen = draw.reference.clips.features
    return draw.reference.once("spacing", lambda: own_distances(seen))


def _nearest_of_held_out(draw: Draw) -> Float64Array:
    """Distances of held-out real clips to the nearest seen clip, ``[0]`` if none is held out."""
    reference = draw.reference
    if reference.other is None:
        return np.zeros(0)
    held_out = reference.other.features
    return reference.once(
        "held out", lambda: nearest_training(held_out, reference.clips.features)[0]
    )
