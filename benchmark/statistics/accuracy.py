"""The interval of an accuracy, which cannot leave 0 to 100 %."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from benchmark.statistics.crossed import CrossedMean
from benchmark.statistics.people import Units, clustered_estimate, varied
from skeletons.arrays import IntArray, StrArray

GENERATOR_SEEDS, RECOGNIZER_SEEDS = "generator seeds", "seeds"


@dataclass(frozen=True)
class Accuracy:
    """A share of right answers with its 95 % interval, and what that covers."""

    mean: float
    low: float
    high: float
    varies: str


def accuracy_estimate(right: IntArray, subjects: Sequence[str] | StrArray) -> Accuracy:
    """Accuracy over seeds, people and clips.

    Student's t on the scale of the log odds, where the error of a share p is that of p over
    p (1 - p) (delta method; Korn and Graubard 1998 compare it with others for shares in clustered
    samples). Where all answers are right, or all wrong, there is no error to take: the other end is
    then :attr:`benchmark.statistics.people.Units.unseen`.

    Args:
        right: 1 or 0, ``[..., C]`` by seeds and test clip, at most generator and recognizer seeds.
        subjects: ``[C]``, who made each clip, as in :meth:`Units.of`.

    Raises:
        InputError: fewer than two clips, and one seed.
    """
    units, clips = Units.of(subjects), right.shape[-1]
    estimate = clustered_estimate(right, units)
    low, high = share_interval(estimate)
    if estimate.mean == 1.0:
        low = 1.0 - units.unseen
    if estimate.mean == 0.0:
        high = units.unseen
    names = (units.name, RECOGNIZER_SEEDS, GENERATOR_SEEDS)
    counts = (clips, *right.shape[-2::-1])
    return Accuracy(estimate.mean, low, high, varied(list(zip(names, counts, strict=False))))


def share_interval(estimate: CrossedMean) -> tuple[float, float]:
    """Ends of the interval of a share in [0, 1]; without width where the share is 0 or 1."""
    share = estimate.mean
    if not 0.0 < share < 1.0:
        return share, share
    half = estimate.half_width / (share * (1.0 - share))
    low, high = expit(logit(share) + np.asarray([-half, half])).tolist()
    return low, high
