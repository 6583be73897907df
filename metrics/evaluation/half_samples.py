"""Half-samples of a pool: how many clips of each class a draw takes, and which."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from skeletons.arrays import IntArray
from skeletons.errors import InputError
from skeletons.proportions import largest_remainder


def in_proportion(total: int, prior: ArrayLike) -> IntArray:
    """Share ``total`` out over classes in proportion to ``prior [C]``; the sum is exact.

    Rounded by largest remainder; equal ones go to the lower class.

    Raises:
        InputError: a prior that is zero everywhere.
    """
    weights = np.asarray(prior, dtype=np.float64)
    if weights.sum() <= 0.0:
        raise InputError("a class prior without any clip cannot be matched")
    return largest_remainder(total * weights / weights.sum(), total)


def matched_counts(pool: IntArray, prior: IntArray, supply: IntArray | None = None) -> IntArray:
    """Clips of each class ``[C]`` in one draw from a pool.

    Half of the pool, shared out as the prior says among the classes that the pool has. No class
    gives more than half of its clips (one gives itself, three give two, so that they have a
    spread), for else its draws would hardly differ and the interval would be too narrow; nor more
    than ``supply`` holds, so that a floor can be drawn with the same counts.

    Args:
        pool: clips of each class in the pool, ``[C]``.
        prior: clips of each class in the reference, ``[C]``.
        supply: clips of each class in the real part that the floor is drawn from, ``[C]``.
    """
    there = np.where(pool > 0, prior, 0)
    if not there.any():
        return np.zeros_like(pool)
    counts = in_proportion(max(1, int(pool.sum()) // 2), there)
    counts = np.minimum(counts, np.where(pool <= 3, (pool + 1) // 2, pool // 2))
    return counts if supply is None else np.minimum(counts, supply)


def draw(labels: IntArray, counts: IntArray, rng: np.random.Generator) -> IntArray:
    """Rows of a random draw without replacement, ``counts[c]`` of each class c, ascending."""
    order = np.lexsort((rng.random(len(labels)), labels))
    present = np.bincount(labels, minlength=len(counts))
    starts = np.cumsum(present) - present
    ordered = labels[order]
    taken = np.arange(len(labels)) - starts[ordered] < counts[ordered]
    return np.sort(order[taken])


def drawn_fraction(pool: IntArray, counts: IntArray) -> float:
    """Largest part of a class's clips that a draw takes; 0 if no draw differs from another."""
    varied = (pool > 1) & (counts > 0)
    return float((counts[varied] / pool[varied]).max()) if varied.any() else 0.0
