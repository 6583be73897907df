"""The Fréchet distance that infinitely many synthetic clips would have (Chong and Forsyth 2020,
"Effectively Unbiased FID and Inception Score and Where to Find Them").
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metrics.measures.fid import Moments, frechet_distance, moments
from metrics.value import Undefined, Value
from skeletons.errors import InputError

SIZES = 15
"""Numbers of clips that the line goes through, as Chong and Forsyth 2020 take."""

LEAST_PER_FEATURE = 2
SMALLEST_SUBSET = 10
LEAST_RANGE = 2
LARGEST_RANGE = 10


def fid_extrapolated(
    real: Moments, fake: NDArray[Any], rng: np.random.Generator, sizes: int = SIZES
) -> Value:
    """Intercept of the line through FID against 1/n, for n of the synthetic clips ``[M, D]``.

    FID of n clips is too high by a term in 1/n that depends on the generator, so that two
    generators cannot be ranked at any one n. It is measured here on ``sizes`` random subsets of
    evenly spaced n up to M, each without replacement, and the line through them is followed to
    1/n = 0. Lower is better. By noise the intercept may be negative: it is not clipped, for a
    clipped estimate would again be too high on average. The bias that the reference's own number
    of clips adds remains, equal for all generators.

    The smallest n is M / 10, as in the paper, but at least 2 D and 10. The bias of equal Gaussians
    depends on D/n as the Marchenko-Pastur law says: bent, and at n = D the covariance loses rank.
    From D/n = 1/2 down the bend costs no more than a tenth of the bias that is removed, from 1 it
    would be a quarter; and with one feature, 2 % at n = 10. The largest n must be twice the
    smallest, or noise alone would set the slope. Hence the least number of clips is 4 D, and 20:
    with fewer the value is undefined.

    Raises:
        InputError: features that are not ``[M, D]`` of the reference's D, or fewer than two sizes.
    """
    if fake.ndim != 2 or fake.shape[1] != len(real.mean):
        raise InputError(
            f"features of shape {fake.shape} do not compare with {len(real.mean)} of the reference"
        )
    if sizes < 2:
        raise InputError(f"{sizes} numbers of clips make no line, take 2 or more")
    if real.count < 2:
        return Undefined(f"{real.count} real clips have no covariance")
    count, features = fake.shape
    smallest = max(LEAST_PER_FEATURE * features, SMALLEST_SUBSET)
    if count < LEAST_RANGE * smallest:
        return Undefined(
            f"{count} synthetic clips are too few to extrapolate: {features} features need "
            f"{LEAST_RANGE * smallest}"
        )
    smallest = max(smallest, count // LARGEST_RANGE)
    counts = np.linspace(smallest, count, sizes).round().astype(np.int64)
    distances: list[float] = []
    for size in counts:
        rows = rng.permutation(count)[:size]
        value = frechet_distance(real, moments(fake[rows]))
        if isinstance(value, Undefined):
            return value
        distances.append(value)
    return value_at_infinity(counts, distances)


def value_at_infinity(counts: ArrayLike, values: ArrayLike) -> float:
    """Intercept ``a`` of the least-squares line ``a + b / n`` through values at counts n, ``[S]``.

    Raises:
        InputError: fewer than two different counts, one below 1, or not one value a count.
    """
    numbers = np.asarray(counts, dtype=np.float64)
    measured = np.asarray(values, dtype=np.float64)
    if numbers.shape != measured.shape or numbers.ndim != 1:
        raise InputError(f"{measured.shape} values do not belong to {numbers.shape} counts")
    if len(np.unique(numbers)) < 2 or numbers.min() < 1:
        raise InputError("a line against 1/n needs two different counts of 1 or more")
    inverse = 1.0 / numbers
    centred = inverse - inverse.mean()
    slope = (centred @ measured) / (centred @ centred)
    return float(measured.mean() - slope * inverse.mean())
