"""Mean and interval of a table whose axes are all samples: seeds, people or test clips.

Every axis is a crossed random factor, one value a cell; the last axis is that of the sampling
units, people or clips. All that is needed are the mean squares of the table; what they estimate is
stated by Cornfield and Tukey 1956 and in chapter 4 of Searle, Casella and McCulloch 1992 (*Variance
Components*).

A mean square of three seeds is a poor estimate, and Student's t must be wide where seeds are what
varies. Satterthwaite's degrees of freedom (1946) take the estimate for the truth: with three seeds
and nine people their intervals cover from 93 % to 99.7 %, with two seeds from 89 %. Here each mean
square enters the half width with the t quantile of its own degrees of freedom, as in Banerjee 1960
for sums of variances; the variances of interactions, which are subtracted, with the geometric mean
of the quantiles of their factors. With three seeds that covers 94 % to 98 %, with two 93.5 % to
98.5 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtridf, stdtrit

from skeletons.arrays import Float64Array
from skeletons.errors import InputError

CONFIDENCE = 0.975
"""Quantile at the upper end of a 95 % interval."""

Effect = tuple[int, ...]
"""Axes of an effect: one axis is a factor's own effect, several are an interaction."""


@dataclass(frozen=True)
class MeanSquare:
    """Mean square of an effect and its degrees of freedom."""

    value: float
    freedom: float


@dataclass(frozen=True)
class CrossedMean:
    """A mean with its standard error, degrees of freedom and 95 % interval.

    The degrees of freedom are those whose t quantile times the error is the half width.
    """

    mean: float
    error: float
    freedom: float

    @property
    def half_width(self) -> float:
        """Of the 95 % interval, by Student's t."""
        return float(stdtrit(self.freedom, CONFIDENCE)) * self.error

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.mean + self.half_width

    @property
    def p_value(self) -> float:
        """Two-sided, of the hypothesis that the expected mean is 0."""
        if self.error == 0.0:
            return 1.0 if self.mean == 0.0 else 0.0
        return float(2.0 * stdtr(self.freedom, -abs(self.mean) / self.error))


def effects(axes: int) -> Iterator[Effect]:
    """All effects of a crossed table with ``axes`` axes, those of single factors first."""
    for order in range(1, axes + 1):
        yield from combinations(range(axes), order)


def mean_squares(values: Float64Array) -> dict[Effect, MeanSquare]:
    """Mean square of each effect of a table with one value a cell.

    Args:
        values: ``[A, B, ...]``, two levels or more on each axis.

    Raises:
        InputError: an axis with a single level, which has no mean square.
    """
    if min(values.shape, default=0) < 2:
        raise InputError(f"variance needs two levels of each factor, the table is {values.shape}")
    axes = values.ndim
    centred = values - values.mean()
    found: dict[Effect, MeanSquare] = {}
    fitted: dict[Effect, Float64Array] = {}
    for effect in effects(axes):
        others = tuple(axis for axis in range(axes) if axis not in effect)
        deviation = np.asarray(centred.mean(axis=others, keepdims=True))
        for smaller in fitted:
            if set(smaller) < set(effect):
                deviation = deviation - fitted[smaller]
        fitted[effect] = deviation
        freedom = int(np.prod([values.shape[axis] - 1 for axis in effect]))
        repeats = values.size / deviation.size
        found[effect] = MeanSquare(repeats * float((deviation**2).sum()) / freedom, freedom)
    return found


def variance_from(squares: Mapping[Effect, MeanSquare], size: int) -> tuple[float, float]:
    """Variance of the mean of ``size`` cells and its degrees of freedom, from the mean squares.

    Inclusion and exclusion over effects: ``size * Var = sum of MS of odd order - of even order``,
    and the squared half width alike, each mean square times its squared t quantile. A difference
    may come out too small by chance, so neither is below what the same sum gives with some of the
    factors taken as fixed, though never the last, the sampling units.
    """
    axes = 1 + max(max(effect) for effect in squares)
    single = {axis: float(stdtrit(squares[axis,].freedom, CONFIDENCE)) for axis in range(axes)}
    quantiles = {e: float(np.prod([single[axis] for axis in e])) ** (2 / len(e)) for e in squares}
    total = squared_half_width = 0.0
    for chosen in effects(axes):
        if axes - 1 not in chosen:
            continue
        inside = [effect for effect in squares if set(effect) <= set(chosen)]
        terms = {e: -((-1) ** len(e)) * squares[e].value for e in inside}
        total = max(total, sum(terms.values()))
        weighted = sum(quantiles[e] * term for e, term in terms.items())
        squared_half_width = max(squared_half_width, weighted)
    if total == 0.0:
        return 0.0, 1.0
    return total / size, float(stdtridf(CONFIDENCE, np.sqrt(squared_half_width / total)))


def crossed_estimate(values: NDArray[Any], freedom: float | None = None) -> CrossedMean:
    """Mean, standard error and interval of ``values [A, B, ...]`` where every axis is a sample.

    Crossed random effects: a value is mean + effect of each axis + interactions. An axis with one
    level was not repeated; the interval does not cover it. A percentile bootstrap over all axes is
    not used: with three seeds it sees two thirds of the variance between seeds and has no t
    correction, and covers 80 % where they matter.

    Args:
        freedom: degrees of freedom of the last axis, where its levels differ in weight; one less
            than its levels unless given.

    Raises:
        InputError: no axis has two levels, so there is no spread to see.
    """
    table = np.asarray(values, dtype=np.float64)
    table = table.reshape([size for size in table.shape if size != 1])
    if table.ndim == 0 or table.size == 0:
        raise InputError("an interval needs two values, there are fewer")
    squares = with_freedom(mean_squares(table), freedom)
    variance, of_mean = variance_from(squares, table.size)
    return CrossedMean(float(table.mean()), float(np.sqrt(variance)), of_mean)


def with_freedom(
    squares: Mapping[Effect, MeanSquare], freedom: float | None
) -> dict[Effect, MeanSquare]:
    """The mean squares with other degrees of freedom of the last axis' own effect."""
    changed = dict(squares)
    if freedom is not None:
        last = (max(max(effect) for effect in squares),)
        changed[last] = replace(squares[last], freedom=freedom)
    return changed
