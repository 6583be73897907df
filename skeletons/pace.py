"""Time that passes faster and slower within a clip, as no two performances keep one pace."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from skeletons.arrays import Float64Array, IntArray

CURVE = 128
"""Moments at which a pace is evaluated."""


def warped_time(count: int, warp: float, knots: int, rng: np.random.Generator) -> Float64Array:
    """Share of a clip that has passed at evenly spaced moments, ``[count, CURVE]``, 0 to 1, at a
    pace that changes smoothly.

    The pace is drawn at the two ends and at ``knots`` moments between them, with a cubic spline
    through them, after Um et al. (2017); here it is its logarithm that is drawn, with the standard
    deviation ``warp``, so that time never runs backwards.
    """
    drawn = rng.normal(0.0, warp, (count, knots + 2))
    spline: Any = CubicSpline(np.linspace(0.0, 1.0, knots + 2), drawn, axis=1)
    pace = np.exp(spline(np.linspace(0.0, 1.0, CURVE)))
    passed = np.zeros((count, CURVE))
    passed[:, 1:] = np.cumsum(pace[:, 1:] + pace[:, :-1], axis=1)
    return np.asarray(passed / passed[:, -1:], dtype=np.float64)


def along(curve: NDArray[Any], owner: IntArray, share: Float64Array) -> Float64Array:
    """Values of curves ``[N, K]``, whose K values are spread evenly from a clip's first moment to
    its last, linear between them.

    Args:
        owner: which curve is read, ``[...]``, an index below N.
        share: where, ``[...]``, 0 to 1.
    """
    last = curve.shape[1] - 1
    place = share * last
    below = np.minimum(place.astype(np.int64), last - 1)
    before, after = curve[owner, below], curve[owner, below + 1]
    return np.asarray(before + (place - below) * (after - before), dtype=np.float64)
