"""Many tests at once: p values adjusted for the size of their family.

Holm (1979) keeps the chance of even one false claim below the level; Benjamini and Hochberg (1995)
keeps the expected share of false claims below it, which is enough for a list of classes to look at.
An adjusted p value is claimed where it is below the level itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import false_discovery_control

from skeletons.arrays import BoolArray, Float64Array
from skeletons.errors import InputError


def holm(p_values: ArrayLike) -> Float64Array:
    """Holm's step-down adjustment of ``p_values [K]``; NaN (not tested) is no member and stays.

    The i-th smallest p value is multiplied by K - i + 1 and is never below a smaller one's.

    Raises:
        InputError: a p value outside [0, 1].
    """
    values, tested = _checked(p_values)
    adjusted = np.full(values.shape, np.nan)
    family = values[tested]
    order = np.argsort(family, kind="stable")
    factors = np.arange(len(family), 0, -1)
    climbed = np.minimum(np.maximum.accumulate(family[order] * factors), 1.0)
    restored = np.empty_like(family)
    restored[order] = climbed
    adjusted[tested] = restored
    return adjusted


def benjamini_hochberg(p_values: ArrayLike) -> Float64Array:
    """False-discovery adjustment of ``p_values [K]``; NaN is no member and stays.

    Holds for tests that are independent or positively dependent (Benjamini and Yekutieli 2001),
    which arms against one control are.

    Raises:
        InputError: a p value outside [0, 1].
    """
    values, tested = _checked(p_values)
    adjusted = np.full(values.shape, np.nan)
    if tested.any():
        adjusted[tested] = false_discovery_control(values[tested], method="bh")
    return adjusted


def _checked(p_values: ArrayLike) -> tuple[Float64Array, BoolArray]:
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1:
        raise InputError(f"a family of p values is one list, this one has shape {values.shape}")
    tested: BoolArray = ~np.isnan(values)
    outside = tested & ((values < 0.0) | (values > 1.0))
    if outside.any():
        raise InputError(f"{values[outside][0]} is no p value, it must lie in [0, 1]")
    return values, tested
