"""Accuracy class by class, against scikit-learn and at its edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from metrics.measures.accuracy import accuracy
from metrics.measures.class_accuracy import balanced_accuracy, class_accuracies, confusion_matrix
from metrics.value import Undefined
from skeletons.errors import InputError

CLASSES = 6
pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=80)


def arrays(found: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    both = np.asarray(found, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


@settings(max_examples=100, deadline=None)
@given(found=pairs)
def test_the_confusion_matrix_is_that_of_scikit_learn(found):
    labels, predicted = arrays(found)
    expected = sklearn_metrics.confusion_matrix(labels, predicted, labels=np.arange(CLASSES))
    confusion = confusion_matrix(labels, predicted, CLASSES)
    np.testing.assert_array_equal(confusion, expected)
    assert confusion.dtype == np.int64


@settings(max_examples=100, deadline=None)
@given(found=pairs)
def test_class_accuracies_and_their_mean_are_those_of_a_loop(found):
    labels, predicted = arrays(found)
    confusion = confusion_matrix(labels, predicted, CLASSES)
    present = []
    for label, value in enumerate(class_accuracies(confusion)):
        right = [guess == label for asked, guess in found if asked == label]
        if right:
            present.append(sum(right) / len(right))
            assert value == pytest.approx(present[-1], rel=1e-12)
        else:
            assert value == Undefined("no clips of this class")
    assert balanced_accuracy(confusion) == pytest.approx(np.mean(present), rel=1e-12)


def test_rows_are_the_classes_asked_for_and_columns_those_recognized():
    confusion = confusion_matrix(np.array([0, 0, 1]), np.array([2, 2, 1]), 3)
    assert confusion.tolist() == [[0, 0, 2], [0, 1, 0], [0, 0, 0]]


def test_a_rare_class_that_fails_shows_in_the_balanced_accuracy_only():
    labels = np.repeat([0, 1], [98, 2])
    predicted = np.zeros(100, dtype=np.int64)
    assert accuracy(labels, predicted) == 0.98
    assert balanced_accuracy(confusion_matrix(labels, predicted, 2)) == 0.5


def test_with_equally_many_clips_a_class_it_is_the_plain_accuracy():
    labels = np.repeat(np.arange(4), 25)
    predicted = np.random.default_rng(0).integers(4, size=100)
    balanced = balanced_accuracy(confusion_matrix(labels, predicted, 4))
    assert balanced == pytest.approx(accuracy(labels, predicted), rel=1e-12)


def test_no_clips_have_no_accuracy_in_any_class():
    nothing = np.zeros(0, dtype=np.int64)
    confusion = confusion_matrix(nothing, nothing, 3)
    assert confusion.tolist() == np.zeros((3, 3)).tolist()
    assert all(isinstance(value, Undefined) for value in class_accuracies(confusion))
    assert isinstance(balanced_accuracy(confusion), Undefined)


@pytest.mark.parametrize(
    ("labels", "predicted", "said"),
    [
        ([0, 3], [0, 0], "labels hold class 3, the data set has 3 classes"),
        ([0, 1], [0, 5], "predictions hold class 5"),
        ([0, -1], [0, 0], "labels hold class -1"),
        ([0, 1], [0], r"shape \(2,\) and predictions \(1,\)"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, predicted, said):
    with pytest.raises(InputError, match=said):
        confusion_matrix(np.array(labels), np.array(predicted), 3)
