"""Nearest neighbours among feature vectors, and the balls that reach to them.

Every distance is the root of a sum of squared differences in float64. The faster form
``|a|^2 - 2 a.b + b^2`` is not used: it leaves a copy some 1e-8 away from its original and may go
below zero, while the memory metrics count exact zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.features import FloatArray, IntArray
from skeletons.errors import InputError

BLOCK = 2**22
"""Distances held at once, 32 MiB: memory does not grow with the product of two sets."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """The k nearest points of each query, the nearest first; of equally near ones the first.

    Attributes:
        distances: float64 ``[N, k]``, Euclidean, in the unit of the features.
        indices: int64 ``[N, k]``, rows of the points.
    """

    distances: FloatArray
    indices: IntArray


def distance_blocks(
    queries: NDArray[Any], points: NDArray[Any]
) -> Iterator[tuple[slice, FloatArray]]:
    """Rows of the queries ``[N, D]`` and their distances ``[rows, M]`` to the points ``[M, D]``.

    A distance depends on its two vectors only, not on the block or the order of the sides: 0 for
    equal vectors, and the same from a to b as from b to a.

    Raises:
        InputError: the sets have different numbers of features, or hold NaN or infinite values.
    """
    from scipy.spatial.distance import cdist  # lazy: not needed to list metrics

    first, second = _matrix(queries, "queries"), _matrix(points, "points")
    if first.shape[1] != second.shape[1]:
        raise InputError(
            f"the queries have {first.shape[1]} features, the points {second.shape[1]}"
        )
    rows = max(1, BLOCK // max(1, len(second)))
    for start in range(0, len(first), rows):
        block = slice(start, min(start + rows, len(first)))
        yield block, cdist(first[block], second)


def nearest(
    queries: NDArray[Any], points: NDArray[Any], k: int = 1, exclude_self: bool = False
) -> Nearest:
    """The k nearest of the points ``[M, D]`` to each query ``[N, D]``, by exhaustive search.

    Args:
        exclude_self: the queries are the points, and row i is no neighbour of itself. A copy of it
            in another row is, at distance 0.

    Raises:
        InputError: fewer than k points to choose from, or sets that do not fit together.
    """
    if exclude_self and queries.shape != points.shape:
        raise InputError(
            f"queries of shape {queries.shape} are not the points of shape {points.shape}, "
            "so there is no self to leave out"
        )
    available = len(points) - int(exclude_self)
    if not 1 <= k <= available:
        raise InputError(f"{k} nearest neighbours of {max(available, 0)} points do not exist")
    distances = np.empty((len(queries), k))
    indices = np.empty((len(queries), k), dtype=np.int64)
    for rows, block in distance_blocks(queries, points):
        if exclude_self:
            own = np.arange(rows.start, rows.stop)
            block[own - rows.start, own] = np.inf
        distances[rows], indices[rows] = _smallest(block, k)
    return Nearest(distances, indices)


def neighbour_radii(points: NDArray[Any], k: int) -> FloatArray:
    """Distance of each of the points ``[M, D]`` to its k-th nearest other point, ``[M]``.

    Raises:
        InputError: fewer than k + 1 points.
    """
    radii = np.empty(len(points))
    if not 1 <= k < len(points):
        raise InputError(f"{len(points)} points have no {k} neighbours each")
    for rows, block in distance_blocks(points, points):
        # Each row holds one distance of 0 more than its neighbours give: that to itself.
        radii[rows] = np.partition(block, k, axis=1)[:, k]
    return radii


def _smallest(block: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
    """Values and columns of the k smallest of each row, ties in the order of columns."""
    if k == 1:
        columns = block.argmin(axis=1)[:, None]
        return np.take_along_axis(block, columns, axis=1), columns.astype(np.int64)
    # A partition alone would pick any of those that tie for the last place.
    threshold = np.partition(block, k - 1, axis=1)[:, k - 1 : k]
    rows, columns = np.nonzero(block <= threshold)
    values = block[rows, columns]
    order = np.lexsort((columns, values, rows))
    starts = np.searchsorted(rows, np.arange(len(block)))
    chosen = order[starts[:, None] + np.arange(k)]
    return values[chosen], columns[chosen].astype(np.int64)


def _matrix(features: NDArray[Any], name: str) -> FloatArray:
    values = np.ascontiguousarray(features, dtype=np.float64)
    if values.ndim != 2:
        raise InputError(f"the {name} have shape {values.shape}, neighbours need [N, D]")
    if not np.isfinite(values).all():
        raise InputError(f"the {name} hold NaN or infinite features, which are near to nothing")
    return values
