"""The Fréchet distance against closed forms and an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from metrics.measures.fid import Moments, frechet_distance, moments
from metrics.value import Undefined


def distance(real: Moments, fake: Moments) -> float:
    value = frechet_distance(real, fake)
    assert isinstance(value, float)
    return value


def random_moments(rng: np.random.Generator, size: int, scale: float = 1.0) -> Moments:
    factor = rng.normal(size=(size, size)) * scale
    return Moments(rng.normal(size=size), factor @ factor.T / size, 1000)


def by_sqrtm(real: Moments, fake: Moments) -> float:
    """The textbook formula, by Schur decomposition in complex arithmetic (Higham 1987)."""
    root = sqrtm(real.covariance @ fake.covariance)
    offset = real.mean - fake.mean
    trace = np.trace(real.covariance + fake.covariance - 2.0 * root)
    return float(offset @ offset + trace.real)


def test_moments_are_the_mean_and_the_unbiased_covariance():
    features = np.random.default_rng(0).normal(size=(50, 7))
    found = moments(features.astype(np.float32))
    assert found.count == 50
    assert found.covariance.dtype == np.float64
    np.testing.assert_allclose(found.mean, features.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.covariance, np.cov(features, rowvar=False), atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(
    means=st.tuples(st.floats(-100, 100), st.floats(-100, 100)),
    sigmas=st.tuples(st.floats(1e-3, 100), st.floats(1e-3, 100)),
)
def test_one_dimension_is_the_closed_form(means, sigmas):
    real, fake = (
        Moments(np.array([mean]), np.array([[sigma**2]]), 10)
        for mean, sigma in zip(means, sigmas, strict=True)
    )
    expected = (means[0] - means[1]) ** 2 + (sigmas[0] - sigmas[1]) ** 2
    scale = max(expected, sigmas[0] ** 2, sigmas[1] ** 2)
    assert distance(real, fake) == pytest.approx(expected, abs=1e-12 * scale)


def test_diagonal_covariances_are_the_closed_form():
    rng = np.random.default_rng(1)
    sigmas, means = rng.uniform(0.1, 3.0, (2, 30)), rng.normal(size=(2, 30))
    real, fake = (Moments(means[side], np.diag(sigmas[side] ** 2), 10) for side in (0, 1))
    expected = ((means[0] - means[1]) ** 2 + (sigmas[0] - sigmas[1]) ** 2).sum()
    assert distance(real, fake) == pytest.approx(expected, rel=1e-10)


def test_a_translation_adds_its_squared_length():
    features = np.random.default_rng(2).normal(size=(100, 12))
    shift = np.arange(12.0)
    moved = moments(features + shift)
    assert distance(moments(features), moved) == pytest.approx(shift @ shift, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 40), scale=st.sampled_from([1e-3, 1.0, 1e3]))
def test_equals_scipys_sqrtm_and_is_symmetric(seed, size, scale):
    rng = np.random.default_rng(seed)
    real, fake = random_moments(rng, size, scale), random_moments(rng, size, scale)
    value = distance(real, fake)
    assert value == pytest.approx(by_sqrtm(real, fake), rel=1e-6)
    assert value == pytest.approx(distance(fake, real), rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(2, 20))
def test_a_rotation_of_all_features_changes_nothing(seed, size):
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(60, size)), rng.normal(0.5, 2.0, size=(60, size))
    rotation = np.linalg.qr(rng.normal(size=(size, size)))[0]
    assert distance(moments(real @ rotation), moments(fake @ rotation)) == pytest.approx(
        distance(moments(real), moments(fake)), rel=1e-8
    )


@pytest.mark.parametrize("count", [2, 10, 64, 300])
def test_identical_sets_are_at_zero_also_with_fewer_clips_than_features(count):
    found = moments(np.random.default_rng(3).normal(size=(count, 64)))
    assert distance(found, found) == pytest.approx(0.0, abs=1e-6 * np.trace(found.covariance))


def test_sets_of_lower_rank_have_the_distance_of_the_space_they_span():
    rng = np.random.default_rng(4)
    low = rng.normal(size=(2, 40, 5)) * [[[1.0]], [[2.0]]]
    basis = np.linalg.qr(rng.normal(size=(64, 5)))[0].T
    expected = distance(moments(low[0]), moments(low[1]))
    assert distance(moments(low[0] @ basis), moments(low[1] @ basis)) == pytest.approx(
        expected, rel=1e-6
    )


def test_orthogonal_supports_share_no_root():
    real = Moments(np.zeros(2), np.diag([4.0, 0.0]), 10)
    fake = Moments(np.zeros(2), np.diag([0.0, 9.0]), 10)
    assert distance(real, fake) == pytest.approx(13.0)


def test_is_biased_upwards_for_few_clips_as_the_floor_shows():
    rng = np.random.default_rng(5)
    reference = moments(rng.normal(size=(4000, 32)))
    few, many = (moments(rng.normal(size=(count, 32))) for count in (40, 4000))
    assert distance(reference, few) > 10 * distance(reference, many) > 0.0


@pytest.mark.parametrize("count", [0, 1])
def test_a_set_without_a_covariance_has_no_distance(count):
    some, few = moments(np.ones((5, 3))), moments(np.ones((count, 3)))
    for value in (frechet_distance(some, few), frechet_distance(few, some)):
        assert isinstance(value, Undefined)
        assert f"{count} " in str(value)
        assert str(value).startswith("undefined (")
