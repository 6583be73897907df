"""Entropy and divergence of recognized classes, against closed forms and scipy."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from metrics.measures.label_distribution import label_divergence, label_entropy
from metrics.value import Undefined
from skeletons.errors import InputError

CLASSES = 6
label_lists = st.lists(st.integers(0, CLASSES - 1), min_size=1, max_size=60)


def labels_of(counts: list[int], times: int = 1) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), np.asarray(counts) * times)


def number(value: object) -> float:
    assert isinstance(value, float)
    return value


def test_equally_many_clips_of_c_classes_have_entropy_ln_c():
    for classes in (1, 2, 12):
        assert label_entropy(labels_of([7] * classes)) == pytest.approx(
            math.log(classes), abs=1e-12
        )


def test_the_entropy_of_a_known_case():
    expected = 0.5 * math.log(2) + 0.5 * math.log(4)
    assert label_entropy(np.array([0, 0, 3, 5])) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(found=label_lists)
def test_the_entropy_is_that_of_scipy_between_0_and_ln_c(found):
    value = number(label_entropy(np.asarray(found)))
    assert value == pytest.approx(stats.entropy(np.bincount(found)), rel=1e-9, abs=1e-12)
    assert 0.0 <= value <= math.log(CLASSES) + 1e-12
    assert math.copysign(1.0, value) == 1.0


@settings(max_examples=100, deadline=None)
@given(predicted=label_lists, requested=label_lists)
def test_the_divergence_is_that_of_scipy_with_half_a_clip_more_a_class(predicted, requested):
    value = number(label_divergence(np.asarray(predicted), np.asarray(requested), CLASSES))
    p, q = (np.bincount(each, minlength=CLASSES) + 0.5 for each in (predicted, requested))
    assert value == pytest.approx(stats.entropy(p, q), rel=1e-6, abs=1e-12)
    assert 0.0 <= value <= math.log(2 * len(requested) + CLASSES)


@settings(max_examples=50, deadline=None)
@given(requested=label_lists, seed=st.integers(0, 10**6))
def test_the_same_clips_in_any_order_diverge_by_exactly_0(requested, seed):
    array = np.asarray(requested)
    shuffled = np.random.default_rng(seed).permutation(array)
    assert label_divergence(shuffled, array, CLASSES) == 0.0


def test_many_clips_approach_the_closed_form_without_smoothing():
    requested, predicted = [1, 1, 2], [2, 1, 1]
    exact = 0.5 * math.log(2) + 0.25 * math.log(1) + 0.25 * math.log(0.5)
    errors = []
    for times in (10, 100, 1000):
        value = label_divergence(labels_of(predicted, times), labels_of(requested, times), 3)
        errors.append(abs(number(value) - exact))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-3 * exact


def test_the_direction_is_from_the_requested_to_the_predicted_classes():
    collapsed, even = labels_of([100, 0]), labels_of([50, 50])
    assert label_divergence(collapsed, even, 2) == pytest.approx(math.log(2), rel=0.05)
    backwards = -math.log(2) - 0.5 * math.log(100.5 / 101 * 0.5 / 101)
    assert label_divergence(even, collapsed, 2) == pytest.approx(backwards, rel=1e-9)


def test_a_class_that_nobody_asked_for_costs_more_the_more_clips_show_it_but_stays_finite():
    requested = labels_of([50, 50, 0])
    values = [
        number(label_divergence(labels_of([50 - stray, 50, stray]), requested, 3))
        for stray in (0, 1, 5, 25, 50)
    ]
    assert values[0] == 0.0
    assert all(less < more for less, more in pairwise(values))
    assert math.isfinite(values[-1])


def test_swapped_classes_are_not_seen_by_the_divergence_as_its_docstring_says():
    labels = labels_of([10, 10])
    assert label_divergence(1 - labels, labels, 2) == 0.0


def test_without_clips_there_is_no_distribution():
    nothing, some = np.zeros(0, dtype=np.int64), np.array([0, 1])
    assert label_entropy(nothing) == Undefined("no clips")
    assert label_divergence(nothing, some, 2) == Undefined("no predicted labels")
    assert label_divergence(some, nothing, 2) == Undefined("no requested labels")


def test_a_label_that_is_no_class_is_refused():
    with pytest.raises(InputError, match="predicted labels hold class 2, there are 2 classes"):
        label_divergence(np.array([2]), np.array([0]), 2)
    with pytest.raises(InputError, match="requested labels hold class -1"):
        label_divergence(np.array([0]), np.array([-1]), 2)
