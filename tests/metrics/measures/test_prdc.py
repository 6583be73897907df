"""Precision, recall, density and coverage against scikit-learn's neighbours and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from metrics.measures.neighbours import neighbour_radii
from metrics.measures.prdc import Prdc, prdc
from metrics.value import Undefined
from skeletons.errors import InputError


def by_scikit_learn(real, fake, k):
    """The four sums, one radius query a synthetic or real clip."""

    def radii(points):
        model = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(points)
        return model.kneighbors(points)[0][:, -1]

    def balls(centres, points):
        """Whether each point (columns) is in each centre's ball (rows)."""
        within = np.zeros((len(centres), len(points)), dtype=bool)
        model = NearestNeighbors(algorithm="kd_tree").fit(points)
        for row, (centre, radius) in enumerate(zip(centres, radii(centres), strict=True)):
            found = model.radius_neighbors(centre[None], radius, return_distance=False)[0]
            within[row, found] = True
        return within

    around_real, around_fake = balls(real, fake), balls(fake, real)
    return (
        around_real.any(axis=0).mean(),
        around_fake.any(axis=0).mean(),
        around_real.sum() / (k * len(fake)),
        around_real.any(axis=1).mean(),
    )


def as_tuple(found: Prdc):
    return found.precision, found.recall, found.density, found.coverage


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(1, 20),
    counts=st.tuples(st.integers(7, 80), st.integers(7, 80)),
    k=st.integers(1, 6),
    spread=st.sampled_from([0.2, 1.0, 3.0]),
)
def test_equals_an_implementation_with_scikit_learn(seed, size, counts, k, spread):
    rng = np.random.default_rng(seed)
    real = rng.normal(size=(counts[0], size))
    fake = rng.normal(0.3, spread, size=(counts[1], size))
    found = as_tuple(prdc(real, fake, k))
    assert found == pytest.approx(by_scikit_learn(real, fake, k), rel=1e-6)


def test_by_hand_on_a_line():
    real = np.array([[0.0], [1.0], [3.0], [10.0]])  # balls of radius 1, 1, 2, 7
    fake = np.array([[0.5], [2.5], [30.0]])  # balls of radius 2, 2, 27.5
    found = prdc(real, fake, k=1)
    assert found.precision == pytest.approx(2 / 3)
    # 0.5 is in the balls of 0 and 1; 2.5 in that of 3; 30 in none.
    assert found.density == pytest.approx(3 / 3)
    assert found.coverage == pytest.approx(3 / 4)
    # 10 is in the huge ball of the outlier 30, as Naeem et al. 2020 hold against recall.
    assert found.recall == pytest.approx(4 / 4)


@pytest.mark.parametrize("k", [1, 5])
def test_identical_sets_are_all_natural_and_all_covered(k):
    real = np.random.default_rng(0).normal(size=(60, 33))
    found = prdc(real, np.random.default_rng(1).permutation(real), k)
    assert (found.precision, found.recall, found.coverage) == (1.0, 1.0, 1.0)
    # Each clip's ball holds itself and its k neighbours, the last one on the surface.
    assert found.density == pytest.approx(1.0 + 1.0 / k, rel=1e-12)


def test_one_real_clip_copied_covers_only_its_neighbours():
    real = np.random.default_rng(2).normal(size=(400, 3))
    found = prdc(real, np.repeat(real[:1], 200, axis=0))
    assert found.precision == 1.0
    assert found.coverage < 0.1
    assert found.recall == 1 / 400
    assert found.density > 0.5


def test_balls_of_radius_zero_hold_copies():
    real = np.zeros((10, 4))
    assert as_tuple(prdc(real, np.zeros((10, 4)), k=5)) == (1.0, 1.0, 2.0, 1.0)
    assert as_tuple(prdc(real, np.ones((10, 4)), k=5)) == (0.0, 0.0, 0.0, 0.0)


def test_clips_of_the_real_distribution_have_the_expected_values():
    rng = np.random.default_rng(3)
    density, coverage = [], []
    for _ in range(10):
        found = prdc(rng.normal(size=(300, 4)), rng.normal(size=(300, 4)))
        density.append(found.density)
        coverage.append(found.coverage)
    assert np.mean(density) == pytest.approx(1.0, abs=0.05)
    # Naeem et al. 2020, section 3: 1 - prod_(i=1..k) (N - i) / (M + N - i).
    expected = 1.0 - np.prod([(300 - i) / (600 - i) for i in range(1, 6)])
    assert np.mean(coverage) == pytest.approx(expected, abs=0.02)


def test_the_two_sides_swap_precision_and_recall():
    rng = np.random.default_rng(4)
    real, fake = rng.normal(size=(50, 5)), rng.normal(0.5, 0.7, size=(70, 5))
    there, back = prdc(real, fake), prdc(fake, real)
    assert (there.precision, there.recall) == (back.recall, back.precision)


def test_a_shift_far_away_leaves_nothing():
    real = np.random.default_rng(5).normal(size=(50, 5))
    assert as_tuple(prdc(real, real + 1000.0)) == (0.0, 0.0, 0.0, 0.0)


def test_radii_of_the_reference_can_be_computed_once():
    rng = np.random.default_rng(6)
    real, fake = rng.normal(size=(50, 5)), rng.normal(size=(40, 5))
    assert prdc(real, fake, real_radii=neighbour_radii(real, 5)) == prdc(real, fake)
    halved = prdc(real, fake, real_radii=neighbour_radii(real, 5) / 2)
    assert halved.density < prdc(real, fake).density
    with pytest.raises(InputError, match="radii"):
        prdc(real, fake, real_radii=np.ones(40))


def test_few_synthetic_clips_have_no_recall_but_the_rest():
    real, fake = np.random.default_rng(7).normal(size=(2, 50, 5))
    found = prdc(real, fake[:5])
    assert isinstance(found.recall, Undefined)
    assert "5 synthetic clips" in str(found.recall)
    expected = by_scikit_learn(real, np.repeat(fake[:5], 2, axis=0), 5)
    assert (found.precision, found.density, found.coverage) == pytest.approx(
        (expected[0], expected[2], expected[3])
    )


def test_few_real_clips_have_recall_only():
    real, fake = np.random.default_rng(8).normal(size=(2, 50, 5))
    found = prdc(real[:5], fake)
    assert isinstance(found.recall, float)
    for value in (found.precision, found.density, found.coverage):
        assert isinstance(value, Undefined)
        assert "5 real clips" in str(value)


@pytest.mark.parametrize(("real", "fake"), [(0, 9), (9, 0), (0, 0)])
def test_an_empty_side_has_no_value(real, fake):
    for value in as_tuple(prdc(np.zeros((real, 3)), np.zeros((fake, 3)))):
        assert isinstance(value, Undefined)


def test_k_below_one_is_refused():
    with pytest.raises(InputError, match="k is 0"):
        prdc(np.zeros((9, 3)), np.zeros((9, 3)), k=0)
