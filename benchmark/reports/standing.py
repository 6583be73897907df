"""Which rows of a comparison are best, and which cannot be told apart from the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

BEST, TIED, BEHIND, UNRANKED = "best", "tied", "behind", "unranked"


@dataclass(frozen=True)
class Score:
    """A value, its 95 % interval and what real clips score; NaN where there is none."""

    mean: float
    low: float
    high: float
    floor: float = math.nan


def standings(scores: Sequence[Score], direction: str) -> list[str]:
    """``best``, ``tied`` (its interval overlaps the best one's), ``behind`` or ``unranked``.

    Args:
        scores: the rows compared.
        direction: ``lower`` or ``higher`` is better, ``real``: nearest to the row's own floor, or
            ``""``: no order is known.

    Returns:
        One word a row; rows without a value, and rows that are alone, are ``unranked``.
    """
    costs = [_cost(score, direction) for score in scores]
    valid = [cost for cost in costs if not math.isnan(cost.mean)]
    if len(valid) < 2 or not direction:
        return [UNRANKED] * len(costs)
    best = min(valid, key=lambda cost: cost.mean)
    words = []
    for cost in costs:
        if math.isnan(cost.mean):
            words.append(UNRANKED)
        elif cost.mean == best.mean:
            words.append(BEST)
        else:
            words.append(TIED if cost.low <= best.high else BEHIND)
    return words


def _cost(score: Score, direction: str) -> Score:
    """The same score as a cost: the lower, the better."""
    mean = score.mean
    low = mean if math.isnan(score.low) else score.low
    high = mean if math.isnan(score.high) else score.high
    if direction == "lower":
        return Score(mean, low, high)
    if direction == "higher":
        return Score(-mean, -high, -low)
    ends = (abs(low - score.floor), abs(high - score.floor))
    nearest = 0.0 if low <= score.floor <= high else min(ends)
    return Score(abs(mean - score.floor), nearest, max(ends))
