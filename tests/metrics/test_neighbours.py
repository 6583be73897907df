"""Nearest neighbours against scikit-learn and by hand, with copies and ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from metrics import neighbours
from metrics.neighbours import distance_blocks, nearest, neighbour_radii
from skeletons.errors import InputError


@pytest.fixture(params=[1, 57, neighbours.BLOCK], ids=["row by row", "small blocks", "one block"])
def _block(request, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", request.param)


@pytest.mark.usefixtures("_block")
@pytest.mark.parametrize("k", [1, 5, 30])
def test_equals_scikit_learn_in_blocks_of_any_size(k):
    rng = np.random.default_rng(0)
    queries, points = rng.normal(size=(40, 12)), rng.normal(size=(30, 12))
    found = nearest(queries, points, k)
    expected = NearestNeighbors(n_neighbors=k, algorithm="kd_tree").fit(points)
    distances, indices = expected.kneighbors(queries)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-10)
    np.testing.assert_array_equal(found.indices, indices)


@pytest.mark.usefixtures("_block")
def test_a_row_is_not_its_own_neighbour_but_its_copy_is():
    points = np.random.default_rng(1).normal(size=(20, 6))
    points[13] = points[4]
    found = nearest(points, points, k=3, exclude_self=True)
    assert (found.indices != np.arange(20)[:, None]).all()
    assert found.indices[4, 0] == 13 and found.indices[13, 0] == 4
    assert np.flatnonzero(found.distances[:, 0] == 0.0).tolist() == [4, 13]
    np.testing.assert_array_equal(neighbour_radii(points, 3), found.distances[:, 2])


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(1, 70),
    offset=st.sampled_from([0.0, 1.0, 1e6]),
    kind=st.sampled_from([np.float32, np.float64]),
)
def test_copies_are_exactly_at_zero_however_far_from_the_origin(seed, size, offset, kind):
    rng = np.random.default_rng(seed)
    points = (offset + rng.normal(size=(50, size))).astype(kind)
    order = rng.permutation(50)
    found = nearest(points[order], points)
    assert (found.distances == 0.0).all()
    np.testing.assert_array_equal(points[found.indices[:, 0]], points[order])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 70), rows=st.integers(1, 9))
def test_a_distance_depends_on_its_two_vectors_only(seed, size, rows):
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(23, size)), rng.normal(size=(rows, size))
    ((_, there),) = distance_blocks(first, second)
    ((_, back),) = distance_blocks(second, first)
    ((_, alone),) = distance_blocks(first[7:8], second[::-1])
    np.testing.assert_array_equal(there, back.T)
    np.testing.assert_array_equal(there[7], alone[0, ::-1])


def test_of_equally_near_points_the_first_ones_are_taken():
    points = np.array([[2.0], [-1.0], [1.0], [-1.0], [1.0], [0.5]])
    found = nearest(np.array([[0.0]]), points, k=4)
    assert found.indices.tolist() == [[5, 1, 2, 3]]
    assert found.distances.tolist() == [[0.5, 1.0, 1.0, 1.0]]
    assert nearest(np.zeros((2, 3)), np.ones((9, 3)), k=1).indices.tolist() == [[0], [0]]


def test_a_near_copy_is_told_from_a_copy():
    point = np.full((1, 256), 100.0)
    moved = point.copy()
    moved[0, 0] += 1e-9
    assert nearest(moved, point).distances[0, 0] == pytest.approx(1e-9, rel=1e-4)


def test_memory_stays_below_the_product_of_the_sets():
    import tracemalloc

    points = np.random.default_rng(2).normal(size=(30_000, 1))
    queries = points[:2000]
    tracemalloc.start()
    nearest(queries, points, k=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.4 * queries.size * points.size * 8


def test_no_queries_have_no_neighbours():
    found = nearest(np.zeros((0, 3)), np.zeros((4, 3)), k=2)
    assert found.distances.shape == found.indices.shape == (0, 2)


@pytest.mark.parametrize(
    ("queries", "points", "k", "exclude_self", "words"),
    [
        ((3, 2), (4, 2), 5, False, "5 nearest neighbours of 4 points"),
        ((4, 2), (4, 2), 4, True, "4 nearest neighbours of 3 points"),
        ((4, 2), (4, 2), 0, False, "0 nearest"),
        ((3, 2), (4, 2), 1, True, "no self"),
        ((3, 2), (4, 3), 1, False, "2 features, the points 3"),
        ((3,), (4, 3), 1, False, "queries have shape"),
    ],
)
def test_sets_that_do_not_fit_are_named(queries, points, k, exclude_self, words):
    with pytest.raises(InputError, match=words):
        nearest(np.zeros(queries), np.zeros(points), k, exclude_self)


def test_nan_is_near_to_nothing_and_one_point_has_no_radius():
    points = np.zeros((4, 2))
    points[2, 1] = np.nan
    with pytest.raises(InputError, match="points hold NaN"):
        nearest(np.zeros((1, 2)), points)
    with pytest.raises(InputError, match="1 points have no 1 neighbours"):
        neighbour_radii(np.zeros((1, 2)), 1)
