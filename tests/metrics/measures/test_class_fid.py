"""FID of each class: closed forms, shrinkage, and classes with few clips."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.measures.class_fid import class_fid, class_moments, shrunken_moments
from metrics.measures.fid import frechet_distance, moments
from metrics.value import Undefined
from skeletons.errors import InputError

MEANS = np.array([0.0, 3.0, -1.0])


def clips(count, size=4, seed=0, shift=0.0, spread=1.0, classes=3):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(classes), count))
    features = MEANS[labels, None] + shift + spread * rng.normal(size=(len(labels), size))
    return features, labels


def test_two_gaussians_have_the_closed_form():
    real = class_moments(*clips(40_000, seed=1), classes=3)
    fake = class_moments(*clips(40_000, seed=2, shift=0.5, spread=1.5), classes=3)
    found = class_fid(real, fake)
    assert found.values == pytest.approx([4 * (0.5**2 + 0.5**2)] * 3, rel=0.03)
    assert found.mean == pytest.approx(np.mean(found.values))


def test_a_class_that_moved_is_found_though_the_others_stay():
    features, labels = clips(200, seed=3)
    moved = np.where((labels == 1)[:, None], features + 2.0, features)
    real = class_moments(features, labels, 3)
    found = class_fid(real, class_moments(moved, labels, 3))
    assert found.values == pytest.approx([0.0, 16.0, 0.0], abs=1e-9)


def test_shrinkage_goes_to_zero_with_the_number_of_clips():
    rng, scales = np.random.default_rng(4), np.array([0.2, 1.0, 3.0, 5.0])
    shrunk = []
    for count in (10, 100, 10_000):
        features = scales * rng.normal(size=(count, 4))
        plain, found = moments(features), shrunken_moments(features)
        sphere = np.trace(plain.covariance) / 4 * np.eye(4)
        # found = (1 - s) plain + s sphere: the same s in each entry.
        away, offset = sphere - plain.covariance, found.covariance - plain.covariance
        intensity = (offset * away).sum() / (away * away).sum()
        np.testing.assert_allclose(offset, intensity * away, atol=1e-9)
        np.testing.assert_array_equal(found.mean, plain.mean)
        shrunk.append(intensity)
    assert 1.0 > shrunk[0] > 5 * shrunk[1] > 5 * shrunk[2] > 0.0
    assert shrunk[2] < 1e-3


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(2, 30), size=st.integers(1, 20))
def test_the_intensity_is_that_of_chen_et_al(seed, count, size):
    """Equation 23 of Chen et al. 2010, for large D as scikit-learn has it: without 2 / D."""
    features = np.random.default_rng(seed).normal(size=(count, size)) * np.arange(1, size + 1)
    plain, found = moments(features), shrunken_moments(features)
    covariance = plain.covariance
    squares, square = np.trace(covariance @ covariance), np.trace(covariance) ** 2
    below = (count + 1) * (squares - square / size)
    intensity = 1.0 if below <= 1e-12 * square else min(1.0, (squares + square) / below)
    expected = (1.0 - intensity) * covariance
    expected += intensity * np.trace(covariance) / size * np.eye(size)
    np.testing.assert_allclose(found.covariance, expected, atol=1e-9 * np.trace(covariance))


@pytest.mark.parametrize("count", [2, 3, 10, 63])
def test_fewer_clips_than_features_have_full_rank_and_a_finite_distance(count):
    real = class_moments(*clips(count, size=64, seed=5), classes=3)
    fake = class_moments(*clips(count, size=64, seed=6), classes=3)
    for part in real:
        assert np.linalg.eigvalsh(part.covariance).min() > 1e-3
    for value in class_fid(real, fake).values:
        assert isinstance(value, float)
        assert 0.0 <= value < 64 * 10


def test_shrinking_takes_most_of_the_bias_of_few_round_clips():
    truth = class_moments(*clips(5000, size=64, seed=7), classes=3)
    features, labels = clips(20, size=64, seed=8)
    shrunk = class_fid(truth, class_moments(features, labels, 3))
    for label in range(3):
        plain = frechet_distance(truth[label], moments(features[labels == label]))
        assert shrunk.values[label] < 0.3 * plain


def test_an_absent_class_is_undefined_and_left_out_of_the_mean():
    features, labels = clips(50, seed=9)
    real = class_moments(features, labels, 4)
    found = class_fid(real, class_moments(features[labels != 0] + 1.0, labels[labels != 0], 4))
    assert str(found.values[0]) == "undefined (no synthetic clips of this class)"
    assert str(found.values[3]) == "undefined (no real clips of this class)"
    assert found.values[1:3] == pytest.approx([4.0, 4.0])
    assert found.mean == pytest.approx(4.0)


def test_a_class_of_one_clip_has_no_covariance():
    features, labels = clips(50, seed=10)
    keep = (labels != 2) | (np.cumsum(labels == 2) == 1) & (labels == 2)
    real = class_moments(features, labels, 3)
    few = class_moments(features[keep], labels[keep], 3)
    for found, name in ((class_fid(real, few), "synthetic"), (class_fid(few, real), "real")):
        assert str(found.values[2]) == f"undefined (1 {name} clip of this class has no covariance)"


def test_without_any_defined_class_there_is_no_mean():
    nothing = class_moments(np.zeros((0, 3)), np.zeros(0, dtype=np.int64), 2)
    found = class_fid(nothing, nothing)
    assert isinstance(found.mean, Undefined)
    assert all(isinstance(value, Undefined) for value in found.values)


def test_identical_sets_are_at_zero_and_frozen_clips_are_not():
    features, labels = clips(30, size=40, seed=11)
    real = class_moments(features, labels, 3)
    assert class_fid(real, real).values == pytest.approx([0.0] * 3, abs=1e-9)
    frozen = class_moments(MEANS[labels, None] + np.zeros((1, 40)), labels, 3)
    assert min(class_fid(real, frozen).values) > 10.0


def test_input_that_means_nothing_is_refused():
    features, labels = clips(5)
    with pytest.raises(InputError, match="not all of 2 classes"):
        class_moments(features, labels, 2)
    with pytest.raises(InputError, match="not all of 3 classes"):
        class_moments(features, labels - 1, 3)
    with pytest.raises(InputError, match="labels of shape"):
        class_moments(features, labels[:-1], 3)
    with pytest.raises(InputError, match="3 real classes"):
        class_fid(class_moments(features, labels, 3), class_moments(features, labels, 4))
