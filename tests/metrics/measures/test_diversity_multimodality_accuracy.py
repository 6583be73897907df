"""The metrics of single clips and pairs, against loops and at their edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.measures.accuracy import accuracy
from metrics.measures.diversity import diversity
from metrics.measures.multimodality import multimodality
from metrics.value import Undefined


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_diversity_is_the_mean_over_the_pairs_that_a_loop_visits():
    features = rng(1).normal(size=(50, 8))
    draws = rng(7)
    first, step = draws.integers(50, size=200), draws.integers(49, size=200)
    total = 0.0
    for one, shift in zip(first, step, strict=True):
        other = (one + 1 + shift) % 50
        assert other != one
        total += float(np.sqrt(((features[one] - features[other]) ** 2).sum()))
    assert diversity(features, rng(7)) == pytest.approx(total / 200, rel=1e-12)


def test_diversity_estimates_the_mean_distance_of_all_pairs():
    features = rng(2).normal(size=(40, 3))
    distances = np.linalg.norm(features[:, None] - features[None], axis=-1)
    exact = distances.sum() / (40 * 39)
    assert diversity(features, rng(), pairs=200_000) == pytest.approx(exact, rel=0.01)


def test_multimodality_estimates_the_class_mean_of_all_pairs_within_classes():
    features, labels = rng(3).normal(size=(60, 4)), rng(4).integers(3, size=60)
    features *= 1.0 + labels[:, None]
    exact = []
    for label in range(3):
        part = features[labels == label]
        distances = np.linalg.norm(part[:, None] - part[None], axis=-1)
        exact.append(distances.sum() / (len(part) * (len(part) - 1)))
    value = multimodality(features, labels, rng(), pairs=50_000)
    assert value == pytest.approx(np.mean(exact), rel=0.01)


@settings(max_examples=50, deadline=None)
@given(
    labels=st.lists(st.integers(0, 6), min_size=0, max_size=30),
    seed=st.integers(0, 10**6),
)
def test_pairs_lie_within_one_class_and_never_pair_a_clip_with_itself(labels, seed):
    array = np.asarray(labels, dtype=np.int64)
    # One axis a clip: two clips are at sqrt(2), a clip and itself at 0. Another class is far off.
    features = np.hstack([np.eye(len(labels)), 1000.0 * array[:, None]])
    value = multimodality(features, array, rng(seed))
    if any(labels.count(label) >= 2 for label in labels):
        assert value == pytest.approx(np.sqrt(2.0))
    else:
        assert value == Undefined("no class has two clips")


@settings(max_examples=30, deadline=None)
@given(count=st.integers(2, 30), seed=st.integers(0, 10**6))
def test_diversity_never_pairs_a_clip_with_itself(count, seed):
    assert diversity(np.eye(count), rng(seed)) == pytest.approx(np.sqrt(2.0))


def test_classes_that_are_absent_or_have_one_clip_are_left_out_of_multimodality():
    features = np.array([[0.0], [3.0], [100.0], [0.0], [5.0]])
    labels = np.array([1, 1, 4, 6, 6])
    assert multimodality(features, labels, rng()) == pytest.approx(4.0)


def test_without_pairs_the_metrics_are_undefined_and_say_why():
    assert str(diversity(np.zeros((1, 3)), rng())) == "undefined (1 clips have no pairs)"
    nothing = multimodality(np.zeros((0, 3)), np.zeros(0, np.int64), rng())
    assert str(nothing) == "undefined (no class has two clips)"
    assert str(accuracy(np.zeros(0, np.int64), np.zeros(0, np.int64))) == "undefined (no clips)"


def test_accuracy_is_the_share_of_clips_recognized_as_their_label():
    assert accuracy(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2])) == 0.75


def test_equal_clips_have_no_diversity_which_is_a_number():
    assert diversity(np.ones((5, 2)), rng()) == 0.0
    assert multimodality(np.ones((5, 2)), np.zeros(5, np.int64), rng()) == 0.0
