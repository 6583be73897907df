from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.experiment.selection import Seen, farthest_first, folds_of, select
from skeletons.errors import InputError


def votes_of(labels: np.ndarray, sure: list[float], classes: int = 2) -> np.ndarray:
    """Votes that give the asked class a probability and the next class the rest."""
    votes = np.zeros((len(labels), classes))
    votes[np.arange(len(labels)), labels] = sure
    votes[np.arange(len(labels)), (labels + 1) % classes] = 1.0 - np.asarray(sure)
    return votes


def test_right_keeps_the_first_that_are_right_and_fills_with_the_surest_of_the_others() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1, 1])
    votes = votes_of(labels, [0.2, 0.6, 0.9, 0.7, 0.1, 0.4, 0.3])
    chosen = select("right", labels, np.array([2, 2]), votes)
    assert chosen.rows.tolist() == [1, 2, 5, 6]
    assert chosen.right.tolist() == [False, True, True, True, False, False, False]
    assert chosen.filled == 2


def test_clear_keeps_the_surest() -> None:
    labels = np.zeros(4, dtype=np.int64)
    votes = votes_of(labels, [0.6, 0.55, 0.99, 0.8])
    assert select("clear", labels, np.array([2, 0]), votes).rows.tolist() == [2, 3]


def test_new_keeps_what_is_far_from_the_split_and_from_each_other() -> None:
    labels = np.zeros(5, dtype=np.int64)
    votes = votes_of(labels, [0.9, 0.9, 0.9, 0.9, 0.1])
    features = np.array([[0.1], [5.0], [5.1], [-3.0], [100.0]])
    real = np.array([[0.0], [0.5]])
    chosen = select(
        "new", labels, np.array([2, 0]), votes, [features], [real], np.zeros(2, dtype=np.int64)
    )
    assert chosen.rows.tolist() == [2, 3], "not the near one, not a neighbour, not a wrong one"


def test_a_class_of_which_too_few_were_drawn_is_told() -> None:
    with pytest.raises(InputError, match="3 clips of class 1 are to be kept, 1 were drawn"):
        select("right", np.array([0, 1]), np.array([1, 3]), np.full((2, 2), 0.5))


def test_votes_are_the_geometric_mean_over_those_who_know_the_class() -> None:
    probabilities = np.array([[[0.8, 0.2]], [[0.2, 0.8]], [[0.5, 0.5]]])
    all_know = Seen(probabilities, np.ones((3, 2), dtype=bool))
    assert all_know.votes(np.array([0])) == pytest.approx(np.array([[0.5, 0.5]]))
    knows = np.array([[True, True], [False, True], [True, True]])
    expected = np.array([0.4**0.5, 0.1**0.5])
    votes = Seen(probabilities, knows).votes(np.array([0]))
    assert votes[0] == pytest.approx(expected / expected.sum())
    with pytest.raises(InputError, match="no classifier knows class 0"):
        Seen(probabilities, np.array([[False, True]] * 3)).votes(np.array([0]))


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0.0, 1.0)), min_size=8, max_size=60),
    st.sampled_from(["right", "clear", "new"]),
    st.data(),
)
def test_every_rule_keeps_as_many_of_each_class_as_asked_and_no_clip_twice(
    drawn: list[tuple[int, float]], rule: str, data: st.DataObject
) -> None:
    labels = np.array([label for label, _ in drawn])
    counts = np.bincount(labels, minlength=4)
    wanted = np.array([data.draw(st.integers(0, int(count))) for count in counts])
    votes = votes_of(labels, [sure for _, sure in drawn], 4)
    rng = np.random.default_rng(1)
    features, real = rng.normal(size=(len(labels), 2)), rng.normal(size=(6, 2))
    chosen = select(rule, labels, wanted, votes, [features], [real], np.array([0, 0, 1, 1, 2, 2]))
    assert np.bincount(labels[chosen.rows], minlength=4).tolist() == wanted.tolist()
    assert (np.diff(chosen.rows) > 0).all(), "in the order of drawing"
    of_class = [(labels == label) & chosen.right for label in range(4)]
    missing = sum(
        max(0, int(n) - int(good.sum())) for n, good in zip(wanted, of_class, strict=True)
    )
    assert chosen.filled == missing


@given(st.integers(1, 12), st.integers(0, 5), st.integers(0, 100))
def test_farthest_first_is_the_greedy_choice(size: int, reals: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    clips, real = rng.normal(size=(size, 3)), rng.normal(size=(reals, 3))
    chosen = farthest_first([(clips, real)], size).tolist()
    assert sorted(chosen) == list(range(size))
    for place in range(1 if reals else 2, size):
        there = np.concatenate([real, clips[chosen[:place]]])
        away = np.linalg.norm(clips[:, None] - there[None], axis=-1).min(axis=1)
        away[chosen[:place]] = -1.0
        assert away[chosen[place]] == pytest.approx(away.max())


def test_a_view_of_large_numbers_does_not_outweigh_another() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(30, 4)), rng.normal(size=(30, 4))
    real, beside = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    small = farthest_first([(one, real), (other, beside)], 10)
    large = farthest_first([(one, real), (1000.0 * other, 1000.0 * beside)], 10)
    assert small.tolist() == large.tolist()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=50), st.integers(2, 6))
def test_folds_are_even_within_classes_and_over_all(labels: list[int], folds: int) -> None:
    of = np.asarray(labels, dtype=np.int64)
    fold = folds_of(of, folds, 3)
    assert np.array_equal(fold, folds_of(of, folds, 3))
    for label in set(labels):
        counts = np.bincount(fold[of == label], minlength=folds)
        assert counts.max() - counts.min() <= 1
    counts = np.bincount(fold, minlength=folds)
    assert counts.max() - counts.min() <= 1
