"""Nearest neighbours against scikit-learn's trees and by hand, with copies and ties."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from sklearn.neighbors import NearestNeighbors

from metrics.measures import neighbours
from metrics.measures.neighbours import distance_blocks, nearest, nearest_other, neighbour_radii
from skeletons.errors import InputError


@pytest.fixture(params=[1, 57, neighbours.BLOCK], ids=["row by row", "small blocks", "one block"])
def _block(request, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", request.param)


@pytest.mark.usefixtures("_block")
@pytest.mark.parametrize("k", [1, 5, 29])
def test_radii_are_those_of_scikit_learns_trees_in_blocks_of_any_size(k):
    points = np.random.default_rng(0).normal(size=(30, 12))
    tree = NearestNeighbors(n_neighbors=k, algorithm="kd_tree").fit(points)
    distances, _ = tree.kneighbors()
    np.testing.assert_allclose(neighbour_radii(points, k), distances[:, -1], rtol=1e-10)


@pytest.mark.parametrize("points", [1, 2, 5, 300])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_the_nearest_is_that_of_a_tree(points, offset):
    rng = np.random.default_rng(0)
    queries = offset + rng.normal(size=(40, 12))
    among = offset + rng.normal(size=(points, 12))
    distances, rows = nearest(queries, among)
    expected, indices = cKDTree(among).query(queries)
    np.testing.assert_allclose(distances, expected, rtol=1e-10)
    np.testing.assert_array_equal(rows, indices)
    assert (distances.dtype, rows.dtype) == (np.float64, np.int64)


@pytest.mark.parametrize("points", [2, 5, 300])
def test_the_nearest_other_point_is_that_of_a_tree(points):
    among = np.random.default_rng(1).normal(size=(points, 12))
    distances, rows = nearest_other(among)
    expected, indices = cKDTree(among).query(among, k=2)
    np.testing.assert_allclose(distances, expected[:, 1], rtol=1e-10)
    np.testing.assert_array_equal(rows, indices[:, 1])
    np.testing.assert_allclose(distances, neighbour_radii(among, 1), rtol=1e-10)


def test_a_row_is_not_its_own_neighbour_but_its_copy_is():
    points = np.random.default_rng(1).normal(size=(20, 6))
    points[13] = points[4]
    distances, rows = nearest_other(points)
    assert (rows != np.arange(20)).all()
    assert (rows[4], rows[13]) == (13, 4)
    assert np.flatnonzero(distances == 0.0).tolist() == [4, 13]
    assert np.flatnonzero(neighbour_radii(points, 1) == 0.0).tolist() == [4, 13]


def test_a_row_with_more_copies_than_candidates_is_not_its_own_neighbour():
    distances, rows = nearest_other(np.ones((9, 3)))
    assert (rows != np.arange(9)).all()
    assert (distances == 0.0).all()


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
    distances, rows = nearest(points[order], points)
    assert (distances == 0.0).all()
    np.testing.assert_array_equal(points[rows], points[order])


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


def test_of_equally_near_points_the_first_is_taken():
    points = np.array([[2.0], [-1.0], [1.0], [-1.0]])
    distances, rows = nearest(np.array([[0.0]]), points)
    assert (distances.tolist(), rows.tolist()) == ([1.0], [1])


def test_a_near_copy_is_told_from_a_copy():
    point = np.full((1, 256), 100.0)
    moved = point.copy()
    moved[0, 0] += 1e-9
    assert nearest(moved, point)[0][0] == pytest.approx(1e-9, rel=1e-4)


def test_memory_stays_below_the_product_of_the_sets():
    points = np.random.default_rng(2).normal(size=(6000, 4))
    nearest(points[:9], points[:9])  # imports are not counted
    tracemalloc.start()
    nearest(points, points)
    nearest_other(points)
    searched = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    neighbour_radii(points, 2)
    measured = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert searched < 6000 * 6000 * 8 / 20
    assert measured < 2.5 * neighbours.BLOCK * 8


def test_no_queries_have_no_neighbours():
    distances, rows = nearest(np.zeros((0, 3)), np.zeros((4, 3)))
    assert distances.shape == rows.shape == (0,)


@pytest.mark.parametrize(
    ("queries", "points", "words"),
    [
        ((3, 2), (0, 2), "no points to be near to"),
        ((3, 2), (4, 3), "2 features, the points 3"),
        ((3,), (4, 3), "queries have shape"),
        ((3, 2), (4,), "points have shape"),
    ],
)
def test_sets_that_do_not_fit_are_named(queries, points, words):
    with pytest.raises(InputError, match=words):
        nearest(np.zeros(queries), np.zeros(points))


def test_nan_is_near_to_nothing_and_one_point_has_no_other():
    points = np.zeros((4, 2))
    points[2, 1] = np.nan
    with pytest.raises(InputError, match="points hold NaN"):
        nearest(np.zeros((1, 2)), points)
    with pytest.raises(InputError, match="1 points have no 1 neighbours"):
        neighbour_radii(np.zeros((1, 2)), 1)
    with pytest.raises(InputError, match="1 points have no other points"):
        nearest_other(np.zeros((1, 2)))
