"""Power: how many seeds or people a difference of d points needs before a comparison can see it.

The comparison will be Student's t of :mod:`benchmark.statistics.crossed`, so its power is that of a
noncentral t: the estimate is a mean over many clips, close to normal whatever a single answer is,
and its standard error has the few degrees of freedom that its formula gives for the expected mean
squares. A normal approximation would promise far too much at three seeds or nine people. More seeds
shrink what seeds add to the variance; what the test people (or clips) add stays, and can be too
much alone: then it takes more people, each with as many clips as those that were seen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from math import isnan, sqrt

from scipy.optimize import brentq
from scipy.special import nctdtr, ndtr, stdtrit

from benchmark.statistics.variance import RECOGNIZER_SEED, TEST_CLIP, TEST_PERSON, Components
from metrics.value import Undefined
from skeletons.errors import InputError

POWER = 0.8
LEVEL = 0.05
MOST_SEEDS, MOST_UNITS = 1000, 100_000
"""Where the search for a number of seeds ends, and for one of people or clips."""

_WITHOUT_END = 10**9
"""Levels of a factor that was repeated without end."""


def power_of(
    components: Components,
    difference: float,
    levels: Mapping[str, int] | None = None,
    level: float = LEVEL,
) -> float:
    """Chance that a two-sided t test sees a true difference.

    Args:
        components: variances of the paired differences, in the squared unit of ``difference``.
        levels: by factor, how often it will be repeated (2 or more); one left out stays as seen.
        level: of the test.

    Raises:
        InputError: fewer than two levels of a factor, or one that the components do not have.
    """
    variance, freedom = components.expected(levels or {})
    if variance == 0.0:
        return 1.0 if difference != 0.0 else level
    shift, bar = abs(difference) / sqrt(variance), float(stdtrit(freedom, 1.0 - level / 2.0))
    upper, lower = (float(nctdtr(freedom, shift, end)) for end in (bar, -bar))
    if isnan(upper) or isnan(lower):  # a shift so large that the series breaks off
        upper, lower = float(ndtr(bar - shift)), float(ndtr(-bar - shift))
    return min(1.0, max(0.0, 1.0 - upper + lower))


def seeds_needed(
    components: Components,
    difference: float,
    factor: str = RECOGNIZER_SEED,
    levels: Mapping[str, int] | None = None,
    power: float = POWER,
) -> int | Undefined:
    """Smallest number of seeds (or people, or clips) that sees a difference with the given power.

    Args:
        components: variances of the paired differences, in the squared unit of ``difference``.
        difference: in points, not 0.
        factor: what is repeated more often: the recognizer's seed, the generator's, the test person
            with all clips, or the test clip.
        levels: by other factor, how often it will be repeated; one left out stays as seen.

    Returns:
        the number, 2 or more, or why there is none: the factor was not repeated, or the other
        factors alone leave too wide an interval.

    Raises:
        InputError: a difference of 0, a power outside (0, 1).
    """
    if difference == 0.0 or not 0.0 < power < 1.0:
        raise InputError(
            f"power {power} for a difference of {difference} points: take a difference other than "
            "0 and a power between 0 and 1"
        )
    if factor not in components.factors:
        return Undefined(f"one {factor} shows no variance between seeds; two are the least")
    others = dict(levels or {})
    if power_of(components, difference, others | {factor: _WITHOUT_END}) < power:
        return Undefined(_not_enough(components, factor, others))
    most = MOST_UNITS if factor in (TEST_PERSON, TEST_CLIP) else MOST_SEEDS
    numbers = range(2, most + 1)
    found = bisect_left(
        numbers,
        True,
        key=lambda count: power_of(components, difference, others | {factor: count}) >= power,
    )
    return numbers[found] if found < len(numbers) else Undefined(f"more than {most:,} of {factor}")


def detectable_difference(
    components: Components, levels: Mapping[str, int] | None = None, power: float = POWER
) -> float:
    """Smallest true difference that is seen with the given power; 0 where nothing varies.

    Arguments as in :func:`power_of`.
    """
    variance, freedom = components.expected(levels or {})
    if variance == 0.0:
        return 0.0
    unit = sqrt(variance)
    highest = 2.0 * (float(stdtrit(freedom, 1.0 - LEVEL / 2.0)) + 10.0) * unit
    return float(
        brentq(lambda size: power_of(components, size, levels) - power, 1e-9 * unit, highest)
    )


def _not_enough(components: Components, factor: str, levels: Mapping[str, int]) -> str:
    variance, freedom = components.expected({**levels, factor: _WITHOUT_END})
    half = float(stdtrit(freedom, 1.0 - LEVEL / 2.0)) * sqrt(variance)
    source = " and ".join(f"the {name}s" for name in components.factors if name != factor)
    return f"no number of {factor}s is enough: {source} alone give an interval of ±{half:.1f}"
