"""Precision and recall of distributions, density and coverage, from balls around clips.

A ball around a clip reaches to its k-th nearest neighbour of the same set; the union of a set's
balls stands for where its distribution lives. Precision and recall: Kynkäänniemi et al. 2019,
equations 1 and 2. Density and coverage: Naeem et al. 2020, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.measures.neighbours import distance_blocks, neighbour_radii
from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array
from skeletons.errors import InputError

NEIGHBOURS = 5
"""k of Naeem et al. 2020; Kynkäänniemi et al. 2019 take 3."""


@dataclass(frozen=True)
class Prdc:
    """Higher is better in all four; each is undefined where a set has no ball of k neighbours.

    Attributes:
        precision: share of synthetic clips in the ball of a real one, 0 to 1: are they natural?
        recall: share of real clips in the ball of a synthetic one, 0 to 1: are they diverse? One
            far-off synthetic clip has a large ball and raises it.
        density: mean number of real balls that a synthetic clip lies in, divided by k: 0 or more,
            1 on average for clips of the real distribution, above 1 where they crowd in its modes.
        coverage: share of real balls with a synthetic clip in them, 0 to 1. For as many clips of
            the real distribution it is about 1 - 2^-k; it falls with fewer synthetic clips.
    """

    precision: Value
    recall: Value
    density: Value
    coverage: Value


def prdc(
    real: NDArray[Any],
    fake: NDArray[Any],
    k: int = NEIGHBOURS,
    real_radii: Float64Array | None = None,
) -> Prdc:
    """All four from one pass over the distances of real ``[N, D]`` to synthetic ``[M, D]`` clips.

    A clip on the surface of a ball is in it (equation 1 of Kynkäänniemi et al. 2019), so that a
    copy of a clip with k copies of its own is in their balls of radius 0. The published code of
    Naeem et al. leaves the surface out; only ties show the difference, such as identical sets,
    whose density is here at least 1 + 1/k.

    Args:
        k: neighbours that a ball reaches to; a set needs k + 1 clips to have balls.
        real_radii: :func:`metrics.measures.neighbours.neighbour_radii` of the real clips,
            ``[N]``, if they are known.

    Raises:
        InputError: k below 1, or sets or radii that do not fit together.
    """
    if k < 1:
        raise InputError(f"k is {k}, a ball reaches to the first neighbour or further")
    if real_radii is not None and real_radii.shape != (len(real),):
        raise InputError(f"radii of shape {real_radii.shape} are not of {len(real)} real clips")
    for count, name in ((len(real), "real"), (len(fake), "synthetic")):
        if count == 0:
            return Prdc(*[Undefined(f"no {name} clips")] * 4)
    no_real, no_fake = _no_balls(real, "real", k), _no_balls(fake, "synthetic", k)
    radii = np.full(len(real), -1.0)
    if no_real is None:
        radii = neighbour_radii(real, k) if real_radii is None else real_radii
    fake_radii = np.full(len(fake), -1.0) if no_fake else neighbour_radii(fake, k)

    balls_around_fake = np.zeros(len(fake), dtype=np.int64)
    covered = np.zeros(len(real), dtype=bool)
    recalled = np.zeros(len(real), dtype=bool)
    for rows, distances in distance_blocks(real, fake):
        in_real_ball = distances <= radii[rows, None]
        balls_around_fake += in_real_ball.sum(axis=0)
        covered[rows] = in_real_ball.any(axis=1)
        recalled[rows] = (distances <= fake_radii).any(axis=1)
    return Prdc(
        precision=no_real or float((balls_around_fake > 0).mean()),
        recall=no_fake or float(recalled.mean()),
        density=no_real or float(balls_around_fake.mean() / k),
        coverage=no_real or float(covered.mean()),
    )


def _no_balls(clips: NDArray[Any], name: str, k: int) -> Undefined | None:
    if len(clips) > k:
        return None
    return Undefined(f"{len(clips)} {name} clips have no {k} neighbours each")
