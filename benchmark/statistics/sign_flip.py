"""The exact sign-flip test of paired differences: McNemar's, for many seeds and by person too."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from skeletons.arrays import Float64Array, IntArray


def sign_flip_p_value(values: IntArray) -> float:
    """Two-sided p value of paired differences ``values [seeds, units]``, whole numbers.

    A unit is a test clip with a difference in {-1, 0, 1}, or a person with the sum of the
    differences of their clips. Null hypothesis: for each unit the two arms could be swapped (all
    seeds and clips of a person together, since they share the person). The sum over seeds then has
    a random sign for each unit; its exact distribution over all sign patterns is a convolution of
    binomials, one for each size of the sum. With one seed and clips this is McNemar's exact test
    (McNemar 1947). With P people no p value is below 2 / 2^P: 0.004 with nine, 0.06 with five.
    Seeds count as fixed: whether other seeds would give the same is the interval's question, not
    this one's.
    """
    sums = values.sum(axis=0)
    sizes, counts = np.unique(np.abs(sums[sums != 0]), return_counts=True)
    reach = int((sizes * counts).sum())
    if reach == 0:
        return 1.0
    chance = np.ones(1)  # of each possible total, from the smallest to the largest, in steps of 1
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        flips = np.zeros(2 * size * count + 1)
        flips[:: 2 * size] = _coin_flips(count)
        chance = np.convolve(chance, flips)
    totals = np.arange(-reach, reach + 1)
    return min(1.0, float(chance[np.abs(totals) >= abs(int(sums.sum()))].sum()))


def _coin_flips(count: int) -> Float64Array:
    """Chance of 0, 1, ..., ``count`` heads of a fair coin."""
    heads = np.arange(count + 1)
    ways = gammaln(count + 1) - gammaln(heads + 1) - gammaln(count - heads + 1)
    return np.asarray(np.exp(ways - count * np.log(2.0)), dtype=np.float64)
