"""How many clips of each class a half-sample takes, and which."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.half_samples import draw, drawn_fraction, in_proportion, matched_counts
from skeletons.errors import InputError
from skeletons.seeds import named_rng

counts_lists = st.lists(st.integers(0, 200), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(total=st.integers(0, 5000), prior=counts_lists.filter(any))
def test_a_total_in_proportion_is_exact_in_sum_and_within_one_of_the_share(total, prior):
    counts = in_proportion(total, prior)
    assert counts.sum() == total
    shares = total * np.asarray(prior) / sum(prior)
    assert (np.abs(counts - shares) < 1.0 + 1e-6).all()
    assert (counts[np.asarray(prior) == 0] == 0).all()


def test_a_total_in_proportion_to_a_known_prior():
    assert in_proportion(10, [1, 1, 1]).tolist() == [4, 3, 3]
    assert in_proportion(7, [0.5, 0.25, 0.25]).tolist() == [3, 2, 2]
    with pytest.raises(InputError, match="class prior"):
        in_proportion(3, [0, 0])


@settings(max_examples=100, deadline=None)
@given(data=st.data(), classes=st.integers(1, 8))
def test_a_draw_takes_no_more_than_half_of_a_class_nor_than_the_supply(data, classes):
    sizes = st.lists(st.integers(0, 60), min_size=classes, max_size=classes)
    pool, supply = (np.asarray(data.draw(sizes)) for _ in range(2))
    prior = np.asarray(data.draw(sizes.filter(any)))
    counts = matched_counts(pool, prior, supply)
    most = np.where(pool == 3, 2, np.maximum(pool // 2, pool == 1))
    assert (counts <= most).all()
    assert (counts <= supply).all()
    assert (counts[prior == 0] == 0).all()
    assert drawn_fraction(pool, counts) <= (2 / 3 if (counts[pool == 3] == 2).any() else 0.5)


def test_classes_that_the_pool_has_not_leave_their_share_to_the_others():
    assert matched_counts(np.array([20, 0, 20]), np.array([1, 8, 1])).tolist() == [10, 0, 10]
    assert matched_counts(np.array([0, 20]), np.array([5, 0])).tolist() == [0, 0]


def test_classes_of_three_clips_have_a_spread():
    assert sorted(matched_counts(np.full(4, 3), np.full(4, 7)).tolist()) == [1, 1, 2, 2]


def test_a_pool_with_the_references_prior_gives_exactly_half_of_each_class():
    assert matched_counts(np.array([40, 60, 100]), np.array([2, 3, 5])).tolist() == [20, 30, 50]


@settings(max_examples=50, deadline=None)
@given(labels=st.lists(st.integers(0, 5), max_size=60), seed=st.integers(0, 10**6), data=st.data())
def test_a_draw_has_the_counts_asked_for_without_replacement(labels, seed, data):
    array = np.asarray(labels, dtype=np.int64)
    counts = np.asarray([data.draw(st.integers(0, labels.count(label))) for label in range(6)])
    rows = draw(array, counts, np.random.default_rng(seed))
    assert len(np.unique(rows)) == len(rows) == counts.sum()
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(np.bincount(array[rows], minlength=6), counts)


def test_every_clip_of_a_class_is_drawn_equally_often():
    labels = np.repeat([0, 1], [4, 10])
    drawn = [draw(labels, np.array([1, 5]), named_rng(trial)) for trial in range(4000)]
    shares = np.bincount(np.concatenate(drawn), minlength=14) / 4000
    np.testing.assert_allclose(shares, np.repeat([0.25, 0.5], [4, 10]), atol=0.04)
