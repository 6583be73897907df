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

    Parallel projection, turned to a 3/4 view. The first number runs to the right of the picture
    from the body's centre of that frame, the second up from the floor. The floor is where a body
    stands most of the time: the 10th percentile over frames of its lowest joint, so that one bad
    joint does not lift the body. 2D clips are shown as they are, each frame about its centre.
    """
    placed, _ = remove_placement(joints, skeleton)
    body = placed.astype(np.float64)
    axis, sign = skeleton.up
    if skeleton.dimensions == 2:
        body = body - body[:, :, skeleton.centre, None]
        return np.stack([body[..., 1 - axis], sign * body[..., axis]], axis=-1)
    right = np.eye(3)[min(other for other in range(3) if other != axis)]
    up = sign * np.eye(3)[axis]
    front = np.cross(up, right)  # of the body, in right-handed coordinates
    viewer = np.cos(YAW) * front + np.sin(YAW) * right
    across = np.cross(up, viewer)
    height = body @ up
    floor = np.percentile(height.min(axis=2), 10.0, axis=1)
    centred = body - body[:, :, skeleton.centre, None]
    depth = centred @ viewer  # the nearer, the lower in the picture
    vertical = np.cos(PITCH) * (height - floor[:, None, None]) - np.sin(PITCH) * depth
    return np.stack([centred @ across, vertical], axis=-1)


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
