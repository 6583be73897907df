"""A body of nine joints whose measures can be told by hand, and clips of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float64Array
from skeletons.clips import ClipSet
from skeletons.skeleton import Skeleton

STICK = Skeleton(
    name="stick",
    joints=(
        "pelvis",
        "left_hip",
        "right_hip",
        "left_foot",
        "right_foot",
        "chest",
        "left_shoulder",
        "right_shoulder",
        "head",
    ),
    parents=(-1, 0, 0, 1, 2, 0, 5, 5, 5),
    centre=0,
    pairs=((1, 2), (3, 4), (6, 7)),
    facing=((1, 2), (6, 7)),
)
"""Metres, +y is up. Left to right is +x, so the front is -z, towards a camera at the origin."""

STANDING = np.array(
    [
        [0.0, 0.0, 0.0],
        [-0.1, 0.0, 0.0],
        [0.1, 0.0, 0.0],
        [-0.1, -0.8, -0.2],
        [0.1, -0.8, -0.2],
        [0.0, 0.5, 0.0],
        [-0.2, 0.5, 0.0],
        [0.2, 0.5, 0.0],
        [0.0, 0.7, -0.1],
    ]
)
"""``[9, 3]``; feet and head are ahead of the pelvis."""

LEFT_FOOT = STICK.index("left_foot")


def standing(frames: int = 24) -> Float64Array:
    """A body that does not move, ``[T, 9, 3]``."""
    return np.repeat(STANDING[None], frames, axis=0)


def clip_set(
    joints: Sequence[NDArray[Any]],
    labels: Sequence[int] | None = None,
    skeleton: Skeleton = STICK,
) -> ClipSet:
    """Clips of up to three classes; of class 0 without labels."""
    return ClipSet.of(skeleton, ("a", "b", "c"), joints, labels or [0] * len(joints))


def swaying(count: int, seed: int = 0, frames: int = 24) -> list[Float64Array]:
    """Standing bodies whose joints are each a little out of place and sway as one."""
    rng = np.random.default_rng(seed)
    offsets = rng.normal(0.0, 0.02, (count, 1, len(STICK), 3))
    sway = rng.normal(0.0, 0.01, (count, frames, 1, 3)).cumsum(axis=1)
    return list(STANDING + offsets + sway)
