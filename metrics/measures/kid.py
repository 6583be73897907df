"""Kernel distance of two sets of features, the KID of Bińkowski et al. 2018 ("Demystifying MMD
GANs"): the squared maximum mean discrepancy with the kernel (x.y / D + 1)^3, over all pairs.

The field averages over 100 random subsets of 1,000 clips. Their mean estimates what is computed
here, with noise of its own on top.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array
from skeletons.errors import InputError

BLOCK = 2**22
"""Kernel values held at once, 32 MiB: memory does not grow with the product of two sets."""


def kernel_distance(
    real: NDArray[Any], fake: NDArray[Any], among_real: float | None = None
) -> Value:
    """Unbiased squared MMD of real ``[N, D]`` and synthetic ``[M, D]`` features, lower is better.

    The U-statistic of Bińkowski et al. 2018, equation 4 (Gretton et al. 2012, equation 3): the mean
    kernel of two different real clips and of two different synthetic clips, less twice that of a
    real and a synthetic one. Clips of the real distribution give 0 on average at any number of
    clips, which FID does not; about half of such values are negative, and are left so. Draws that
    match the reference's class counts exactly scatter less than independent ones and lie a little
    below 0, as their floor. Undefined for fewer than two clips on a side.

    Args:
        among_real: :func:`kernel_mean` of the real clips, if it is known.

    Raises:
        InputError: sets of different features.
    """
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1]:
        raise InputError(f"features of shape {real.shape} and {fake.shape} do not compare")
    for count, name in ((len(real), "real"), (len(fake), "synthetic")):
        if count < 2:
            return Undefined(f"{count} {name} clips have no pairs")
    within = (kernel_mean(real) if among_real is None else among_real) + kernel_mean(fake)
    between = _kernel_sum(real, fake, distinct=False) / (len(real) * len(fake))
    return within - 2.0 * between


def kernel_mean(features: NDArray[Any]) -> float:
    """Mean kernel of two different clips of ``[N, D]``, N >= 2."""
    count = len(features)
    return _kernel_sum(features, features, distinct=True) / (count * (count - 1))


def _kernel_sum(first: NDArray[Any], second: NDArray[Any], distinct: bool) -> float:
    """Sum over all pairs of both sides; if ``distinct``, without those of a clip and itself."""
    one, other = (np.asarray(side, dtype=np.float64) for side in (first, second))
    total, rows = 0.0, max(1, BLOCK // len(other))
    for start in range(0, len(one), rows):
        base: Float64Array = one[start : start + rows] @ other.T / one.shape[1] + 1.0
        # A product of three is several times faster than a power, which goes through logarithms.
        kernel = base * base * base
        if distinct:
            np.fill_diagonal(kernel[:, start:], 0.0)
        total += float(kernel.sum())
    return total
