"""Where a clip stands and which way it faces, taken apart from how the body moves.

Centring on the first frame and turning the body to the front is what PYSKL's ``PreNormalize3D``
and HumanML3D's pre-processing do; here only the turn about the vertical axis is undone, since
gravity is known, and it is taken from several frames, since one Kinect frame is noisy.

Of 2D clips only the origin is taken away: how a body is turned does not show in its picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.skeleton import Skeleton

FACING_SHARE = 0.25
"""Part of the clip, from its start, whose frames vote on which way the body faces."""

VOTING_FRAMES = 24
"""Frames that :func:`upright` looks at in each clip to find which way it faces."""

AT_A_TIME = 1024
"""Clips that are moved, encoded or measured at a time."""


@dataclass(frozen=True)
class Placement:
    """Rigid placement of N clips: ``origin [N, 3]`` in the data's unit, ``yaw [N]`` in radians."""

    origin: Float32Array
    yaw: Float32Array

    def __len__(self) -> int:
        return len(self.yaw)

    def select(self, rows: NDArray[Any]) -> Placement:
        """The placements of an index array or mask."""
        return Placement(self.origin[rows], self.yaw[rows])

    @staticmethod
    def unset(count: int, dimensions: int) -> Placement:
        """Room for the placements of so many clips."""
        return Placement(
            np.empty((count, dimensions), np.float32), np.empty(count, dtype=np.float32)
        )

    def put(self, rows: IntArray, some: Placement) -> None:
        """Let the clips of an index array stand as others do."""
        self.origin[rows], self.yaw[rows] = some.origin, some.yaw


def facing_yaw(joints: NDArray[Any], skeleton: Skeleton) -> Float32Array:
    """Turn about the vertical axis ``[N]`` by which each clip of ``[N, T, V, C]`` faces away from
    the front, from the left-to-right direction of hips and shoulders; every pair of joints in
    every frame has one vote, however far apart a sensor's error has put them. 0 for 2D clips."""
    if skeleton.dimensions == 2:
        return np.zeros(len(joints), dtype=np.float32)
    first, second = _horizontal_axes(skeleton)
    frames = max(1, round(joints.shape[1] * FACING_SHARE))
    side = np.zeros((len(joints), 2))
    for left, right in skeleton.facing:
        across = (joints[:, :frames, right] - joints[:, :frames, left])[..., [first, second]]
        length = np.linalg.norm(across, axis=-1, keepdims=True)
        side += (across / np.maximum(length, 1e-6)).sum(axis=1)
    return np.arctan2(side[:, 1], side[:, 0]).astype(np.float32)


def rotate(joints: NDArray[Any], yaw: NDArray[Any], skeleton: Skeleton) -> Float32Array:
    """Turn clips ``[N, T, V, 3]`` about the vertical axis by ``yaw [N]`` radians; 2D clips stay."""
    if skeleton.dimensions == 2:
        return np.array(joints, dtype=np.float32)
    first, second = _horizontal_axes(skeleton)
    cos = np.cos(yaw).astype(np.float32)[:, None, None]
    sin = np.sin(yaw).astype(np.float32)[:, None, None]
    turned = np.array(joints, dtype=np.float32)
    turned[..., first] = cos * joints[..., first] - sin * joints[..., second]
    turned[..., second] = sin * joints[..., first] + cos * joints[..., second]
    return turned


def tilt(joints: NDArray[Any], angle: NDArray[Any], skeleton: Skeleton) -> Float32Array:
    """Turn upright clips ``[N, T, V, 3]`` about their left-right axis by ``angle [N]`` radians; 2D
    clips stay."""
    if skeleton.dimensions == 2:
        return np.array(joints, dtype=np.float32)
    up, ahead = skeleton.up[0], _horizontal_axes(skeleton)[1]
    cos = np.cos(angle).astype(np.float32)[:, None, None]
    sin = np.sin(angle).astype(np.float32)[:, None, None]
    turned = np.array(joints, dtype=np.float32)
    turned[..., up] = cos * joints[..., up] - sin * joints[..., ahead]
    turned[..., ahead] = sin * joints[..., up] + cos * joints[..., ahead]
    return turned


def mirror(joints: NDArray[Any], skeleton: Skeleton) -> Float32Array:
    """Upright clips ``[N, T, V, 3]`` with left and right swapped, joints and space alike."""
    return reflect(joints[:, :, skeleton.mirror], skeleton)


def reflect(joints: NDArray[Any], skeleton: Skeleton) -> Float32Array:
    """Upright clips ``[N, T, V, 3]`` as a mirror shows them: left hands look like right ones."""
    seen = np.array(joints, dtype=np.float32)
    seen[..., _horizontal_axes(skeleton)[0]] *= -1.0
    return seen


def remove_placement(joints: NDArray[Any], skeleton: Skeleton) -> tuple[Float32Array, Placement]:
    """Clips ``[N, T, V, 3]`` that start at the origin and face the front, and what was removed."""
    origin = np.array(joints[:, 0, skeleton.centre], dtype=np.float32)
    yaw = facing_yaw(joints, skeleton)
    return rotate(joints - origin[:, None, None], -yaw, skeleton), Placement(origin, yaw)


def restore_placement(
    joints: NDArray[Any], placement: Placement, skeleton: Skeleton
) -> Float32Array:
    """The inverse of :func:`remove_placement`."""
    return np.asarray(
        rotate(joints, placement.yaw, skeleton) + placement.origin[:, None, None], np.float32
    )


def in_space(joints: NDArray[Any]) -> NDArray[Any]:
    """Joints ``[..., V, C]`` as ``[..., V, 3]``: those of a picture lie in the plane z = 0, where
    networks and codecs that know three coordinates see them."""
    missing = 3 - joints.shape[-1]
    if not missing:
        return joints
    return np.pad(joints, [*[(0, 0)] * (joints.ndim - 1), (0, missing)])


def upright(clips: ClipSet) -> ClipSet:
    """The same clips, each starting at the origin and facing the front."""
    starts = np.cumsum(clips.lengths) - clips.lengths
    frames = np.empty((int(clips.lengths.sum()), *clips.frames.shape[1:]), np.float32)
    for part in some_at_a_time(clips):
        some = clips.select(part).packed()
        dense = some.resample(VOTING_FRAMES)
        owner = np.repeat(np.arange(len(some)), some.lengths)
        yaw = facing_yaw(dense, clips.skeleton)
        moved = some.frames - dense[owner, 0, clips.skeleton.centre, None]
        here = slice(starts[part[0]], starts[part[0]] + len(moved))
        frames[here] = rotate(moved[:, None], -yaw[owner], clips.skeleton)[:, 0]
    return replace(clips, frames=frames, starts=starts)


def some_at_a_time(clips: ClipSet) -> Iterator[IntArray]:
    """Rows of all clips in order, :data:`AT_A_TIME` at a time: what is worked out for them takes
    little memory beside a large set."""
    for first in range(0, len(clips), AT_A_TIME):
        yield np.arange(first, min(first + AT_A_TIME, len(clips)))


def _horizontal_axes(skeleton: Skeleton) -> tuple[int, int]:
    first, second = (axis for axis in range(3) if axis != skeleton.up[0])
    return first, second
