"""What follows from a classifier two-sample test: accuracy, its interval, and whether it is above
one half (Lopez-Paz and Oquab, ICLR 2017, section 3).

The interval covers which clips, and which people, were looked at; not another training of the
network. Two things make clips count less than as many independent ones:

- The two halves are tested by networks that were trained on each other. Where the halves happen to
  differ in the same way, both are told well, else both badly: with linear classifiers of Gaussian
  numbers without any difference the two accuracies correlate by 0.2 to 0.6, and the plain binomial
  test of all clips errs in 9 % of the draws instead of 5 %. So the halves are taken to say the same
  thing twice: the deviations of their accuracies add up, not their variances.
- Clips of one group (a person) are not independent. Groups are sampled within kinds and halves.

The number of clips that counts is the one that independent clips would need for the variance that
is left, and with it follow the exact interval of a binomial share (Clopper and Pearson 1934) and
the exact binomial test: the interval of Korn and Graubard (1998, Survey Methodology 24, 193-201)
for shares from clustered surveys. It stays within [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from skeletons.arrays import BoolArray, Float64Array, IntArray, StrArray

LEVEL = 0.95


@dataclass(frozen=True)
class ToldApart:
    """How well two kinds of clips are told apart.

    Attributes:
        accuracy: share of the clips whose kind is told right; by chance one half.
        low: lower end of the 95 % interval, and ``high`` the upper one.
        p_value: one-sided, of an accuracy of one half.
        clips: how many were told.
        groups: how many groups they come from, such as people.
        effective: independent clips that would say as much.
    """

    accuracy: float
    low: float
    high: float
    p_value: float
    clips: int
    groups: int
    effective: float


def told_apart(
    correct: BoolArray, synthetic: BoolArray, half: IntArray, groups: StrArray
) -> ToldApart:
    """The accuracy of ``correct [N]``, and what halves and groups leave of the number of its clips.

    Where every clip is a group of its own, half of the clips count.

    Args:
        synthetic: which clips are of the second kind, ``[N]``.
        half: in which half a clip was tested, ``[N]``.
        groups: names of what was sampled whole, such as people, ``[N]``.
    """
    accuracy = float(np.mean(correct))
    effective = _effective(np.asarray(correct, dtype=np.float64), synthetic, half, groups)
    right = accuracy * effective
    wrong, outside = effective - right, (1.0 - LEVEL) / 2.0
    return ToldApart(
        accuracy=accuracy,
        low=float(special.betaincinv(right, wrong + 1.0, outside)) if right > 0.0 else 0.0,
        high=float(special.betaincinv(right + 1.0, wrong, 1.0 - outside)) if wrong > 0.0 else 1.0,
        # P(X >= k) of a binomial X is an incomplete beta function, also between whole numbers.
        p_value=float(special.betainc(right, wrong + 1.0, 0.5)) if right > 0.0 else 1.0,
        clips=len(correct),
        groups=len(np.unique(groups)),
        effective=effective,
    )


def area_under_curve(score: Float64Array, synthetic: BoolArray, half: IntArray) -> float:
    """Probability that a synthetic clip has a higher score ``[N]`` than a real one of the same half
    ``[N]``; halves count by their clips, for their scores come from two networks."""
    areas, weights = [], []
    for number in np.unique(half):
        here = half == number
        ours, theirs = score[here & synthetic], score[here & ~synthetic]
        above = stats.mannwhitneyu(ours, theirs, method="asymptotic").statistic
        areas.append(float(above) / (len(ours) * len(theirs)))
        weights.append(int(here.sum()))
    return float(np.average(areas, weights=weights))


def _effective(
    correct: Float64Array, synthetic: BoolArray, half: IntArray, groups: StrArray
) -> float:
    """Independent clips with the variance that halves and groups show, at most as many as the mean
    half has."""
    numbers = np.unique(half)
    most, accuracy = len(correct) / len(numbers), float(correct.mean())
    if len(np.unique(groups)) == len(correct) or accuracy in (0.0, 1.0):
        return most
    deviation, variances, freedoms = 0.0, [], []
    for number in numbers:
        parts = [_part(correct, groups, half == number, kind) for kind in (synthetic, ~synthetic)]
        weight = float((half == number).mean())
        deviation += weight * float(np.sqrt(sum(variance for variance, _ in parts)))
        variances += [weight**2 * variance for variance, _ in parts]
        freedoms += [freedom for _, freedom in parts]
    if deviation == 0.0:
        return most
    shares = [part**2 / freedom for part, freedom in zip(variances, freedoms, strict=True)]
    freedom = sum(variances) ** 2 / sum(shares)  # Satterthwaite
    upper = (1.0 + LEVEL) / 2.0
    wider = stats.t.ppf(upper, len(correct) - 1) / stats.t.ppf(upper, freedom)
    return float(min(most, accuracy * (1.0 - accuracy) / deviation**2 * wider**2))


def _part(
    correct: Float64Array, groups: StrArray, here: BoolArray, kind: BoolArray
) -> tuple[float, float]:
    """What one kind adds to the variance of a half's accuracy, and its degrees of freedom."""
    mine = here & kind
    variance, freedom = _variance_of_mean(correct[mine], groups[mine])
    return variance * float(mine.sum() / here.sum()) ** 2, freedom


def _variance_of_mean(values: Float64Array, groups: StrArray) -> tuple[float, float]:
    """Variance of the mean of clustered shares, and its degrees of freedom. One group alone tells
    nothing of how groups differ: all its clips count as one."""
    mean = float(values.mean())
    _, member = np.unique(groups, return_inverse=True)
    sums = np.bincount(member, weights=values - mean)
    number = len(sums)
    if number == 1:
        return mean * (1.0 - mean), 1.0
    return float(number / (number - 1) * (sums**2).sum() / len(values) ** 2), float(number - 1)
