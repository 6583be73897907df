"""Which clips a picture shows and how a body is seen: from the front, a little from one side."""

from __future__ import annotations

import numpy as np

from benchmark.reports.figures.figure import BLUE, INK, ORANGE
from skeletons.arrays import Float32Array, Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.placement import remove_placement
from skeletons.skeleton import Skeleton

YAW = np.deg2rad(35.0)
"""How far the viewer stands to the side of the body's front."""
PITCH = np.deg2rad(8.0)
"""How far the viewer looks down, so that depth shows on the floor."""

HEAD_RADIUS = 0.055
"""Of the drawn head, as a part of the height of the body."""

LIMB_COLOURS = {"left": BLUE, "right": ORANGE, "trunk": INK}
"""Of the body's own left and right; the trunk and head are neither."""


def typical_clips(clips: ClipSet) -> IntArray:
    """For each class that has clips, the one of median length: not picked by hand.

    Returns:
        Row of one clip a class, in the order of the classes.
    """
    order = np.lexsort((clips.ids, clips.lengths))
    return np.asarray(
        [
            rows[(len(rows) - 1) // 2]
            for label in range(len(clips.classes))
            if len(rows := order[clips.labels[order] == label])
        ],
        dtype=np.int64,
    )


def project(joints: Float32Array, skeleton: Skeleton) -> Float64Array:
    """Clips ``[N, T, V, C]`` as the viewer's picture ``[N, T, V, 2]``, in the skeleton's unit.

    Parallel projection, turned to a 3/4 view: :func:`turned` of :func:`seen_from_front`. 2D clips
    are shown as they are, each frame about its centre.
    """
    if skeleton.dimensions == 3:
        return turned(seen_from_front(joints, skeleton), skeleton.centre)
    placed, _ = remove_placement(joints, skeleton)
    body = placed.astype(np.float64)
    axis, sign = skeleton.up
    body = body - body[:, :, skeleton.centre, None]
    return np.stack([body[..., 1 - axis], sign * body[..., axis]], axis=-1)


def seen_from_front(joints: Float32Array, skeleton: Skeleton) -> Float64Array:
    """Clips ``[N, T, V, C]`` as one sees them who stands before the body: to the right, up from
    the floor and, of 3D ones, towards the viewer.

    They start at the origin. The floor is the 10th percentile over frames of the lowest joint.
    """
    placed, _ = remove_placement(joints, skeleton)
    body = placed.astype(np.float64)
    axis, sign = skeleton.up
    height = sign * body[..., axis]
    height = height - np.percentile(height.min(axis=2), 10.0, axis=1)[:, None, None]
    if skeleton.dimensions == 2:
        return np.stack([body[..., 1 - axis], height], axis=-1)
    up, right = sign * np.eye(3)[axis], np.eye(3)[0 if axis else 1]
    front = np.cross(up, right)
    return np.stack([body @ np.cross(up, front), height, body @ front], axis=-1)


def turned(
    seen: Float64Array, centre: int, azimuth: float = YAW, elevation: float = PITCH
) -> Float64Array:
    """Bodies ``[..., V, 2 or 3]`` seen from the front, as a viewer sees them who stands elsewhere.

    Args:
        centre: joint that stays in the middle, from left to right.
        azimuth: how far the viewer stands to the side of the body's front, in radians.
        elevation: how far the viewer looks down, in radians.

    Returns:
        ``[..., V, 2]``: to the right of the picture from the centre of that frame, and up from the
        floor; the nearer, the lower. Flat bodies are not turned.
    """
    across = seen[..., 0] - seen[..., centre, None, 0]
    if seen.shape[-1] == 2:
        return np.stack([across, seen[..., 1]], axis=-1)
    ahead = seen[..., 2] - seen[..., centre, None, 2]
    right = np.cos(azimuth) * across + np.sin(azimuth) * ahead
    depth = np.cos(azimuth) * ahead - np.sin(azimuth) * across
    up = np.cos(elevation) * seen[..., 1] - np.sin(elevation) * depth
    return np.stack([right, up], axis=-1)


def bones_by_side(skeleton: Skeleton) -> dict[str, IntArray]:
    """(parent, child) joints ``[bones, 2]`` of the left limbs, the right limbs and the trunk."""
    left = {joint for joint, _ in skeleton.pairs}
    right = {joint for _, joint in skeleton.pairs}
    sides: dict[str, list[tuple[int, int]]] = {side: [] for side in ("trunk", "left", "right")}
    for parent, child in skeleton.edges:
        ends = {parent, child}
        sides["left" if ends & left else "right" if ends & right else "trunk"].append(
            (parent, child)
        )
    return {side: np.asarray(bones, np.int64).reshape(-1, 2) for side, bones in sides.items()}


def head_of(skeleton: Skeleton) -> int | None:
    """The joint that a picture draws as a head, or None for a skeleton that names none."""
    return skeleton.index("head") if "head" in skeleton.joints else None


def heads_of(skeleton: Skeleton) -> tuple[int, ...]:
    """The head of each of the people, if the skeleton names one."""
    head, size = head_of(skeleton.single), len(skeleton.single)
    return () if head is None else tuple(head + size * body for body in range(skeleton.people))
