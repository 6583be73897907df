"""Tie groups: which rows of a table cannot be told apart, in place of a strict order.

"Cannot be told apart" is not transitive: A may tie with B and B with C while A and C differ. So a
row can be in several groups, each a largest set of rows of which no two differ, named by a letter
(compact letter display, Piepho 2004, *J. Comput. Graph. Stat.* 13). Two rows share a letter exactly
where they were not told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np
from numpy.typing import ArrayLike

from skeletons.arrays import BoolArray, Float64Array
from skeletons.errors import InputError

BEST = "a"
"""The letter of the rows that cannot be told apart from the best."""
MOST_GROUPS = len(ascii_lowercase)


@dataclass(frozen=True)
class TieGroups:
    """Groups of rows, the group of the best row first.

    Attributes:
        groups: row numbers of each group, best first.
        letters: for each row its letters, such as ``ab``; ``""`` for a row without a value.
        ranks: for each row the best and the worst rank that the tests leave it: one more than the
            rows that are better for sure, and the number of rows less those that are worse for
            sure; (0, 0) for a row without a value.
    """

    groups: tuple[tuple[int, ...], ...]
    letters: tuple[str, ...]
    ranks: tuple[tuple[int, int], ...]


def tie_groups(values: ArrayLike, differs: ArrayLike, higher_is_better: bool = True) -> TieGroups:
    """Groups of rows that cannot be told apart.

    Args:
        values: ``[N]``; NaN is a row without a value, which is in no group.
        differs: bool ``[N, N]``, symmetric: whether a test tells two rows apart.

    Raises:
        InputError: shapes that do not fit, or an asymmetric matrix.
    """
    scores, apart = _checked(values, differs)
    order = _ordered(scores, higher_is_better)
    place = {row: position for position, row in enumerate(order)}
    groups = _sorted_groups(_largest_ties(order, apart), order)
    letters = _letters(groups, len(scores))
    better = scores[:, None] > scores if higher_is_better else scores[:, None] < scores
    ahead = (apart & better).sum(axis=0)
    behind = (apart & better).sum(axis=1)
    ranks = [
        (1 + int(ahead[row]), len(order) - int(behind[row])) if row in place else (0, 0)
        for row in range(len(scores))
    ]
    return TieGroups(tuple(groups), tuple(letters), tuple(ranks))


def tie_letters(
    means: ArrayLike, lows: ArrayLike, highs: ArrayLike, direction: str, floors: ArrayLike = np.nan
) -> list[str]:
    """Letters of rows ``[N]`` that cannot be told apart, as their intervals overlap.

    A row without an interval (NaN) cannot be told from any other.

    Args:
        direction: ``lower`` or ``higher`` is better, ``real``: nearest to the row's own floor, or
            ``""``: no order is known.
        floors: ``[N]``, what real clips score; needed for ``real``.

    Returns:
        :data:`BEST` for the group of the best; ``""`` for rows without a value (or, in ``real``,
        without a floor) and where fewer than two rows have one. Of more than :data:`MOST_GROUPS`
        groups only that of the best is named: a page of letters tells nothing.
    """
    values = np.asarray(means, np.float64)
    if direction == "real":
        values, lows, highs = distance_intervals(values, lows, highs, floors)
    if not direction or np.count_nonzero(~np.isnan(values)) < 2:
        return [""] * len(values)
    order = _ordered(values, direction == "higher")
    low, high = (
        np.broadcast_to(np.asarray(ends, np.float64), values.shape) for ends in (lows, highs)
    )
    groups = _sorted_groups(_overlapping(order, low, high), order)
    return _letters(groups if len(groups) <= MOST_GROUPS else groups[:1], len(values))


def apart_by_intervals(lows: ArrayLike, highs: ArrayLike) -> BoolArray:
    """Whether the intervals of two rows do not overlap, bool ``[N, N]``; NaN overlaps with all.

    For 95 % intervals of independent values this errs on the side of ties: their difference has a
    p value of about 0.006 where they just touch (Schenker and Gentleman 2001).
    """
    low, high = np.asarray(lows, np.float64), np.asarray(highs, np.float64)
    above = low[:, None] > high[None, :]
    return np.asarray(above | above.T)


def apart_by_p_values(p_values: ArrayLike, level: float = 0.05) -> BoolArray:
    """Whether pairwise p values ``[N, N]`` (adjusted for their family) are below the level; NaN is
    a pair that was not tested and so not told apart."""
    p = np.asarray(p_values, np.float64)
    return np.asarray(np.nan_to_num(p, nan=1.0) < level)


def distance_intervals(
    means: ArrayLike, lows: ArrayLike, highs: ArrayLike, target: ArrayLike
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Values and intervals ``[N]`` as distances to a target, for a metric that is best near it.

    Two rows on either side of the target may differ and yet be equally good.
    """
    mean, low, high, goal = (
        np.asarray(array, np.float64) for array in (means, lows, highs, target)
    )
    ends = np.stack([np.abs(low - goal), np.abs(high - goal)])
    nearest = np.where((low <= goal) & (goal <= high), 0.0, ends.min(axis=0))
    return np.abs(mean - goal), nearest, ends.max(axis=0)


