"""Which clips, frames and joints a corruption touches; the same ones first at every dose."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import BoolArray, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError


def share_of_clips(labels: IntArray, dose: float, rng: np.random.Generator) -> BoolArray:
    """``round(dose N)`` of the clips ``[N]``, about evenly over the classes.

    The order in which clips are chosen does not depend on the dose: with the same random numbers, a
    smaller dose chooses some of the clips that a larger one chooses.
    """
    order = np.lexsort((rng.random(len(labels)), labels))
    rank, counts = rank_in_class(labels[order])
    offset = rng.random(int(labels.max()) + 1 if len(labels) else 0)
    # A class of n clips has its turns at (rank + offset) / n: systematic sampling.
    turn = (rank + offset[labels[order]]) / counts
    chosen = np.zeros(len(labels), dtype=bool)
    chosen[order[np.argsort(turn, kind="stable")[: round(dose * len(labels))]]] = True
    return chosen


def rank_in_class(ordered: IntArray) -> tuple[IntArray, IntArray]:
    """Place of each clip within its class and size of that class, for labels in ascending order."""
    counts = np.bincount(ordered) if len(ordered) else np.zeros(0, dtype=np.int64)
    starts = np.cumsum(counts) - counts
    return np.arange(len(ordered)) - starts[ordered], counts[ordered]


def owners(clips: ClipSet) -> IntArray:
    """Clip number of each frame of a packed set, ``[F]``."""
    return np.repeat(np.arange(len(clips)), clips.lengths)


def steps(clips: ClipSet) -> IntArray:
    """Frame number within its clip of each frame of a packed set, ``[F]``."""
    return np.arange(int(clips.lengths.sum())) - np.repeat(clips.starts, clips.lengths)


def horizontal_axes(clips: ClipSet) -> tuple[int, int]:
    """The two axes that are not "up"."""
    first, second = (axis for axis in range(3) if axis != clips.skeleton.up[0])
    return first, second


def body_height(clips: ClipSet) -> float:
    """Median over frames of a body's extent along the up axis, in the data's unit."""
    along: NDArray[Any] = clips.frames[..., clips.skeleton.up[0]]
    return float(np.median(np.ptp(along, axis=1))) if len(along) else 0.0


def check_training(clips: ClipSet, training: ClipSet) -> None:
    """Raise :class:`InputError` unless ``training`` has the clips' skeleton and classes, and a clip
    of each class that the clips show."""
    if training.skeleton != clips.skeleton or training.classes != clips.classes:
        raise InputError(f"'{training.name}' and '{clips.name}' differ in skeleton or classes")
    missing = np.flatnonzero((clips.class_counts() > 0) & (training.class_counts() == 0))
    if len(missing):
        raise InputError(f"{training.name} has no clip of class '{clips.classes[missing[0]]}'")
