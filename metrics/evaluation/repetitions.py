"""Draws of a protocol's repetitions, and the interval that their spread gives.

The field resamples with replacement and prints 1.96 sigma / sqrt(20) over its 20 repetitions. That
is the error of the average of the draws, it goes to zero with the number of draws, at will, and
says nothing of the clips that were sampled. Here a draw is half of the clips without replacement:
the spread of half-samples estimates the standard error of the whole (McCarthy 1969, "Pseudo-
replication: half samples"), and is not divided by anything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from skeletons.arrays import Float64Array, IntArray
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

    Half of the pool, shared out as the prior says. No class gives more than half of its clips (one
    clip gives itself), for else its draws would hardly differ and the interval would be too
    narrow; nor more than ``supply`` holds, so that a floor can be drawn with the same counts.

    Args:
        pool: clips of each class in the pool, ``[C]``.
        prior: clips of each class in the reference, ``[C]``.
        supply: clips of each class in the real part that the floor is drawn from, ``[C]``.
    """
    counts = in_proportion(max(1, int(pool.sum()) // 2), prior)
    counts = np.minimum(counts, np.where(pool == 1, 1, pool // 2))
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


def interval(values: Sequence[float] | Float64Array, fraction: float = 0.5) -> tuple[float, float]:
    """95 % interval ``mean ± t(0.975, R - 1) · sd · sqrt(f / (1 - f) + 1 / R)`` of R >= 2 draws.

    A draw of n f of n clips varies by sigma^2 (1 - f) / (n f), the whole by sigma^2 / n; their
    ratio is the first term (the delete-d jackknife, Shao and Wu 1989), 1 for halves. The second is
    what the mean of R draws errs from the value of the whole.

    A metric that draws random pairs adds their noise to the spread, and one with squared terms
    (FID) varies more between halves than between wholes: such intervals are wider than need be.
    """
    from scipy.special import stdtrit  # lazy: not needed to list metrics

    array = np.asarray(values, dtype=np.float64)
    spread = array.std(ddof=1) * np.sqrt(fraction / (1.0 - fraction) + 1.0 / len(array))
    half_width = float(stdtrit(len(array) - 1, 0.975) * spread)
    mean = float(array.mean())
    return mean - half_width, mean + half_width


def normal_interval(values: Sequence[float] | Float64Array) -> tuple[float, float]:
    """``mean ± 1.96 sd / sqrt(R)``, sd with R in the denominator, as Guo et al. 2020 print it.

    It is the error of the average of R repetitions and shrinks with R at will.
    """
    array = np.asarray(values, dtype=np.float64)
    half_width = float(1.96 * array.std() / np.sqrt(len(array)))
    mean = float(array.mean())
    return mean - half_width, mean + half_width
