"""Dynamic time warping of many pairs of motions at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from skeletons.arrays import Float32Array, Float64Array, IntArray

PAIRS_AT_ONCE = 4096
"""Bounds the memory of the matrices of distances: 17 MB a thousand pairs of 64 moments."""

LEAST_SMOOTHING = 0.1
"""A Gaussian that is narrower, in moments, has no neighbours to even out with."""


class Alignment(NamedTuple):
    """How pairs of motions go together.

    Attributes:
        cost: mean distance between moments that go together, ``[P]``.
        phase: the second motion's moment, from 0 to 1, that goes with each of the first's K,
            ``[P, K]``; it never falls, from 0 to 1.
    """

    cost: Float64Array
    phase: Float64Array


def align(
    features: Float32Array, first: IntArray, second: IntArray, band: float, smoothing: float
) -> Alignment:
    """The alignment of each pair of rows ``first [P]`` and ``second [P]`` of ``features``.

    Symmetric steps with weights 1, 1 and 2 for a diagonal one, so that every path has the same
    total weight (Sakoe and Chiba 1978, symmetric form P = 0), within their band.

    Args:
        features: motions ``[N, K, D]``; moments are as far apart as their features.
        band: largest distance of aligned moments from the diagonal, as part of the motion.
        smoothing: standard deviation, in moments, of the Gaussian that evens out a path's stairs.
    """
    parts = np.array_split(np.arange(len(first)), max(1, -(-len(first) // PAIRS_AT_ONCE)))
    aligned = [_aligned(features[first[part]], features[second[part]], band) for part in parts]
    cost = np.concatenate([part.cost for part in aligned])
    phase = np.concatenate([part.phase for part in aligned])
    return Alignment(cost, _smooth(phase, smoothing))


def _aligned(first: Float32Array, second: Float32Array, band: float) -> Alignment:
    """The best paths through the matrices of distances of motions ``[P, K, D]``."""
    count, moments = first.shape[:2]
    distance = _distances(first, second)
    reach = max(1, round(band * moments))
    total = np.full((count, moments + 1, moments + 1), np.inf)
    total[:, 0, 0] = 0.0
    step = np.zeros((count, moments, moments), dtype=np.int8)
    for i in range(moments):
        for j in range(max(0, i - reach), min(moments, i + reach + 1)):
            here = distance[:, i, j]
            ways = np.stack(
                [total[:, i, j] + 2 * here, total[:, i, j + 1] + here, total[:, i + 1, j] + here]
            )
            step[:, i, j] = best = ways.argmin(axis=0)
            total[:, i + 1, j + 1] = np.take_along_axis(ways, best[None], axis=0)[0]
    return Alignment(total[:, -1, -1] / (2 * moments), _phases(step))


def _distances(first: Float32Array, second: Float32Array) -> Float64Array:
    """Euclidean distance of each two moments, ``[P, K, K]``."""
    square = (
        np.square(first).sum(-1)[:, :, None]
        + np.square(second).sum(-1)[:, None]
        - 2 * np.matmul(first, second.transpose(0, 2, 1))
    )
    return np.asarray(np.sqrt(np.maximum(square, 0.0)), dtype=np.float64)


def _phases(step: np.ndarray[tuple[int, ...], np.dtype[np.int8]]) -> Float64Array:
    """Mean moment of the second motion beside each of the first's, as a share, ``[P, K]``."""
    count, moments = step.shape[:2]
    pairs = np.arange(count)
    i = np.full(count, moments - 1)
    j = np.full(count, moments - 1)
    summed, met = np.zeros((count, moments)), np.zeros((count, moments))
    for _ in range(2 * moments - 1):
        alive = (i >= 0) & (j >= 0)
        rows = pairs[alive]
        np.add.at(summed, (rows, i[alive]), j[alive])
        np.add.at(met, (rows, i[alive]), 1.0)
        way = step[pairs, np.maximum(i, 0), np.maximum(j, 0)]
        i = np.where(alive, i - (way != 2), i)
        j = np.where(alive, j - (way != 1), j)
    return np.asarray(summed / met / (moments - 1), dtype=np.float64)


def _smooth(phase: Float64Array, smoothing: float) -> Float64Array:
    """Phases without stairs, from 0 to 1: what is smoothed is how far they are off the even pace,
    which is nothing at both ends."""
    even = np.linspace(0.0, 1.0, phase.shape[1])
    off = phase - even
    if smoothing > LEAST_SMOOTHING:
        off = gaussian_filter1d(off, smoothing, axis=1, mode="constant")
    ends = np.minimum(np.arange(len(even)), np.arange(len(even))[::-1]) / max(1.0, 2 * smoothing)
    smooth = even + off * np.minimum(ends, 1.0)
    return np.clip(np.maximum.accumulate(smooth, axis=1), 0.0, 1.0)