def _ordered(scores: Float64Array, higher_is_better: bool) -> list[int]:
    """Rows with a value, the best first."""
    valid = [int(row) for row in np.flatnonzero(~np.isnan(scores))]
    return sorted(valid, key=lambda row: (-scores[row] if higher_is_better else scores[row], row))


def _sorted_groups(groups: Iterable[Iterable[int]], order: Sequence[int]) -> list[tuple[int, ...]]:
    """Each group and all of them, those with the best rows first."""
    place = {row: position for position, row in enumerate(order)}
    places = sorted(sorted(place[row] for row in group) for group in groups)
    return [tuple(order[position] for position in group) for group in places]


def _letters(groups: Sequence[Sequence[int]], rows: int) -> list[str]:
    """The letters of each row."""
    letters = [""] * rows
    for number, group in enumerate(groups):
        for row in group:
            letters[row] += _letter(number)
    return letters


def _overlapping(rows: Sequence[int], lows: Float64Array, highs: Float64Array) -> list[list[int]]:
    """All largest sets of rows whose intervals overlap pair by pair; a NaN overlaps with all.

    Intervals on a line that overlap pair by pair have a point in common (Helly), so such a set is
    what is under way when one ends after another began: one pass over the ends, in their order.
    """
    starts = [(-np.inf if np.isnan(lows[row]) else float(lows[row]), 0, row) for row in rows]
    ends = [(np.inf if np.isnan(highs[row]) else float(highs[row]), 1, row) for row in rows]
    found: list[list[int]] = []
    under_way: dict[int, None] = {}
    began = False
    for _, is_end, row in sorted([*starts, *ends]):
        if not is_end:
            under_way[row] = None
            began = True
            continue
        if began:
            found.append(list(under_way))
            began = False
        del under_way[row]
    return found


def _largest_ties(order: Sequence[int], apart: BoolArray) -> list[frozenset[int]]:
    """Insert and absorb (Piepho 2004): split each group that holds a pair which differs, and drop
    groups inside others. What is left are all largest sets without such a pair."""
    groups = [frozenset(order)] if order else []
    for position, first in enumerate(order):
        for second in order[position + 1 :]:
            if not apart[first, second]:
                continue
            split = []
            for group in groups:
                both = first in group and second in group
                split += [group - {first}, group - {second}] if both else [group]
            unique = list(dict.fromkeys(split))
            groups = [group for group in unique if not any(group < other for other in unique)]
    return groups


def _letter(number: int) -> str:
    """a, b, ..., z, (aa), (ab), ...: brackets, since letters stand side by side."""
    if number < len(ascii_lowercase):
        return ascii_lowercase[number]
    first, second = divmod(number - len(ascii_lowercase), len(ascii_lowercase))
    return f"({_letter(first)}{ascii_lowercase[second]})"


def _checked(values: ArrayLike, differs: ArrayLike) -> tuple[Float64Array, BoolArray]:
    scores, apart = np.asarray(values, np.float64), np.asarray(differs, bool)
    if scores.ndim != 1 or apart.shape != (len(scores), len(scores)):
        raise InputError(
            f"tie groups of values {scores.shape} need pairs of the same rows, not {apart.shape}"
        )
    if (apart != apart.T).any():
        raise InputError("row A differs from B while B does not differ from A")
    return scores, apart
