"""The intervals that the spread of a protocol's draws gives.

The field resamples with replacement and prints 1.96 sigma / sqrt(20) over its 20 repetitions. That
is the error of the average of the draws, it goes to zero with the number of draws, at will, and
says nothing of the clips that were sampled. In skelgen-v2 a draw is half of the clips without
replacement: the spread of half-samples estimates the standard error of the whole (McCarthy 1969,
"Pseudoreplication: half samples"), and is not divided by anything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skeletons.arrays import Float64Array


def half_sample_interval(
    values: Sequence[float] | Float64Array, fraction: float = 0.5
) -> tuple[float, float]:
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
