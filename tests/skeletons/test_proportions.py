from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skeletons.proportions import largest_remainder


@pytest.mark.parametrize(
    ("exact", "total", "shares"),
    [
        ([16.4, 32.8, 0.0, 50.8], 100, [16, 33, 0, 51]),
        ([2.0, 3.0], 5, [2, 3]),
        ([0.4, 0.3, 0.3], 1, [1, 0, 0]),
        ([0.0, 0.0], 0, [0, 0]),
    ],
)
def test_what_rounding_down_leaves_goes_to_the_largest_remainders(exact, total, shares):
    assert largest_remainder(np.asarray(exact), total).tolist() == shares


def test_equal_remainders_are_served_from_the_lower_number_on():
    assert largest_remainder(np.asarray([2.5, 0.5, 1.5, 0.5]), 5).tolist() == [3, 1, 1, 0]
    many = largest_remainder(np.tile([0.5, 0.25], 32), 24)
    assert np.flatnonzero(many).tolist() == list(range(0, 48, 2))


def test_the_total_may_be_what_the_shares_round_to():
    assert largest_remainder(np.asarray([0.5, 0.5, 0.5]), 2).tolist() == [1, 1, 0]
    assert largest_remainder(np.asarray([1.25, 1.0]), 2).tolist() == [1, 1]


def test_an_error_in_the_last_digit_changes_nothing():
    below = np.nextafter(3.0, 0.0)
    assert largest_remainder(np.asarray([below, 1.5, 1.5]), 6).tolist() == [3, 2, 1]


@settings(max_examples=100, deadline=None)
@given(
    total=st.integers(0, 5000),
    weights=st.lists(st.integers(0, 200), min_size=1, max_size=12).filter(any),
)
def test_the_sum_is_exact_and_each_share_is_one_of_its_two_neighbours(total, weights):
    exact = np.asarray(weights) * (total / sum(weights))
    shares = largest_remainder(exact, total)
    assert shares.dtype == np.int64
    assert shares.sum() == total
    assert (np.abs(shares - exact) < 1.0).all()
