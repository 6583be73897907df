"""Foot skate: feet that slide while they carry the body."""

from __future__ import annotations

import numpy as np

from metrics.body.measures import BodyMeasures, check_comparable
from metrics.value import Undefined, Value
from skeletons.arrays import BoolArray, Float64Array, IntArray
from skeletons.skeleton import Skeleton

PER_METRE = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
NEAR = 0.05
"""Metres above the floor up to which a foot stands (GMD, Karunratanakul et al. 2023)."""

FLOOR_QUANTILE = 0.2
"""Height of the floor among the heights of a clip's feet. Not the lowest: noise makes that. On
kinematic12, where contact is known, 92 % of what is found near the floor stands."""

LEAST_STANDING = 1 / 3
"""Share of real steps near the floor below which there is no floor: bodies do not jump all the
time. Feet whose heights are spread by 0.2 m at random would reach a tenth."""


def feet_of(skeleton: Skeleton) -> tuple[int, ...]:
    """Indices of the left and right foot, by name; the ankles where feet have no joint."""
    for part in ("foot", "ankle"):
        names = (f"left_{part}", f"right_{part}")
        if all(name in skeleton.joints for name in names):
            return tuple(skeleton.index(name) for name in names)
    return ()


def standing(heights: Float64Array, near: float) -> BoolArray:
    """Whether each foot of ``heights [N, T, F]`` is near its clip's floor, ``[N, T, F]``.

    No data set tells where its floor is, and it differs from clip to clip with the sensor. The
    floor of a clip is taken as level, at the 20 % quantile of the heights of its feet.
    """
    clips, moments, feet = heights.shape
    flat = heights.reshape(clips, moments * feet)
    floor = np.quantile(flat, FLOOR_QUANTILE, axis=1)
    return np.asarray(heights <= floor[:, None, None] + near)


def foot_slides(
    joints: Float64Array, skeleton: Skeleton
) -> tuple[Float64Array, IntArray, IntArray, Float64Array]:
    """How far feet slide in each clip of ``[N, T, V, 3]``.

    Returns:
        ``slid``, ``stood``, ``foot_steps`` and ``feet_below`` of
        :class:`metrics.body.measures.BodyMeasures`, each ``[N]``.
    """
    count = len(joints)
    feet = list(feet_of(skeleton))
    if not feet or skeleton.unit not in PER_METRE or skeleton.dimensions == 2:
        none = np.zeros(count, np.int64)
        return np.zeros(count), none, none.copy(), np.zeros(count)
    axis, sign = skeleton.up
    heights = sign * joints[:, :, feet, axis]
    stands = standing(heights, NEAR * PER_METRE[skeleton.unit])
    stays = stands[:, 1:] & stands[:, :-1]
    horizontal = [other for other in range(3) if other != axis]
    way = np.linalg.norm(np.diff(joints[:, :, feet][..., horizontal], axis=1), axis=-1)
    slid = np.where(stays, way, 0.0).sum(axis=(1, 2))
    below = (heights < sign * joints[:, :, skeleton.centre, axis, None]).all(axis=2)
    steps = np.full(count, stays.shape[1] * stays.shape[2], dtype=np.int64)
    return slid, stays.sum(axis=(1, 2)), steps, below.mean(axis=1)


def foot_skate(drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """Mean horizontal way in a step of a foot that is near the floor before and after it.

    As Yuan et al. (2023, PhysDiff, "Skate"), in metres a step of 1/23 of the clip instead of a
    frame, and with an estimated floor: level, at the 20 % quantile of the heights of a clip's
    feet, 5 cm thick. Where the floor is not level to the sensor, less is found near it. A sensor's
    noise moves standing feet too, so the value of real clips is not 0, and a body that is frozen
    has 0. Range [0, inf), metres a step, best near real.

    Undefined where the unit is none of length, feet are not named, the real clips show no floor
    (their feet are not below the body, or in less than a third of the steps near the floor), or
    no drawn clip has two frames with a foot near the floor.
    """
    check_comparable(drawn, reference)
    if drawn.unit not in PER_METRE:
        return Undefined(f"the unit of the data is '{drawn.unit}', not one of length")
    moving, real = drawn.lengths >= 2, reference.lengths >= 2
    if not moving.any() or not real.any():
        return Undefined(f"no {'real' if moving.any() else 'drawn'} clip has two frames")
    looked_at = int(reference.foot_steps[real].sum())
    if looked_at == 0:
        return Undefined(f"the skeleton {drawn.skeleton} names no feet")
    if float(np.median(reference.feet_below[real])) < 0.5:
        return Undefined("the feet of most real clips are not below the body: which axis is up?")
    share = int(reference.stood[real].sum()) / looked_at
    if share < LEAST_STANDING:
        return Undefined(f"no floor: real feet are near the lowest place in {share:.0%} of steps")
    stood = int(drawn.stood[moving].sum())
    if stood == 0:
        return Undefined("no foot is near the floor for a step")
    return float(drawn.slid[moving].sum() / stood / PER_METRE[drawn.unit])
