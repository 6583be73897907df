"""Corruptions of the motion: which pose is shown when.

All take a packed set and a dose, and draw the same random numbers whatever the dose.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.corruptions.choice import owners, share_of_clips, steps
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet

DETAIL = 0.2
"""Window, as a share of the clip, of the average that parts motion from its detail."""
SHARPEST = 5.0
"""How often the detail is added at a dose of 1."""


def frozen_end(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """The last share of each clip's frames repeats the frame before them; one frame always moves
    in."""
    # Without the small number, 0.7 of 10 frames would be 8.
    moving = np.maximum(np.ceil((1.0 - dose) * clips.lengths - 1e-6).astype(np.int64), 1)
    owner = owners(clips)
    return _show(clips, np.minimum(steps(clips), moving[owner] - 1))


def frozen_frames(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """A random share of the frames repeats what the frame before shows: motion by fits and starts.

    The first frame of a clip has none before it and stays.
    """
    step = steps(clips)
    new = (rng.random(len(step)) >= dose) | (step == 0)
    # A clip's first frame is always new, so that no clip looks back into the one before.
    latest = np.maximum.accumulate(np.where(new, np.arange(len(step)), 0))
    return replace(clips, frames=clips.frames[latest])


def time_reversal(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """A share of the clips runs backwards."""
    owner, step = owners(clips), steps(clips)
    backwards = share_of_clips(clips.labels, dose, rng)[owner]
    return _show(clips, np.where(backwards, clips.lengths[owner] - 1 - step, step))


def smoothing(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """A moving average over a share of the clip's frames: motion as an over-smooth model makes it.

    The window is centred and narrows towards both ends, so that straight motion and the first and
    the last frame stay.
    """
    owner, step = owners(clips), steps(clips)
    last = clips.lengths[owner] - 1
    half = np.round(dose * clips.lengths / 2.0).astype(np.int64)[owner]
    half = np.minimum(half, np.minimum(step, last - step))
    total = np.zeros((len(step) + 1, *clips.frames.shape[1:]))
    np.cumsum(clips.frames, axis=0, dtype=np.float64, out=total[1:])
    here = np.arange(len(step))
    window = total[here + half + 1] - total[here - half]
    mean = (window / (2 * half + 1)[:, None, None]).astype(np.float32)
    # A window of one frame is that frame, without the rounding of the running total.
    return replace(clips, frames=np.where((half > 0)[:, None, None], mean, clips.frames))


def over_sharp(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """What a moving average over ``DETAIL`` of the clip takes away is added once more, up to
    ``SHARPEST`` times at a dose of 1: an unsharp mask over time. Motion overshoots and trembles as
    that of a model does that is guided too hard; straight motion and both ends stay."""
    detail = clips.frames - smoothing(clips, DETAIL, rng).frames
    return replace(clips, frames=clips.frames + np.float32(SHARPEST * dose) * detail)


def _show(clips: ClipSet, step: IntArray) -> ClipSet:
    """Each frame shows another of its clip's frames ``[F]``, counted from 0."""
    return replace(clips, frames=clips.frames[np.repeat(clips.starts, clips.lengths) + step])
