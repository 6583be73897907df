"""How near each clip has a neighbour, whatever its place, heading and speed, and what is near.

A clip is taken at 16 moments, moved to its mean place and turned to the front; its nearest
neighbour is then turned about the vertical axis to fit best. What is left is compared with how far
clips of its class are from their nearest neighbours.
"""

from __future__ import annotations

import numpy as np

from skeletons.arrays import Float32Array, Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.placement import facing_yaw, rotate
from skeletons.skeleton import Skeleton

Distances = Float64Array

MOMENTS = 16
"""Moments of a clip that are compared."""

NEAR = 0.3
"""Share of the typical distance in its class below which a clip is a near duplicate.

Measured on kinematic12 and NW-UCLA (``clean``): of clips that are no copies, the closest test clip
to a training clip stands at 0.46 and 0.47, the closest two training clips (of one person, trial
after trial) at 0.35 and 0.39. Copies of training clips that were moved, turned and given noise of
1 cm a coordinate are at 0.25 and 0.18 at most; of those also resampled to half their frames, 98 %
are below 0.3 in both."""

MOST_OF_A_CLASS = 500
"""Clips of a class whose neighbours tell what is typical: a median needs no more."""

SAME = 1e-4
"""Share of the body's size below which two clips of one set are copies of each other; they say
nothing of how far apart different clips are."""

CHUNK = 2048
"""Clips that are moved or fitted at a time."""


def nearest_clips(clips: ClipSet, reference: ClipSet) -> tuple[IntArray, Distances]:
    """For each of N clips the row of its nearest reference clip, and the distance to it.

    Memory is O(N + M) for M reference clips.

    Returns:
        Rows ``[N]`` and root-mean-square distances of joints ``[N]`` in the skeleton's unit, after
        the turn about the vertical axis that fits best.
    """
    return _nearest(_canonical(clips), _canonical(reference), clips.skeleton, with_itself=False)


def typical_distances(clips: ClipSet) -> Distances:
    """Of each class ``[C]``, the median distance of a clip to its nearest neighbour in the class.

    A class of fewer than two different clips gets the median of the other classes; NaN where no
    class has two.
    """
    canonical = _canonical(clips)
    size = _size(canonical)
    typical = np.full(len(clips.classes), np.nan)
    for label in range(len(clips.classes)):
        rows = np.flatnonzero(clips.labels == label)
        if len(rows) < 2:
            continue
        asked = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_OF_A_CLASS)).round())
        order = np.r_[asked, np.setdiff1d(np.arange(len(rows)), asked)].astype(np.int64)
        members = canonical[rows[order]]
        _, distance = _nearest(members[: len(asked)], members, clips.skeleton, with_itself=True)
        different = distance[distance > SAME * size]
        if len(different):
            typical[label] = np.median(different)
    known = typical[~np.isnan(typical)]
    return np.where(np.isnan(typical), np.median(known) if len(known) else np.nan, typical)


def _size(canonical: Float32Array) -> float:
    """Root-mean-square distance of the joints of ``[N, 16, V, 3]`` from their clip's mean place; 0
    without clips."""
    if not len(canonical):
        return 0.0
    parts = [canonical[first : first + CHUNK] for first in range(0, len(canonical), CHUNK)]
    squares = sum(float(np.mean(np.square(part))) * len(part) for part in parts)
    return float(np.sqrt(squares / len(canonical) * canonical.shape[-1]))


def _canonical(clips: ClipSet) -> Float32Array:
    """Clips ``[N, 16, V, 3]`` about their mean place, turned to the front."""
    moved = np.empty((len(clips), MOMENTS, *clips.frames.shape[1:]), np.float32)
    for first in range(0, len(clips), CHUNK):
        rows = slice(first, min(first + CHUNK, len(clips)))
        joints = clips.select(np.arange(rows.start, rows.stop)).resample(MOMENTS)
        joints -= joints.mean(axis=(1, 2), keepdims=True)
        moved[rows] = rotate(joints, -facing_yaw(joints, clips.skeleton), clips.skeleton)
    return moved


def _nearest(
    clips: Float32Array, reference: Float32Array, skeleton: Skeleton, *, with_itself: bool
) -> tuple[IntArray, Distances]:
    """Rows and fitted distances of nearest neighbours; ``with_itself``: clip n is reference n, and
    is no neighbour of its own."""
    # Imported here: data sets are listed without it, and it takes a second.
    from sklearn.neighbors import NearestNeighbors

    rows = np.arange(len(clips))
    search = NearestNeighbors(n_neighbors=1 + with_itself, algorithm="brute")
    search.fit(reference.reshape(len(reference), -1))
    found = search.kneighbors(clips.reshape(len(clips), -1), return_distance=False)
    nearest = found[:, 0].astype(np.int64)
    if with_itself:
        nearest = np.where(nearest == rows, found[:, 1], nearest)
    distance = np.empty(len(clips))
    for first in range(0, len(clips), CHUNK):
        part = slice(first, first + CHUNK)
        distance[part] = _fitted_distance(clips[part], reference[nearest[part]], skeleton)
    return nearest, distance


def _fitted_distance(first: Float32Array, second: Float32Array, skeleton: Skeleton) -> Distances:
    """Root-mean-square joint distance ``[N]`` of centred clips ``[N, T, V, 3]`` at the turn about
    the vertical axis that makes it least (Kabsch 1976 in the plane, in closed form)."""
    one, two = first.astype(np.float64), second.astype(np.float64)
    if skeleton.dimensions == 2:
        return np.asarray(np.sqrt(np.mean(np.square(two - one).sum(axis=-1), axis=(1, 2))))
    x, z = (axis for axis in range(3) if axis != skeleton.up[0])
    along = (one[..., x] * two[..., x] + one[..., z] * two[..., z]).sum(axis=(1, 2))
    across = (one[..., x] * two[..., z] - one[..., z] * two[..., x]).sum(axis=(1, 2))
    angle = np.arctan2(across, along)
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    # Subtracted coordinate by coordinate: sums of squares would lose small distances.
    gap = two - one
    gap[..., x] = two[..., x] - (cos * one[..., x] - sin * one[..., z])
    gap[..., z] = two[..., z] - (sin * one[..., x] + cos * one[..., z])
    return np.asarray(np.sqrt(np.mean(np.square(gap).sum(axis=-1), axis=(1, 2))))
