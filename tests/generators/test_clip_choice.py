from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.clip_choice import draw_another, draw_of_all


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 70), st.integers(0, 9))
def test_rows_of_all_come_equally_often_and_keep_the_share_of_each_label(known, count, seed):
    labels = np.asarray(known)
    rows = draw_of_all(labels, count, np.random.default_rng(seed))
    times = np.bincount(rows, minlength=len(labels))
    assert len(rows) == count
    assert times.max() - times.min() <= 1
    share = np.bincount(labels[rows], minlength=5) - np.bincount(labels, minlength=5) * (
        count / len(labels)
    )
    assert (np.abs(share) <= 1 + 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 9))
def test_another_row_is_of_the_same_label_and_another_where_there_is_one(known, seed):
    labels = np.asarray(known)
    rows = np.arange(len(labels))
    others = draw_another(labels, rows, np.random.default_rng(seed))
    np.testing.assert_array_equal(labels[others], labels)
    alone = np.bincount(labels)[labels] == 1
    np.testing.assert_array_equal(others == rows, alone)


def test_every_other_row_of_the_label_can_be_the_other_one():
    labels = np.asarray([0, 1, 0, 0, 1])
    drawn = draw_another(labels, np.zeros(200, np.int64), np.random.default_rng(0))
    assert set(drawn.tolist()) == {2, 3}
