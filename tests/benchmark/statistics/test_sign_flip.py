"""The sign-flip test against McNemar's, and against all flips counted one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmark.statistics.people import Units
from benchmark.statistics.sign_flip import sign_flip_p_value


@pytest.mark.parametrize(("gained", "lost"), [(9, 2), (1, 0), (5, 5), (300, 240)])
def test_with_one_seed_the_p_value_is_mcnemars(gained: int, lost: int) -> None:
    values = np.asarray([[1] * gained + [-1] * lost + [0] * 40])
    expected = binomtest(gained, gained + lost, 0.5).pvalue
    assert sign_flip_p_value(values) == pytest.approx(expected)


def test_the_p_value_counts_all_sign_flips() -> None:
    values = np.random.default_rng(4).integers(-1, 2, (3, 9))
    sums = values.sum(axis=0)
    signs = np.asarray(np.meshgrid(*[[-1, 1]] * 9)).reshape(9, -1)
    expected = (np.abs(sums @ signs) >= abs(sums.sum())).mean()
    assert sign_flip_p_value(values) == pytest.approx(expected)


def test_people_are_flipped_with_all_of_their_clips() -> None:
    values = np.random.default_rng(5).integers(-1, 2, (3, 54))
    units = Units.of([f"s{clip % 9}" for clip in range(54)])
    sums = units.sums(values).sum(axis=0)
    signs = np.asarray(np.meshgrid(*[[-1, 1]] * 9)).reshape(9, -1)
    expected = (np.abs(sums @ signs) >= abs(sums.sum())).mean()
    assert sign_flip_p_value(units.sums(values)) == pytest.approx(expected)
    assert sign_flip_p_value(units.sums(np.ones((3, 54), np.int64))) == pytest.approx(2 / 2**9)


def test_arms_that_are_right_on_the_same_clips_cannot_be_told_apart() -> None:
    assert sign_flip_p_value(np.zeros((2, 5), np.int64)) == 1.0


def test_an_arm_that_is_right_more_often_on_each_clip_has_two_flips_of_all() -> None:
    assert sign_flip_p_value(np.ones((1, 10), np.int64)) == pytest.approx(2 / 2**10)
    assert sign_flip_p_value(np.ones((3, 10), np.int64)) == pytest.approx(2 / 2**10)
