"""The exact sign-flip test of paired differences: McNemar's test, for any number of seeds."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from skeletons.arrays import Float64Array, IntArray


def sign_flip_p_value(values: IntArray) -> float:
    """Two-sided p value of paired differences ``values [seeds, clips]`` in {-1, 0, 1}.

    Null hypothesis: for each clip the two arms could be swapped (all seeds of a clip together,
    since they share the clip). The sum over seeds then has a random sign for each clip; its exact
    distribution is a convolution of binomials, one for each size of the sum. With one seed this is
    McNemar's exact test (McNemar 1947). Seeds count as fixed: whether other seeds would give the
    same is the interval's question, not this one's.
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
