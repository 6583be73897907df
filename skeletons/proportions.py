"""Whole numbers in proportion to something: so many clips of each class."""

from __future__ import annotations

import numpy as np

from skeletons.arrays import Float64Array, IntArray


def largest_remainder(exact: Float64Array, total: int) -> IntArray:
    """Whole shares ``[C]`` that sum up to ``total`` (Hamilton's method of apportionment).

    Each share is rounded down, and what is then missing goes, one each, to those that lost most by
    it; equal ones from the lower number on.

    Args:
        exact: the shares ``[C]``, not negative; they sum up to ``total``, or to what rounds to it.
    """
    shares: IntArray = np.floor(exact).astype(np.int64)
    neediest = np.argsort(shares - exact, kind="stable")
    shares[neediest[: total - int(shares.sum())]] += 1
    return shares
