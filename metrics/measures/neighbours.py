"""Nearest neighbours among feature vectors, and the balls that reach to them.

Every distance is the root of a sum of squared differences in float64. The faster form
``|a|^2 - 2 a.b + b^2`` leaves a copy some 1e-8 away from its original and may go below zero, while
the memory metrics count exact zeros: it proposes neighbours at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float64Array, IntArray
from skeletons.errors import InputError

BLOCK = 2**22
"""Distances held at once, 32 MiB: memory does not grow with the product of two sets."""

CANDIDATES = 4
"""Neighbours that the fast search proposes; their distances are then computed exactly."""


def distance_blocks(
    queries: NDArray[Any], points: NDArray[Any]
) -> Iterator[tuple[slice, Float64Array]]:
    """Rows of the queries ``[N, D]`` and their distances ``[rows, M]`` to the points ``[M, D]``.

    A distance depends on its two vectors only, not on the block or the order of the sides: 0 for
    equal vectors, and the same from a to b as from b to a.

    Raises:
        InputError: the sets have different numbers of features, or hold NaN or infinite values.
    """
    from scipy.spatial.distance import cdist  # lazy: not needed to list metrics

    first, second = _pair(queries, points)
    rows = max(1, BLOCK // max(1, len(second)))
    for start in range(0, len(first), rows):
        block = slice(start, min(start + rows, len(first)))
        yield block, cdist(first[block], second)


def nearest(queries: NDArray[Any], points: NDArray[Any]) -> tuple[Float64Array, IntArray]:
    """Distance of each query ``[N, D]`` to the nearest of the points ``[M, D]``, and which it is.

    Searched among all points; of equally near ones the first of those that the fast search
    proposes. A copy is at a distance of exactly 0. Memory grows with N + M, not with N x M.

    Returns:
        Euclidean distances float64 ``[N]`` in the unit of the features, and rows of the points
        int64 ``[N]``.

    Raises:
        InputError: no points, or sets that do not fit together.
    """
    found, known = _pair(queries, points)
    if len(known) == 0:
        raise InputError("there are no points to be near to")
    if len(found) == 0:
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    return _nearest_proposed(found, known, itself=False)


def nearest_other(points: NDArray[Any]) -> tuple[Float64Array, IntArray]:
    """:func:`nearest` of each of the points ``[M, D]`` among the others, ``[M]`` each.

    Raises:
        InputError: fewer than two points.
    """
    known, _ = _pair(points, points)
    if len(known) < 2:
        raise InputError(f"{len(known)} points have no other points near to them")
    return _nearest_proposed(known, known, itself=True)


def neighbour_radii(points: NDArray[Any], k: int) -> Float64Array:
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


def _nearest_proposed(
    queries: Float64Array, points: Float64Array, itself: bool
) -> tuple[Float64Array, IntArray]:
    """The nearest of a few candidates; with ``itself`` the queries are the points, and a point is
    no candidate for itself."""
    from sklearn.neighbors import NearestNeighbors  # lazy: heavy, not needed to list metrics

    # The search multiplies matrices in blocks. Its rounding errors grow with the distance from the
    # origin, so the points are centred for it.
    centre = points.mean(axis=0)
    search = NearestNeighbors(algorithm="brute", metric="euclidean").fit(points - centre)
    proposed: IntArray = search.kneighbors(
        None if itself else queries - centre,
        n_neighbors=min(CANDIDATES, len(points) - int(itself)),
        return_distance=False,
    )
    proposed = np.sort(proposed, axis=1)  # so that argmin takes the first of equally near ones
    exact = np.column_stack([np.linalg.norm(queries - points[rows], axis=1) for rows in proposed.T])
    best = exact.argmin(axis=1)[:, None]
    distances: Float64Array = np.take_along_axis(exact, best, axis=1)[:, 0]
    return distances, np.take_along_axis(proposed, best, axis=1)[:, 0]


def _pair(queries: NDArray[Any], points: NDArray[Any]) -> tuple[Float64Array, Float64Array]:
    first, second = _matrix(queries, "queries"), _matrix(points, "points")
    if first.shape[1] != second.shape[1]:
        raise InputError(
            f"the queries have {first.shape[1]} features, the points {second.shape[1]}"
        )
    return first, second


def _matrix(features: NDArray[Any], name: str) -> Float64Array:
    values = np.ascontiguousarray(features, dtype=np.float64)
    if values.ndim != 2:
        raise InputError(f"the {name} have shape {values.shape}, neighbours need [N, D]")
    if not np.isfinite(values).all():
        raise InputError(f"the {name} hold NaN or infinite features, which are near to nothing")
    return values
