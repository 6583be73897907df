"""Variance components: how much of a number's uncertainty each repeated source is to blame for.

Method of moments. Tables of accuracy are balanced (every seed labels every clip), and there the
moment estimates are what REML gives wherever none of them is negative (Searle, Casella and
McCulloch 1992, section 6.6), in closed form and without a normal distribution, which right or
wrong answers do not have. A negative estimate is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmark.statistics.crossed import (
    Effect,
    MeanSquare,
    effects,
    mean_squares,
    variance_from,
    with_freedom,
)
from skeletons.errors import InputError

GENERATOR_SEED = "generator seed"
RECOGNIZER_SEED = "recognizer seed"
TEST_CLIP, TEST_PERSON = "test clip", "test person"
"""A test person is a person with all of their clips, as the sampling unit."""
SAMPLING = "sampling"


@dataclass(frozen=True)
class Share:
    """One source of the variance of a mean.

    Attributes:
        source: a factor, or an interaction such as ``generator seed x test clip``.
        variance: what it adds to the variance of the mean, in the squared unit of the values.
        percent: of the whole variance of the mean.
        repeated: by factor of the source, how many levels were seen.
    """

    source: str
    variance: float
    percent: float
    repeated: Mapping[str, int]


@dataclass(frozen=True)
class Components:
    """Variances of the crossed effects that a table's values are sums of.

    Attributes:
        levels: how often each factor was repeated, in the order of the axes; two or more each.
        variances: of one level of each effect, squared unit of the values, never negative.
        squares: the mean squares that they were taken from.
        kept: degrees of freedom of the last factor over its levels less one; below 1 where people
            have different numbers of clips.
    """

    levels: Mapping[str, int]
    variances: Mapping[Effect, float]
    squares: Mapping[Effect, MeanSquare] = field(repr=False)
    kept: float = 1.0

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(self.levels)

    def expected(self, levels: Mapping[str, int]) -> tuple[float, float]:
        """Variance of a mean over other numbers of levels, and its degrees of freedom.

        Args:
            levels: by factor, at least 2; a factor left out keeps the number that was seen.

        Raises:
            InputError: a factor that was not repeated, or fewer than two levels.
        """
        for name, count in levels.items():
            if name not in self.levels:
                raise InputError(
                    f"'{name}' was not repeated, so its variance is unknown; known are "
                    f"{', '.join(self.factors)}"
                )
            if count < 2:
                raise InputError(f"a test needs two levels of each factor, '{name}' has {count}")
        sizes = [int(levels.get(name, seen)) for name, seen in self.levels.items()]
        squares = {}
        for effect in self.variances:
            expectation = sum(
                variance * prod(size for axis, size in enumerate(sizes) if axis not in larger)
                for larger, variance in self.variances.items()
                if set(effect) <= set(larger)
            )
            squares[effect] = MeanSquare(expectation, prod(sizes[axis] - 1 for axis in effect))
        of_last = self.kept * (sizes[-1] - 1)
        return variance_from(with_freedom(squares, of_last), prod(sizes))

    def shares(self) -> list[Share]:
        """What each effect adds to the variance of the mean as seen, the largest first.

        A table without any variance gives shares of 0 percent.
        """
        sizes = list(self.levels.values())
        parts = {
            effect: variance / prod(sizes[axis] for axis in effect)
            for effect, variance in self.variances.items()
        }
        whole = sum(parts.values())
        names = self.factors
        shares = [
            Share(
                source=" x ".join(names[axis] for axis in effect),
                variance=part,
                percent=100.0 * part / whole if whole > 0.0 else 0.0,
                repeated={names[axis]: sizes[axis] for axis in effect},
            )
            for effect, part in parts.items()
        ]
        return sorted(shares, key=lambda share: -share.variance)


def crossed_components(
    values: NDArray[Any], factors: Sequence[str], freedom: float | None = None
) -> Components:
    """Variance components of a table with one value a cell.

    With E[MS_A] = sum over effects B that hold A of (levels outside B) variance_B, the component of
    A is the alternating sum of the mean squares that hold A, over the levels outside A.

    Args:
        values: ``[levels of the first factor, ...]``, such as right or wrong by generator seed,
            recognizer seed and test clip.
        factors: names of the axes. An axis with one level was not repeated and is not named.
        freedom: degrees of freedom of the last axis; one less than its levels unless given.

    Raises:
        InputError: as many names as axes are needed, and a factor with two levels.
    """
    if values.ndim != len(factors):
        raise InputError(f"a table with {values.ndim} axes and {len(factors)} names of factors")
    kept = [axis for axis, size in enumerate(values.shape) if size > 1]
    if not kept or values.size == 0:
        raise InputError("nothing was repeated: variance shares need two seeds or two clips")
    table = np.asarray(values, dtype=np.float64).reshape([values.shape[axis] for axis in kept])
    squares = mean_squares(table)
    variances: dict[Effect, float] = {}
    for effect in effects(table.ndim):
        signed = sum(
            (-1) ** (len(larger) - len(effect)) * square.value
            for larger, square in squares.items()
            if set(effect) <= set(larger)
        )
        outside = prod(size for axis, size in enumerate(table.shape) if axis not in effect)
        variances[effect] = max(0.0, signed / outside)
    levels = {factors[axis]: values.shape[axis] for axis in kept}
    kept_freedom = 1.0 if freedom is None else freedom / (table.shape[-1] - 1)
    return Components(levels, variances, squares, kept_freedom)


def metric_shares(means: ArrayLike, errors: ArrayLike) -> list[Share]:
    """Shares of generator seed and sampling in the variance of a metric's mean over generators.

    The values of G fitted generators scatter by their own variance and by that of the sampled
    clips, of which each value has its own estimate; their difference is the generator's (the
    moment estimate of DerSimonian and Laird 1986, equation 8, with equal weights).

    Args:
        means: ``[G]``, the metric of each generator seed, G >= 2.
        errors: ``[G]``, the standard error of each that sampling alone gives.

    Raises:
        InputError: fewer than two generator seeds, a number that is not finite, or a negative
            standard error.
    """
    values, sampling = np.asarray(means, np.float64), np.asarray(errors, np.float64)
    if values.ndim != 1 or len(values) < 2 or values.shape != sampling.shape:
        raise InputError(
            f"variance shares of a metric need two generator seeds with an error each, given are "
            f"{values.size} values and {sampling.size} errors"
        )
    if not (np.isfinite(values).all() and np.isfinite(sampling).all()) or sampling.min() < 0.0:
        raise InputError("a metric of a generator seed, or its standard error, is no number")
    count = len(values)
    within = float((sampling**2).mean())
    between = max(0.0, float(values.var(ddof=1)) - within)
    whole = within + between
    return [
        Share(
            source,
            variance / count,
            100.0 * variance / whole if whole > 0.0 else 0.0,
            {GENERATOR_SEED: count},
        )
        for source, variance in ((GENERATOR_SEED, between), (SAMPLING, within))
    ]
