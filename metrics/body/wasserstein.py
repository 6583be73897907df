"""Wasserstein-1 distance of samples on a line, exact, for many lines at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float64Array
from skeletons.errors import InputError

CHUNK = 2**20
"""Differences held at once; more columns than fit wait for their turn."""


def wasserstein_1(first: NDArray[Any], second: NDArray[Any]) -> Float64Array:
    """Distance of the columns of ``first [N, ...]`` and ``second [M, ...]``: float64 ``[...]``.

    The area between the two quantile functions, which equals that between the two distribution
    functions (Vallender 1974). Both are steps; where they step depends on N and M alone, so that
    all columns share the same intervals.

    Raises:
        InputError: no samples on a side, or columns of different shape.
    """
    if len(first) == 0 or len(second) == 0:
        raise InputError(f"{len(first)} and {len(second)} samples have no distance")
    if first.shape[1:] != second.shape[1:]:
        raise InputError(
            f"samples of shape {first.shape[1:]} and {second.shape[1:]} cannot be compared"
        )
    one, other = _sorted_columns(first), _sorted_columns(second)
    # In units of 1 / (N M), so that steps of both that coincide do so exactly.
    size, other_size = one.shape[1], other.shape[1]
    ends = np.union1d(np.arange(size + 1) * other_size, np.arange(other_size + 1) * size)
    width = np.diff(ends) / (size * other_size)
    row, other_row = ends[:-1] // other_size, ends[:-1] // size
    distance = np.empty(len(one))
    columns = max(1, CHUNK // len(width))
    for start in range(0, len(one), columns):
        part = slice(start, start + columns)
        gap = np.subtract(one[part, row], other[part, other_row], dtype=np.float64)
        # Not a matrix product: its rounding would depend on the columns that are held at once.
        distance[part] = (np.abs(gap) * width).sum(axis=1)
    return distance.reshape(first.shape[1:])


def _sorted_columns(values: NDArray[Any]) -> NDArray[Any]:
    """Columns of ``[N, ...]`` as ascending rows ``[K, N]``."""
    return np.sort(np.ascontiguousarray(values.reshape(len(values), -1).T), axis=1)
