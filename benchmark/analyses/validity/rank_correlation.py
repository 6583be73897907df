"""Rank correlation for many short samples at once, and its interval over generators.

SciPy has Kendall's tau for one pair of samples; a bootstrap of every metric takes it tens of
thousands of times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import Float64Array

RESAMPLES = 2000


@dataclass(frozen=True)
class RankCorrelation:
    """Kendall's tau-b in [-1, 1] of ``count`` pairs with a 95 % interval."""

    tau: float
    low: float
    high: float
    count: int


def kendall_tau_b(first: NDArray[Any], second: NDArray[Any]) -> Float64Array:
    """Kendall's tau-b (Kendall 1945) along the last axis of two arrays ``[..., n]``: ``[...]``.

    Concordant minus discordant pairs over the root of the pairs untied in the first times those
    untied in the second. NaN where all values of one are equal. Memory grows with n squared.
    """
    rows, columns = np.triu_indices(first.shape[-1], k=1)
    one = np.sign(first[..., rows] - first[..., columns]).astype(np.float64)
    other = np.sign(second[..., rows] - second[..., columns]).astype(np.float64)
    untied = (one**2).sum(axis=-1) * (other**2).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((one * other).sum(axis=-1) / np.sqrt(untied), dtype=np.float64)


def rank_correlation(
    first: NDArray[Any], second: NDArray[Any], rng: np.random.Generator
) -> RankCorrelation | None:
    """Tau-b of two samples ``[n]`` with the percentile interval of a bootstrap over their pairs.

    Resamples in which all values are equal have no tau and are left out. With few pairs the
    interval is rough; it says how much the answer hangs on which generators were at hand.

    Returns:
        None where all values of one sample are equal.
    """
    tau = float(kendall_tau_b(first, second))
    if np.isnan(tau):
        return None
    chosen = rng.integers(len(first), size=(RESAMPLES, len(first)))
    resampled = kendall_tau_b(first[chosen], second[chosen])
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return RankCorrelation(tau, float(low), float(high), len(first))
