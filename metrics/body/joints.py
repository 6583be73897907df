"""Joints: where each is, seen from the body, and how fast it moves, against real clips."""

from __future__ import annotations

import numpy as np

from metrics.body.measures import BodyMeasures, check_comparable
from metrics.body.wasserstein import wasserstein_1
from metrics.value import Undefined, Value
from skeletons.arrays import Float32Array, Float64Array
from skeletons.placement import facing_yaw, rotate
from skeletons.skeleton import Skeleton


def body_positions(poses: Float64Array, moments: Float64Array, skeleton: Skeleton) -> Float32Array:
    """Joints but the centre, seen from the centre, the body turned to the front.

    The centre is taken away frame by frame. The heading is that of the clip's start and is taken
    away from all of its frames, so that a body that turns does.

    Args:
        poses: ``[N, P, V, 3]``, frames as recorded, whose joints are given back.
        moments: ``[N, T, V, 3]``, frames that tell where the body faces.

    Returns:
        float32 ``[N, P, V - 1, 3]`` in the unit of the data.
    """
    centred = poses - poses[:, :, skeleton.centre, None]
    turned = rotate(centred, -facing_yaw(moments, skeleton), skeleton)
    return np.asarray(np.delete(turned, skeleton.centre, axis=2), dtype=np.float32)


def joint_speeds(joints: Float64Array) -> Float32Array:
    """Way of each joint from moment to moment of ``[N, T, V, 3]``: float32 ``[N, T - 1, V]``."""
    return np.asarray(np.linalg.norm(np.diff(joints, axis=1), axis=-1), dtype=np.float32)


def joint_positions(drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """How far each joint's places are from those of real clips.

    Wasserstein-1 distance, joint by joint and axis by axis, of all poses of all clips, averaged
    over joints and axes. Joints are seen from the body's centre, the body turned to the front, so
    where a clip stands does not count. Axes apart, a wrong joint dependence is not seen. Range
    [0, inf), unit of the data, lower is better; above 0 for real clips, by their number.

    Undefined without clips, or with no joint but the centre.
    """
    check_comparable(drawn, reference)
    if len(drawn) == 0 or len(reference) == 0:
        return Undefined("no clips")
    if drawn.positions.shape[2] == 0:
        return Undefined("there is no joint but the centre")
    return float(wasserstein_1(_pooled(drawn.positions), _pooled(reference.positions)).mean())


def joint_velocities(drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """How far each joint's speeds are from those of real clips.

    Wasserstein-1 distance, joint by joint, of the way in each step of each clip, averaged over
    joints. Speeds are those in the room, the body's own way included, and need no heading. A step
    is 1/23 of the clip: data sets do not tell their frame rate, and a clip's number of frames is
    often drawn, not generated. Range [0, inf), unit of the data a step, lower is better; above 0
    for real clips, by their number.

    Undefined where no drawn or no real clip has two frames.
    """
    check_comparable(drawn, reference)
    moving, real = drawn.lengths >= 2, reference.lengths >= 2
    if not moving.any() or not real.any():
        return Undefined(f"no {'real' if moving.any() else 'drawn'} clip has two frames")
    distance = wasserstein_1(_pooled(drawn.speeds[moving]), _pooled(reference.speeds[real]))
    return float(distance.mean())


def _pooled(samples: Float32Array) -> Float32Array:
    """Frames of all clips of ``[N, T, ...]`` as one sample ``[N T, ...]``."""
    return samples.reshape(-1, *samples.shape[2:])
