from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.statistics.tie_groups import (
    apart_by_intervals,
    apart_by_p_values,
    distance_intervals,
    tie_groups,
    tie_letters,
)
from skeletons.arrays import BoolArray
from skeletons.errors import InputError


def apart(count: int, *pairs: tuple[int, int]) -> BoolArray:
    matrix = np.zeros((count, count), dtype=bool)
    for first, second in pairs:
        matrix[first, second] = matrix[second, first] = True
    return matrix


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[float], BoolArray]:
    count = draw(st.integers(1, 7))
    pairs = list(combinations(range(count), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    values = draw(st.lists(st.floats(-9, 9), min_size=count, max_size=count))
    return values, apart(count, *chosen)


@given(tables())
def test_two_rows_share_a_letter_exactly_where_they_were_not_told_apart(
    table: tuple[list[float], BoolArray],
) -> None:
    values, differs = table
    letters = tie_groups(values, differs).letters
    for first, second in combinations(range(len(values)), 2):
        assert bool(set(letters[first]) & set(letters[second])) != differs[first, second]


@given(tables())
def test_groups_are_all_largest_sets_of_ties(
    table: tuple[list[float], BoolArray],
) -> None:
    values, differs = table
    rows = range(len(values))
    tied = [
        set(rows_chosen)
        for size in rows
        for rows_chosen in combinations(rows, size + 1)
        if not any(differs[pair] for pair in combinations(rows_chosen, 2))
    ]
    largest = [group for group in tied if not any(group < other for other in tied)]
    found = [set(group) for group in tie_groups(values, differs).groups]
    assert sorted(map(sorted, found)) == sorted(map(sorted, largest))


def test_a_tie_that_is_not_transitive_puts_the_middle_in_both_groups() -> None:
    ties = tie_groups([90.0, 80.0, 85.0], apart(3, (0, 1)))
    assert ties.letters == ("a", "b", "ab")
    assert ties.groups == ((0, 2), (2, 1))
    assert ties.ranks == ((1, 2), (2, 3), (1, 3))


def test_lower_is_better_turns_the_letters_round() -> None:
    differs = apart(3, (0, 1), (0, 2))
    assert tie_groups([1.0, 2.0, 3.0], differs).letters == ("b", "a", "a")
    assert tie_groups([1.0, 2.0, 3.0], differs, higher_is_better=False).letters == ("a", "b", "b")


def test_a_strict_order_has_a_letter_and_a_rank_for_each_row() -> None:
    differs = ~np.eye(30, dtype=bool)
    ties = tie_groups(np.arange(30.0), differs)
    assert ties.letters[29] == "a"
    assert ties.letters[4:0:-1] == ("z", "(aa)", "(ab)", "(ac)")
    assert ties.ranks == tuple((30 - row, 30 - row) for row in range(30))


def test_rows_without_a_value_are_in_no_group() -> None:
    ties = tie_groups([1.0, np.nan, 3.0], apart(3, (0, 2)))
    assert ties.letters == ("b", "", "a")
    assert ties.ranks == ((2, 2), (0, 0), (1, 1))
    assert tie_groups([], apart(0)).groups == ()
    assert tie_groups([np.nan], apart(1)).groups == ()


def test_intervals_that_touch_overlap_and_a_missing_one_overlaps_with_all() -> None:
    differs = apart_by_intervals([0.0, 1.0, 2.5, np.nan], [1.0, 2.0, 3.0, np.nan])
    assert differs.tolist() == apart(4, (0, 2), (1, 2)).tolist()


ends = st.one_of(st.just(np.nan), st.integers(0, 12).map(float))


@given(st.lists(st.tuples(st.integers(-9, 9), ends, st.integers(0, 4)), max_size=9), st.booleans())
def test_letters_of_intervals_are_those_of_their_pairs(
    rows: list[tuple[int, float, int]], higher: bool
) -> None:
    values = [float(value) for value, _, _ in rows]
    lows, highs = [low for _, low, _ in rows], [low + width for _, low, width in rows]
    letters = tie_letters(values, lows, highs, "higher" if higher else "lower")
    if len(rows) > 1:
        pairs = apart_by_intervals(lows, highs)
        assert letters == list(tie_groups(values, pairs, higher).letters)
    else:
        assert letters == [""] * len(rows)


def test_of_very_many_groups_only_that_of_the_best_is_named() -> None:
    values = np.arange(3000.0)
    letters = tie_letters(values, values - 0.6, values + 0.6, "higher")
    assert letters == [""] * 2998 + ["a", "a"]


def test_pairs_that_were_not_tested_are_not_told_apart() -> None:
    p = np.asarray([[np.nan, 0.01, np.nan], [0.01, np.nan, 0.05], [np.nan, 0.05, np.nan]])
    assert apart_by_p_values(p).tolist() == apart(3, (0, 1)).tolist()


def test_near_a_target_the_sides_do_not_matter() -> None:
    values, lows, highs = distance_intervals(
        [8.0, 12.0, 10.5], [7.0, 11.0, 9.5], [9.0, 13.0, 11.0], [10.0, 10.0, 10.0]
    )
    assert values.tolist() == [2.0, 2.0, 0.5]
    assert lows.tolist() == [1.0, 1.0, 0.0]
    assert highs.tolist() == [3.0, 3.0, 1.0]


def test_a_matrix_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="same rows"):
        tie_groups([1.0, 2.0], apart(3))
    crooked = np.zeros((2, 2), dtype=bool)
    crooked[0, 1] = True
    with pytest.raises(InputError, match="B does not differ from A"):
        tie_groups([1.0, 2.0], crooked)


def letters(
    rows: list[tuple[float, float, float]], direction: str, floor: float = 9.0
) -> list[str]:
    means, lows, highs = zip(*rows, strict=True)
    return tie_letters(means, lows, highs, direction, [floor] * len(rows))


def test_rows_that_cannot_be_told_apart_share_a_letter_in_every_direction() -> None:
    low, mid, high, far = (1, 0, 2), (2.5, 1.5, 3.5), (8, 7, 9.5), (4, 3, 5)
    assert letters([low, mid, high], "lower") == ["a", "a", "b"]
    assert letters([low, mid, high], "higher") == ["b", "b", "a"]
    assert letters([low, mid, far], "lower") == ["a", "ab", "b"]
    assert letters([low, high, (10, 9.2, 10.8)], "real") == ["b", "a", "a"]


def test_rows_without_order_value_or_floor_have_no_letter() -> None:
    nan = float("nan")
    assert letters([(1, 0, 2), (nan, nan, nan)], "lower") == ["", ""]
    assert letters([(1, 0, 2), (3, 2, 4), (nan, nan, nan)], "lower") == ["a", "a", ""]
    assert letters([(1, 0, 2), (8, 7, 9)], "") == ["", ""]
    assert letters([(1, 0, 2), (2, 1, 3)], "real", nan) == ["", ""]
    assert tie_letters([], [], [], "lower") == []


def test_a_row_without_an_interval_is_tied_with_all() -> None:
    rows = [(1.0, 0.0, 2.0), (8.0, 7.0, 9.0), (20.0, float("nan"), float("nan"))]
    for direction in ("lower", "higher", "real"):
        first, second, unsure = letters(rows, direction)
        assert not set(first) & set(second)
        assert set(first) & set(unsure) and set(second) & set(unsure)
