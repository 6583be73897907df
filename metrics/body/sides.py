"""Left and right: joints that change sides within a clip, and clips with the sides exchanged."""

from __future__ import annotations

import numpy as np

from metrics.body.measures import BodyMeasures, check_comparable
from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array, IntArray
from skeletons.skeleton import Skeleton

CLEAR = 0.5
"""A swap must explain a step with less than this part of the way that joints would go without.
Of real steps, up to 0.2 % (kinematic12) and 0.6 % (NW-UCLA) pass as swaps."""

SHRINKAGE = 0.01
"""Part of the mean second moment added to each, as joints of a stiff limb lean together."""

CLIPS_A_LEAN = 4
"""Real clips for each number that tells front from back. Up to twice as many points as dimensions
a plane through the origin would divide at random in half of the cases (Cover 1965)."""

MOST_WRONG = 0.1
"""Share of real clips that may look exchanged before the rule is not believed."""


def side_swaps(
    joints: Float64Array, rows: IntArray, skeleton: Skeleton
) -> tuple[IntArray, IntArray]:
    """Steps in which some left and right joint seem to have changed places.

    They do if each is much nearer to where the other was: the way of both, had they been swapped,
    is less than half of the way that they went by their names.

    Args:
        joints: ``[N, T, V, 3]``, frames as recorded.
        rows: ``[N, T]``, which frame of the clip each is; a frame given twice is no step.

    Returns:
        Swaps and steps looked at, int64 ``[N]`` each.
    """
    if not skeleton.pairs:
        return np.zeros(len(joints), np.int64), np.zeros(len(joints), np.int64)
    left, right = (joints[:, :, list(side)] for side in zip(*skeleton.pairs, strict=True))
    straight = _way(left[:, :-1], left[:, 1:]) + _way(right[:, :-1], right[:, 1:])
    crossed = _way(left[:, :-1], right[:, 1:]) + _way(right[:, :-1], left[:, 1:])
    swapped = (crossed < CLEAR * straight).any(axis=2)
    steps = np.diff(rows, axis=1) > 0
    return (swapped & steps).sum(axis=1), steps.sum(axis=1)


def forward_leaning(joints: Float64Array, skeleton: Skeleton) -> Float64Array:
    """How far each midline joint and the middle of each pair is ahead of the centre, on average.

    Ahead is across the line from left to right hips and shoulders, and across "up". Exchanging
    the names of left and right turns ahead to behind and changes none of the places, so that it
    changes the sign of all numbers. Mirroring bodies and names changes none.

    Args:
        joints: ``[N, T, V, 3]``.

    Returns:
        float64 ``[N, S]`` in the unit of the data; S is 0 in 2D, and if the skeleton has no
        ``facing``.
    """
    if not skeleton.facing or skeleton.dimensions == 2:
        return np.zeros((len(joints), 0))
    axis, sign = skeleton.up
    up = np.zeros(3)
    up[axis] = sign
    left, right = (joints[:, :, list(side)] for side in zip(*skeleton.facing, strict=True))
    across = right - left
    across[..., axis] = 0.0
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-12)
    side = across.sum(axis=2)
    side /= np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-12)
    ahead = np.cross(up, side)
    middles = 0.5 * (joints + joints[:, :, skeleton.mirror]) - joints[:, :, skeleton.centre, None]
    once = skeleton.mirror >= np.arange(len(skeleton))
    once[skeleton.centre] = False
    return np.asarray(np.einsum("ntvc,ntc->ntv", middles[:, :, once], ahead).mean(axis=1))


def left_right_swaps(drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """Share of steps in which a left and a right joint change places, as trackers let them.

    A step is from one to the next of 24 frames of a clip, as recorded. A pair counts as swapped if
    the swap explains the step with less than half of the way. A joint that is swapped for one
    frame counts twice, there and back. Swaps that were interpolated in time are mostly not seen.
    Range [0, 1], share, lower is better; fast crossing limbs give real clips some per mille.

    Undefined without a clip of two frames, or where the skeleton has no left and right.
    """
    check_comparable(drawn, reference)
    if not (drawn.lengths >= 2).any():
        return Undefined("no clip has two frames")
    steps = int(drawn.steps.sum())
    if steps == 0:
        return Undefined(f"the skeleton {drawn.skeleton} has no left and right joints")
    return int(drawn.swaps.sum()) / steps


def left_right_sides(drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """Share of clips whose left and right joints are exchanged from the first frame to the last.

    "Ahead" follows from up and left to right, so an exchange turns the body's front to its back:
    toes point backwards, knees bend forwards. How far each part of the body is ahead of its centre
    is known from the real clips. Fisher's linear discriminant (1936) between them and the same
    clips exchanged, slightly shrunk, is a plane through the origin by symmetry, and clips beyond
    it count. A clip that was mirrored together with its names is a legitimate clip and does not
    count; one that was mirrored without them does. Range [0, 1], share, lower is better, near 0
    for real clips.

    Undefined without clips, where the skeleton does not tell left from right, or where the real
    clips are too few or do not show which way is ahead (more than a tenth seem exchanged).
    """
    check_comparable(drawn, reference)
    if len(drawn) == 0:
        return Undefined("no clips")
    size = reference.leaning.shape[1]
    if size == 0:
        return Undefined(f"the skeleton {drawn.skeleton} does not tell which way a body faces")
    if len(reference) < CLIPS_A_LEAN * size:
        return Undefined(
            f"{len(reference)} real clips are too few to tell front from back, "
            f"{CLIPS_A_LEAN * size} are needed"
        )
    direction = _ahead_direction(reference.leaning)
    wrong = float((reference.leaning @ direction <= 0.0).mean())
    if wrong > MOST_WRONG:
        return Undefined(f"front and back look alike: {wrong:.0%} of real clips seem exchanged")
    return float((drawn.leaning @ direction < 0.0).mean())


def _ahead_direction(leaning: Float64Array) -> Float64Array:
    """Normal ``[S]`` of the plane between ``leaning [N, S]`` and its negative.

    Second moments are the covariance of both groups together. Their inverse gives the direction
    that the covariance within the groups gives, and they are not 0 where all clips are equal.
    """
    size = leaning.shape[1]
    moments = leaning.T @ leaning / len(leaning)
    shrunk = moments + SHRINKAGE * np.trace(moments) / size * np.eye(size)
    return np.asarray(np.linalg.lstsq(shrunk, leaning.mean(axis=0), rcond=None)[0])


def _way(start: Float64Array, end: Float64Array) -> Float64Array:
    return np.asarray(np.linalg.norm(end - start, axis=-1))
