"""What follows from a classifier two-sample test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from benchmark.statistics.two_sample import area_under_curve, told_apart

Told = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _alone(right: int, count: int) -> Told:
    """Independent clips of which some are told right."""
    rows = np.arange(count)
    return rows < right, rows % 2 == 0, rows // 2 % 2, rows.astype(str)


@pytest.mark.parametrize(("right", "count"), [(0, 8), (6, 8), (30, 60), (44, 60), (60, 60)])
def test_independent_clips_have_the_exact_binomial_interval_and_test_of_one_half(
    right: int, count: int
) -> None:
    told = told_apart(*_alone(right, count))
    exact = stats.binomtest(right // 2, count // 2, 0.5, alternative="greater")
    both = stats.binomtest(right // 2, count // 2, 0.5)
    low, high = both.proportion_ci(0.95, "exact")
    assert told.accuracy == right / count
    assert (told.clips, told.groups, told.effective) == (count, count, count / 2)
    assert (told.low, told.high) == pytest.approx((low, high))
    assert told.p_value == pytest.approx(exact.pvalue)


def test_people_who_are_told_alike_count_as_few_clips() -> None:
    correct = np.repeat([1, 1, 1, 0, 0, 1, 1, 0], 10).astype(bool)
    synthetic, half = np.repeat([False, True], 40), np.tile(np.repeat([0, 1], 20), 2)
    people = np.repeat([f"person {row}" for row in range(8)], 10)
    told, alone = told_apart(correct, synthetic, half, people), told_apart(*_alone(50, 80))
    assert told.accuracy == alone.accuracy and told.groups == 8
    assert told.effective < 4.0
    assert told.low < alone.low and told.high > alone.high and told.p_value > alone.p_value
    pairs = np.asarray([f"{person}, {row % 10 // 2}" for row, person in enumerate(people)])
    assert told.effective < told_apart(correct, synthetic, half, pairs).effective < 40.0


def test_clips_of_one_person_count_as_one() -> None:
    correct, synthetic = np.arange(40) % 4 > 0, np.arange(40) < 20
    told = told_apart(correct, synthetic, np.arange(40) // 2 % 2, np.where(synthetic, "a", "b"))
    assert told.effective < 2.0 and told.low < 0.1 and told.high > 0.99


def test_everything_right_is_no_certainty() -> None:
    people = np.repeat([f"person {row}" for row in range(8)], 5)
    half = np.repeat([0, 1, 0, 1], 10)
    told = told_apart(np.ones(40, dtype=bool), np.arange(40) < 20, half, people)
    assert told.high == 1.0 and 0.8 < told.low < 0.9 and told.p_value < 1e-5


def test_the_area_is_that_of_each_half_for_itself() -> None:
    rng = np.random.default_rng(0)
    synthetic, half = np.arange(90) % 2 == 0, (np.arange(90) >= 30).astype(int)
    score = np.round(rng.normal(size=90) + 0.7 * synthetic, 1) + 100.0 * half
    areas = [roc_auc_score(synthetic[half == one], score[half == one]) for one in (0, 1)]
    found = area_under_curve(score, synthetic, half)
    assert found == pytest.approx((areas[0] + 2.0 * areas[1]) / 3.0)


@pytest.mark.parametrize(("people", "numbers"), [(0, 3), (0, 40), (12, 5), (20, 3)])
def test_the_interval_holds_one_half_where_there_is_no_difference(
    people: int, numbers: int
) -> None:
    """Linear classifiers of Gaussian numbers, cross-fitted as networks are; ``people`` of each kind
    have a mean of their own, 0 for clips of nobody."""
    rng, draws, covered, above = np.random.default_rng(people + numbers), 400, 0, 0
    rows = np.arange(160)
    kind, half = rows % 2, rows // 2 % 2
    member = rows // 4 % (people // 2) if people else rows // 4
    group = member * 4 + half * 2 + kind
    for _ in range(draws):
        clips = rng.normal(size=(160, numbers))
        if people:
            clips += rng.normal(size=(4 * people, numbers))[group]
        correct = np.zeros(160, dtype=bool)
        for number in (0, 1):
            other, mine = half != number, half == number
            wanted = 2.0 * kind[other] - 1.0
            weights = np.linalg.lstsq(clips[other], wanted, rcond=None)[0]
            correct[mine] = (clips[mine] @ weights > 0.0) == (kind[mine] == 1)
        told = told_apart(correct, kind == 1, half, group.astype(str))
        covered += told.low <= 0.5 <= told.high
        above += told.p_value < 0.05
    # Never too narrow; how much too wide hangs on how far the halves agree.
    assert covered / draws >= 0.94
    assert above / draws <= 0.055
