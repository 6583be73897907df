"""The moments of a clip that body metrics look at: as many in each clip, whatever its length.

A generator's clips are often made at a fixed number of frames and then stretched to real lengths.
What a metric sees must depend on how the body moves, not on how many frames it was written in.
"""

from __future__ import annotations

import numpy as np

from skeletons.arrays import Float64Array, IntArray
from skeletons.clips import ClipSet

MOMENTS = 24
"""Moments of a clip, evenly spaced from its first to its last frame: as many as the skeleton image
has columns by default, so that a clip that went through the image is not told from one that did
not by its number of frames. A step is the time from one moment to the next, 1/23 of the clip."""

POSES = 12
"""Moments at which poses and angles are looked at; neighbours among more are hardly different."""


def recorded_rows(clips: ClipSet, moments: int) -> IntArray:
    """Frame ``[N, moments]`` of each clip that lies nearest to each moment, counted from 0.

    A clip of fewer frames gives some of them more than once.
    """
    position = np.linspace(0.0, 1.0, moments) * (clips.lengths[:, None] - 1)
    return np.asarray(np.floor(position + 0.5), dtype=np.int64)


def recorded(clips: ClipSet, moments: int) -> Float64Array:
    """Frames as they are, nearest to evenly spaced moments: float64 ``[N, moments, V, 3]``.

    For what a single frame shows. A mean of two frames has shorter bones and less noise than
    either, so clips whose frames happen to lie on the moments would look worse than others.
    """
    rows = clips.starts[:, None] + recorded_rows(clips, moments)
    return np.asarray(clips.frames[rows], dtype=np.float64)


def resampled(clips: ClipSet, moments: int) -> Float64Array:
    """Bodies at evenly spaced moments, linear in time: float64 ``[N, moments, V, 3]``.

    For motion. Nearest frames would be unevenly spaced, which looks like a jerk.
    """
    return np.asarray(clips.resample(moments), dtype=np.float64)
