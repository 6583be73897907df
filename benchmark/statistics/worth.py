"""Equivalent real clips: how many real clips would have done what the synthetic ones did.

Accuracy is measured with more and more real clips (arms ``real`` and ``oracle``), joined to a
curve, and the curve is read backwards at the accuracy of an augmented arm.

The curve is the isotonic regression of accuracy on the number of clips (more real clips do no
harm), joined monotonically in the logarithm of the number (PCHIP, Fritsch and Butland 1984). Two
to five points carry no three-parameter power law: its asymptote would be fixed by noise and, where
the question is most interesting, beyond the last point, be extrapolated. This curve says nothing
beyond its ends; "more than the curve reaches" is an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import isotonic_regression
from scipy.special import ndtri, stdtrit

from benchmark.statistics.crossed import CONFIDENCE
from benchmark.statistics.people import Units, varied
from metrics.value import Undefined
from skeletons.arrays import Float64Array, StrArray
from skeletons.errors import InputError

RESAMPLES = 2000
_ROWS_AT_ONCE = 200
_ROUNDING = 1e-12
"""Accuracies closer than this are equal: a pooled mean differs in its last digits."""


@dataclass(frozen=True)
class Worth:
    """What the synthetic clips of an arm are worth, in real clips, with a 95 % interval.

    ``-inf`` is less than none and ``inf`` is more than the curve reaches.

    Attributes:
        clips: real clips, beside those that the arm itself has.
        low: lower end of the bootstrap interval.
        high: upper end.
        fewest: number at the lower end of the curve, beside the arm's own.
        most: number at its upper end.
        varies: what the interval covers.
    """

    clips: float
    low: float
    high: float
    fewest: float
    most: float
    varies: str

    def words(self) -> str:
        """``310 [120, 600]`` and, at the ends of the curve, words in place of numbers."""
        clips, low, high = (self.cell(value) for value in (self.clips, self.low, self.high))
        told = [text if isinstance(text, str) else f"{text:,.0f}" for text in (clips, low, high)]
        return f"{told[0]} [{told[1]}, {told[2]}]"

    def cell(self, value: float) -> float | str:
        """A bound as a number, or in words where the curve has none."""
        if value == np.inf:
            return f"more than {self.most:,.0f}"
        if value == -np.inf and self.fewest > 0.0:
            return f"fewer than {self.fewest:,.0f}"
        return "less than none" if value < 0.0 else value


def read_backwards(counts: Float64Array, accuracies: Float64Array, accuracy: float) -> float:
    """Number of real clips at which the curve first reaches an accuracy.

    Args:
        counts: ``[K]``, real clips of each point, ascending, K >= 2.
        accuracies: ``[K]``, made monotone here.
        accuracy: to look up.

    Returns:
        the number; ``inf`` above the curve, ``-inf`` below it. A curve that does not rise gives
        one of the two, or its first count where it is met exactly.
    """
    risen = np.asarray(isotonic_regression(accuracies).x, dtype=np.float64)
    if accuracy > risen[-1] + _ROUNDING:
        return float(np.inf)
    if accuracy < risen[0] - _ROUNDING:
        return float(-np.inf)
    # A step below rounding is none: PCHIP would divide by it.
    first = np.concatenate([[True], np.diff(risen) > _ROUNDING])
    heights, places = risen[first], np.log(counts[first])
    if len(heights) == 1:
        return float(counts[0])
    place = PchipInterpolator(heights, places)(np.clip(accuracy, heights[0], heights[-1]))
    return float(np.exp(place))


def equivalent_real_clips(
    counts: Sequence[int],
    curve: Float64Array,
    arm: Float64Array,
    subjects: Sequence[str] | StrArray,
    own_real: int,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Worth | Undefined:
    """What an arm's synthetic clips are worth in real ones.

    The interval is a percentile bootstrap. Test people with all of their clips (clips, where people
    are unknown) are resampled for all points and the arm together, as they share them. So are the
    recognizer's training seeds, and for the arm alone the generator's. S seeds or people are
    widened by sqrt(S / (S - 1)), since resampling a handful shows only (S - 1) / S of their
    variance (Rao and Wu 1988); people also by the quantile of Student's t over that of the normal
    distribution, since percentiles do not know how few they are.

    Args:
        counts: ``[K]``, real training clips of each point; sorted here.
        curve: ``[K, S, C]``, right (1) or wrong (0) by recognizer seed and test clip.
        arm: ``[G, S, C]`` of the augmented arm, by generator seed too; same seeds and clips.
        subjects: ``[C]``, who made each clip, as in :meth:`benchmark.statistics.people.Units.of`.
        own_real: real training clips of the arm itself.
        rng: for the bootstrap.

    Returns:
        the worth, or why there is none: fewer than two numbers of real clips, or a curve that does
        not rise.

    Raises:
        InputError: shapes that do not fit, no real clip at a point, a count that occurs twice, or
            fewer than two test clips.
    """
    points, table = _checked(counts, curve, arm)
    if len(points) < 2:
        return Undefined("a curve needs accuracies with two or more numbers of real clips: add arms"
                         " such as oracle@0.5 and oracle")  # fmt: skip
    means = table.mean(axis=(1, 2))
    risen = isotonic_regression(means).x
    if risen[-1] - risen[0] <= _ROUNDING:
        return Undefined("more real clips do not raise the accuracy here: there is nothing to read")
    value = read_backwards(points, means, float(arm.mean()))
    units = Units.of(subjects)
    drawn = _resampled(table, arm, units, rng, resamples)
    backwards = [read_backwards(points, row[:-1], float(row[-1])) for row in drawn]
    low, high = np.quantile(backwards, [0.025, 0.975], method="inverted_cdf").tolist()
    names = ("recognizer seeds", "generator seeds")
    sizes = (table.shape[1], arm.shape[0])
    sources = [(f"test {units.name}", table.shape[2]), *zip(names, sizes, strict=True)]
    return Worth(
        clips=value - own_real,
        low=low - own_real,
        high=high - own_real,
        fewest=float(points[0]) - own_real,
        most=float(points[-1]) - own_real,
        varies=varied(sources),
    )


def _resampled(
    curve: Float64Array,
    arm: Float64Array,
    units: Units,
    rng: np.random.Generator,
    resamples: int,
) -> Float64Array:
    """Accuracy of each point of the curve and, last, of the arm, ``[B, K + 1]``."""
    both = np.concatenate([curve, arm.mean(axis=0)[None]])
    right, clips = units.sums(both.mean(axis=1)).T, units.clips
    mean, count = both.mean(axis=(1, 2)), len(units.clips)
    drawn = np.empty((resamples, len(both)))
    for start in range(0, resamples, _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, resamples - start)
        times = rng.multinomial(count, np.full(count, 1.0 / count), size=rows)
        drawn[start : start + rows] = times @ right / (times @ clips)[:, None]
    if units.people:
        t, normal = stdtrit(units.freedom, CONFIDENCE), ndtri(CONFIDENCE)
        wider = float(np.sqrt(count / (count - 1)) * t / normal)
        drawn = np.clip(mean + wider * (drawn - mean), 0.0, 1.0)
    drawn += _shifts(both.mean(axis=2).T, rng, resamples)
    drawn[:, -1:] += _shifts(arm.mean(axis=(1, 2))[:, None], rng, resamples)
    return drawn


def _shifts(by_seed: Float64Array, rng: np.random.Generator, resamples: int) -> Float64Array:
    """What other seeds would add to the means, ``[B, ...]`` for values ``[S, ...]``."""
    seeds = len(by_seed)
    if seeds == 1:
        return np.zeros((resamples, by_seed.shape[1]))
    counts = rng.multinomial(seeds, np.full(seeds, 1.0 / seeds), size=resamples)
    off_centre = by_seed - by_seed.mean(axis=0)
    return np.asarray(np.sqrt(seeds / (seeds - 1)) * (counts @ off_centre) / seeds)


def _checked(
    counts: Sequence[int], curve: Float64Array, arm: Float64Array
) -> tuple[Float64Array, Float64Array]:
    points = np.asarray(counts, dtype=np.float64)
    table = np.asarray(curve, dtype=np.float64)
    if table.ndim != 3 or arm.ndim != 3 or len(table) != len(points):
        raise InputError(
            f"a curve of {len(points)} numbers of real clips needs outcomes [K, S, C] and the arm "
            f"[G, S, C], given are {table.shape} and {arm.shape}"
        )
    if table.shape[1:] != arm.shape[1:]:
        raise InputError(
            f"the curve was measured on (seeds, clips) {table.shape[1:]}, the arm on "
            f"{arm.shape[1:]}; both need the same"
        )
    if table.shape[2] < 2:
        raise InputError(f"an interval needs two test clips, there are {table.shape[2]}")
    if points.size and points.min() < 1:
        raise InputError(
            f"a point of the curve has {points.min():.0f} real clips; none is no point"
        )
    order = np.argsort(points, kind="stable")
    if (np.diff(points[order]) == 0.0).any():
        raise InputError("two points of the curve have the same number of real clips")
    return points[order], table[order]
