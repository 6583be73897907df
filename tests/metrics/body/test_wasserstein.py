"""The Wasserstein distance of many columns, against scipy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from metrics.body import wasserstein
from metrics.body.wasserstein import wasserstein_1
from skeletons.errors import InputError


@settings(max_examples=80, deadline=None)
@given(first=st.integers(1, 40), second=st.integers(1, 40), seed=st.integers(0, 10**6))
def test_each_column_has_the_distance_that_scipy_gives(first, second, seed):
    rng = np.random.default_rng(seed)
    one = rng.normal(size=(first, 3, 2))
    other = np.round(rng.normal(1.0, 2.0, size=(second, 3, 2)), 1)
    distance = wasserstein_1(one, other)
    assert distance.shape == (3, 2)
    for row in range(3):
        for column in range(2):
            expected = wasserstein_distance(one[:, row, column], other[:, row, column])
            assert distance[row, column] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(shift=st.floats(-100, 100), seed=st.integers(0, 10**6))
def test_a_shift_of_a_sample_is_as_far_as_it_was_shifted(shift, seed):
    sample = np.random.default_rng(seed).normal(size=17)
    assert wasserstein_1(sample, sample + shift) == pytest.approx(abs(shift), rel=1e-9, abs=1e-12)


def test_a_sample_has_no_distance_to_itself_in_any_order_or_number_of_copies():
    sample = np.random.default_rng(0).normal(size=(7, 2))
    assert (wasserstein_1(sample, sample[::-1]) == 0.0).all()
    assert (wasserstein_1(sample, np.repeat(sample, 3, axis=0)) == 0.0).all()


def test_columns_that_wait_for_their_turn_have_the_same_distance(monkeypatch):
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(50, 11)), rng.normal(size=(30, 11))
    at_once = wasserstein_1(one, other)
    monkeypatch.setattr(wasserstein, "CHUNK", 150)
    assert np.array_equal(wasserstein_1(one, other), at_once)


def test_single_precision_samples_are_subtracted_in_double_precision():
    one = np.full((3, 1), 1.0, np.float32)
    other = np.full((2, 1), np.float32(1.0) + np.finfo(np.float32).eps, np.float32)
    assert wasserstein_1(one, other)[0] == np.finfo(np.float32).eps


def test_samples_that_cannot_be_compared_are_refused():
    with pytest.raises(InputError, match="0 and 3 samples have no distance"):
        wasserstein_1(np.zeros((0, 2)), np.zeros((3, 2)))
    with pytest.raises(InputError, match=r"shape \(2,\) and \(3,\)"):
        wasserstein_1(np.zeros((4, 2)), np.zeros((4, 3)))
