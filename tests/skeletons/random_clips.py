"""Clip sets of random bodies that move smoothly, on any skeleton."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from skeletons.clips import ClipSet
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.skeleton import Skeleton

SKELETONS = (SMPL24, KINECT20, NTU25)

ragged = st.lists(st.integers(1, 70), min_size=1, max_size=6)


def random_clips(
    skeleton: Skeleton = SMPL24,
    lengths: Sequence[int] = (10, 20, 30),
    seed: int = 0,
    classes: int = 3,
    name: str = "random",
) -> ClipSet:
    """Bodies within about 2 m of a place up to 5 m from the sensor; labels go round."""
    rng = np.random.default_rng(seed)
    joints = [
        rng.uniform(-5.0, 5.0, (1, 1, 3))
        + rng.normal(0.0, 0.4, (1, len(skeleton), 3))
        + 0.05 * np.cumsum(rng.normal(size=(length, len(skeleton), 3)), axis=0)
        for length in lengths
    ]
    count = len(lengths)
    return ClipSet.of(
        skeleton,
        [f"class {label}" for label in range(classes)],
        joints,
        np.arange(count) % classes,
        subjects=[f"s{row % 2}" for row in range(count)],
        views=["v"] * count,
        name=name,
    )
