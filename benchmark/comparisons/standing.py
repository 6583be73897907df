"""Which rows of a comparison cannot be told apart: letters in place of a strict order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.statistics.tie_groups import apart_by_intervals, distance_intervals, tie_groups

BEST = "a"
"""The letter of the rows that cannot be told apart from the best."""


@dataclass(frozen=True)
class Score:
    """A value, its 95 % interval and what real clips score; NaN where there is none."""

    mean: float
    low: float
    high: float
    floor: float = math.nan


def tie_letters(scores: Sequence[Score], direction: str) -> list[str]:
    """Letters of each row; rows that share one cannot be told apart, as their intervals overlap.

    Args:
        scores: the rows compared.
        direction: ``lower`` or ``higher`` is better, ``real``: nearest to the row's own floor, or
            ``""``: no order is known.

    Returns:
        Letters, ``a`` for the group of the best; ``""`` for rows without a value (or, in ``real``,
        without a floor) and where fewer than two rows have one.
    """
    means = [score.mean for score in scores]
    lows = [score.mean if math.isnan(score.low) else score.low for score in scores]
    highs = [score.mean if math.isnan(score.high) else score.high for score in scores]
    if direction == "real":
        ends = distance_intervals(means, lows, highs, [score.floor for score in scores])
        means, lows, highs = (values.tolist() for values in ends)
    if not direction or sum(not math.isnan(mean) for mean in means) < 2:
        return [""] * len(scores)
    apart = apart_by_intervals(lows, highs)
    return list(tie_groups(means, apart, higher_is_better=direction == "higher").letters)
