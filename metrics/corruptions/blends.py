"""Corruptions that mix two clips: what a generator makes that cannot decide between them.

A model that is trained to the least squared error gives the mean of all that could be meant. The
clip that is mixed in is stretched to the same frames and stands where the clip stands and faces
the way it faces, so that bodies are mixed and not places. All take a packed set and a dose, the
weight of the other clip, and draw the same random numbers whatever the dose. Joints are mixed,
not rotations: bones of two unlike poses come out short.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.corruptions.choice import owners, rank_in_class
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import VOTING_FRAMES, remove_placement, rotate, upright


def class_blend(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """Each clip is mixed with a random clip of another class and keeps its label: at a weight of
    one half nobody can say which of the two was meant.

    Raises:
        InputError: clips of one class only.
    """
    counts = clips.class_counts()
    if len(clips) and (counts > 0).sum() < 2:
        raise InputError(f"{clips.name}: clips of one class cannot be mixed with another's")
    order = np.argsort(clips.labels, kind="stable")
    # In this order the clips of other classes begin where a class ends, and go round.
    behind = np.cumsum(counts)[clips.labels]
    others = (len(clips) - counts)[clips.labels]
    further = (rng.random(len(clips)) * others).astype(np.int64)
    return _mix(clips, order[(behind + further) % max(len(clips), 1)], dose)


def clip_blend(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """Each clip is mixed with a random other clip of its class: the over-smooth mean of two ways to
    do the same. The only clip of a class stays as it is."""
    order = np.argsort(clips.labels, kind="stable")
    rank, counts = rank_in_class(clips.labels[order])
    further = 1 + (rng.random(len(clips)) * (counts - 1)).astype(np.int64)
    other = np.empty(len(clips), dtype=np.int64)
    other[order] = order[np.arange(len(clips)) - rank + (rank + further) % counts]
    return _mix(clips, other, dose)


def _mix(clips: ClipSet, other: IntArray, weight: float) -> ClipSet:
    """The clips, with the clips ``other [N]`` mixed in frame by frame at a weight in [0, 1]; a clip
    that would be mixed with itself stays, without the rounding of turns."""
    owner = owners(clips)
    shown = upright(clips.select(other).with_lengths(clips.lengths)).frames
    _, placement = remove_placement(clips.resample(VOTING_FRAMES), clips.skeleton)
    shown = rotate(shown[:, None], placement.yaw[owner], clips.skeleton)[:, 0]
    shown = shown + placement.origin[owner, None]
    weights = np.where(other != np.arange(len(clips)), weight, 0.0).astype(np.float32)
    step = weights[owner, None, None] * (shown - clips.frames)
    return replace(clips, frames=clips.frames + step)
