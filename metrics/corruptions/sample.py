"""Corruptions of the sample: every clip may be real, but the set of clips is not what was asked.

All take a packed set and a dose, and draw the same random numbers whatever the dose. A clip that is
replaced keeps its id, so that ids stay unique.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.corruptions.choice import check_training, rank_in_class, share_of_clips
from skeletons.arrays import Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import remove_placement

LOOKED_AT = 24
"""Frames of each clip that tell how far it is from its class's mean."""


def dropped_modes(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """A random share of each class's clips is replaced by copies of its other clips; one clip a
    class always stays."""
    return _collapse(clips, rng.random(len(clips)), dose)


def dropped_tails(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """The share of each class's clips that is farthest from its mean motion is replaced by copies
    of those nearer: what truncated sampling (Brock et al. 2019, section 3.1) does to a sample."""
    return _collapse(clips, _distance_to_class_mean(clips), dose)


def collapsed_classes(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """A share of the clips shows the class that has most clips, whatever class was asked for."""
    counts = clips.class_counts()
    shown = np.flatnonzero(clips.labels == int(counts.argmax()))
    source = rng.permutation(shown)[np.arange(len(clips)) % max(len(shown), 1)]
    chosen = share_of_clips(clips.labels, dose, rng)
    return _show(clips, np.where(chosen, source, np.arange(len(clips))))


def swapped_labels(clips: ClipSet, dose: float, rng: np.random.Generator) -> ClipSet:
    """A share of the clips is given the label of another class that the set holds."""
    present = np.unique(clips.labels)
    if len(clips) and len(present) < 2:
        raise InputError(f"{clips.name}: labels of one class cannot be swapped")
    further = 1 + rng.integers(max(len(present) - 1, 1), size=len(clips))
    place = np.searchsorted(present, clips.labels)
    other = present[(place + further) % max(len(present), 1)]
    chosen = share_of_clips(clips.labels, dose, rng)
    return replace(clips, labels=np.where(chosen, other, clips.labels))


def training_copies(
    clips: ClipSet, dose: float, rng: np.random.Generator, training: ClipSet
) -> ClipSet:
    """A share of the clips is replaced by training clips of the same class, each as seldom as its
    class allows.

    Raises:
        InputError: another skeleton or other classes, or a class without a training clip.
    """
    check_training(clips, training)
    of_class = training.class_counts()
    order = np.argsort(clips.labels, kind="stable")
    rank = np.empty(len(clips), dtype=np.int64)
    rank[order] = rank_in_class(clips.labels[order])[0]
    shuffled = np.lexsort((rng.random(len(training)), training.labels))
    first = (np.cumsum(of_class) - of_class)[clips.labels]
    source = shuffled[first + rank % of_class[clips.labels]]
    chosen = share_of_clips(clips.labels, dose, rng)
    packed = training.packed()
    copied = replace(
        clips,
        frames=np.concatenate([clips.frames, packed.frames]),
        starts=np.where(chosen, len(clips.frames) + packed.starts[source], clips.starts),
        lengths=np.where(chosen, packed.lengths[source], clips.lengths),
    )
    return copied.packed()


def _collapse(clips: ClipSet, key: Float64Array, dose: float) -> ClipSet:
    """The clips with the largest keys of each class become copies of the others, in turn."""
    order = np.lexsort((key, clips.labels))
    rank, counts = rank_in_class(clips.labels[order])
    kept = np.maximum(np.round((1.0 - dose) * counts).astype(np.int64), 1)
    source = np.empty(len(clips), dtype=np.int64)
    source[order] = order[np.arange(len(order)) - rank + rank % kept]
    return _show(clips, source)


def _show(clips: ClipSet, source: IntArray) -> ClipSet:
    """Each clip shows the frames of another ``[N]``."""
    return replace(clips, starts=clips.starts[source], lengths=clips.lengths[source]).packed()


def _distance_to_class_mean(clips: ClipSet) -> Float64Array:
    """Root of the mean squared distance of each clip's joints to its class's mean motion, ``[N]``,
    in the data's unit; place and direction of the body are taken off."""
    joints, _ = remove_placement(clips.resample(LOOKED_AT), clips.skeleton)
    flat = joints.reshape(len(clips), -1).astype(np.float64)
    counts = np.maximum(clips.class_counts(), 1)
    total = np.zeros((len(counts), flat.shape[1]))
    np.add.at(total, clips.labels, flat)
    away = flat - (total / counts[:, None])[clips.labels]
    return np.asarray(np.sqrt((away**2).mean(axis=1)))
