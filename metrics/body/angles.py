"""Joint angles: how often a joint is bent as real ones hardly ever are."""

from __future__ import annotations

import numpy as np

from metrics.body.measures import BodyMeasures, check_comparable
from metrics.value import Undefined, Value
from skeletons.arrays import Float32Array, Float64Array
from skeletons.placement import in_space
from skeletons.skeleton import Skeleton

QUANTILES = (0.01, 0.99)
"""What lies outside is unusual; 2 % of real angles do."""


def bends(skeleton: Skeleton) -> tuple[tuple[int, int, int], ...]:
    """(parent, joint, child) of each joint between two bones, in tree order of the child."""
    return tuple(
        (skeleton.parents[joint], joint, child)
        for joint, child in skeleton.edges
        if skeleton.parents[joint] >= 0
    )


def joint_angles_of(joints: Float64Array, skeleton: Skeleton) -> Float32Array:
    """Inner angle at each of ``bends``: pi for a straight limb, towards 0 for a folded one.

    From the arc tangent, which is exact for straight limbs, where the cosine is flat. A bone
    without length has the angle 0, which no straight or bent limb has.

    Args:
        joints: ``[N, T, V, 3]``.

    Returns:
        float32 ``[N, T, A]`` in radians.
    """
    chosen = np.asarray(bends(skeleton), dtype=np.int64).reshape(-1, 3)
    parent, joint, child = (joints[:, :, column] for column in chosen.T)
    inward, outward = parent - joint, child - joint
    across = np.linalg.norm(np.cross(in_space(inward), in_space(outward)), axis=-1)
    along = np.einsum("ntac,ntac->nta", inward, outward)
    return np.asarray(np.arctan2(across, along), dtype=np.float32)


def joint_angles(drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """Share of angles outside of the range in which real clips have theirs.

    The range of a joint is from the 1 % to the 99 % quantile of the real clips, over all poses.
    Range [0, 1], share, best near 0.02, where real clips are: more is a body that bends as none
    does, less is one that avoids what real bodies sometimes do. All classes together: an angle
    that is usual in another class is not seen.

    Undefined without clips, or where no joint is between two bones.
    """
    check_comparable(drawn, reference)
    if len(drawn) == 0 or len(reference) == 0:
        return Undefined("no clips")
    if drawn.angles.shape[2] == 0:
        return Undefined("no joint is between two bones")
    real = reference.angles.reshape(-1, reference.angles.shape[2]).astype(np.float64)
    low, high = np.quantile(real, QUANTILES, axis=0)
    return float(((drawn.angles < low) | (drawn.angles > high)).mean())
