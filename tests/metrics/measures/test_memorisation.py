"""Nearness to the training clips, against all pairs, closed forms and a copier."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import ortho_group

from metrics.measures.memorisation import (
    authenticity,
    copied_share,
    median_distance,
    memory_ratio,
    nearest_training,
    own_distances,
)
from metrics.value import Undefined
from skeletons.errors import InputError

NOTHING = np.zeros(0)


def gaussian(seed: int, count: int, size: int = 16, offset: float = 0.0) -> np.ndarray:
    return offset + np.random.default_rng(seed).normal(size=(count, size))


def ratio(synthetic: np.ndarray, training: np.ndarray, held_out: np.ndarray) -> float:
    value = memory_ratio(
        nearest_training(synthetic, training)[0], nearest_training(held_out, training)[0]
    )
    assert isinstance(value, float)
    return value


def authentic(clips: np.ndarray, training: np.ndarray) -> float:
    value = authenticity(*nearest_training(clips, training), own_distances(training))
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize(("clips", "training"), [(150, 400), (3, 2), (1, 1), (40, 3)])
def test_nearest_clips_are_those_of_all_pairs(clips, training, offset):
    synthetic, real = gaussian(1, clips, offset=offset), gaussian(2, training, offset=offset)
    distances, nearest = nearest_training(synthetic, real)
    pairs = cdist(synthetic, real)
    np.testing.assert_allclose(distances, pairs.min(axis=1), rtol=1e-9)
    np.testing.assert_array_equal(nearest, pairs.argmin(axis=1))


def test_own_distances_are_those_of_all_pairs_without_the_clip_itself():
    for count in (2, 3, 300):
        real = gaussian(3, count)
        pairs = cdist(real, real)
        np.fill_diagonal(pairs, np.inf)
        np.testing.assert_allclose(own_distances(real), pairs.min(axis=1), rtol=1e-9)


def test_ratio_and_authenticity_are_those_of_a_loop_over_clips():
    synthetic, training, held_out = gaussian(1, 60, 4), gaussian(2, 80, 4), gaussian(3, 70, 4)

    def nearest(clip, others):
        lengths = [math.dist(clip, other) for other in others]
        return min(lengths), lengths.index(min(lengths))

    near = [nearest(clip, training) for clip in synthetic]
    held = [nearest(clip, training)[0] for clip in held_out]
    expected = np.median([length for length, _ in near]) / np.median(held)
    assert ratio(synthetic, training, held_out) == pytest.approx(expected, rel=1e-9)
    share = [
        length > nearest(training[row], np.delete(training, row, axis=0))[0] for length, row in near
    ]
    assert authentic(synthetic, training) == pytest.approx(np.mean(share), rel=1e-12)


@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("size", [2, 256])
def test_a_copier_is_caught_exactly(size, offset):
    training, held_out = gaussian(1, 300, size, offset), gaussian(2, 100, size, offset)
    copies = training[np.random.default_rng(3).integers(300, size=500)]
    distances, _ = nearest_training(copies, training)
    assert (distances == 0.0).all()
    assert ratio(copies, training, held_out) == 0.0
    assert authentic(copies, training) == 0.0
    assert copied_share(distances) == 1.0
    assert copied_share(nearest_training(held_out, training)[0]) == 0.0


def test_a_copier_of_a_training_set_with_duplicates_is_caught_exactly():
    training = np.repeat(gaussian(1, 100), 7, axis=0)
    assert (own_distances(training) == 0.0).all()
    assert (nearest_training(training, training)[0] == 0.0).all()
    assert authentic(training, training) == 0.0


def test_copies_that_float32_arithmetic_has_rounded_are_copies_and_near_ones_are_not():
    training = gaussian(1, 200, 64)
    noise = gaussian(2, 200, 64)
    rounded, near = training + 1e-6 * noise, training + 1e-3 * noise
    distances, _ = nearest_training(rounded, training)
    assert copied_share(distances) == 1.0
    assert copied_share(nearest_training(near, training)[0]) == 0.0
    assert 0.0 < ratio(near, training, gaussian(3, 100, 64)) < 0.01


def test_a_share_of_copies_is_counted_and_pulls_the_ratio_down():
    training, held_out, new = gaussian(1, 400), gaussian(2, 400), gaussian(3, 400)
    ratios = []
    for copies in (0, 100, 300):
        mixed = np.concatenate([training[:copies], new[copies:]])
        assert copied_share(nearest_training(mixed, training)[0]) == copies / 400
        ratios.append(ratio(mixed, training, held_out))
    assert ratios[0] > ratios[1] > ratios[2] == 0.0


@pytest.mark.parametrize("size", [2, 64])
def test_new_clips_of_the_same_distribution_are_as_new_as_held_out_ones(size):
    training, held_out, new = (gaussian(seed, 1500, size) for seed in (1, 2, 3))
    assert ratio(new, training, held_out) == pytest.approx(1.0, abs=0.06)
    assert authentic(new, training) == pytest.approx(authentic(held_out, training), abs=0.05)
    against_itself = memory_ratio(nearest_training(new, training)[0], own_distances(training))
    assert against_itself == pytest.approx(1.0, abs=0.06)


def test_clips_drawn_to_the_training_clips_lie_below_1_and_noisy_ones_above():
    training, held_out, new = (gaussian(seed, 800) for seed in (1, 2, 3))
    towards = 0.5 * (new + training[nearest_training(new, training)[1]])
    assert ratio(towards, training, held_out) == pytest.approx(0.5, abs=0.05)
    assert ratio(3.0 * new, training, held_out) > 1.5
    assert authentic(towards, training) < authentic(new, training) < authentic(3.0 * new, training)


@pytest.mark.parametrize(
    ("size", "mutual"), [(1, 2 / 3), (2, 6 * math.pi / (8 * math.pi + 3 * math.sqrt(3)))]
)
def test_unseen_uniform_clips_are_authentic_where_no_mutual_neighbours(size, mutual):
    # A point is not authentic where it and its neighbour are nearest to each other; the share of
    # such points in a uniform plane is known. The torus, embedded, has no edges.
    rng = np.random.default_rng(5)
    angles = rng.uniform(0.0, 2.0 * math.pi, (8000, size))
    points = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    assert authentic(points[4000:], points[:4000]) == pytest.approx(1.0 - mutual, abs=0.02)


def test_a_regular_grid_is_the_closed_form():
    training = np.arange(10.0)[:, None]
    held_out, synthetic = training[:-1] + 0.5, training[:-1] + 0.25
    assert ratio(synthetic, training, held_out) == pytest.approx(0.5, rel=1e-12)
    assert median_distance(own_distances(training)) == 1.0
    assert authentic(synthetic, training) == 0.0
    assert authentic(np.array([[10.5], [11.0], [-0.5], [4.0]]), training) == 0.5


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
def test_the_numbers_depend_on_neither_scale_place_direction_nor_order(seed, scale, shift):
    rng = np.random.default_rng(seed)
    turn = scale * ortho_group(5, seed=seed).rvs()
    parts = [rng.normal(size=(count, 5)) for count in (30, 40, 35)]
    moved = [rng.permutation(part) @ turn + scale * shift for part in parts]
    assert ratio(*moved) == pytest.approx(ratio(*parts), rel=1e-6)
    assert authentic(*moved[:2]) == authentic(*parts[:2])


def test_memory_does_not_grow_with_the_number_of_pairs():
    clips, training = gaussian(1, 6000, 4), gaussian(2, 6000, 4)
    nearest_training(clips[:10], training[:10])  # imports are not counted
    tracemalloc.start()
    nearest_training(clips, training)
    own_distances(training)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6000 * 6000 * 8 / 20


def test_one_training_clip_has_no_neighbour_of_its_own():
    one, clips = gaussian(1, 1), gaussian(2, 20)
    distances, nearest = nearest_training(clips, one)
    own = own_distances(one)
    assert own.shape == (0,)
    assert isinstance(median_distance(own), Undefined)
    assert isinstance(memory_ratio(distances, own), Undefined)
    assert isinstance(authenticity(distances, nearest, own), Undefined)
    assert ratio(one, one, clips) == 0.0


def test_numbers_without_clips_or_without_a_yardstick_are_undefined():
    training = gaussian(1, 10)
    distances, nearest = nearest_training(np.zeros((0, 16)), training)
    assert distances.shape == nearest.shape == (0,)
    assert isinstance(authenticity(distances, nearest, own_distances(training)), Undefined)
    assert isinstance(copied_share(distances), Undefined)
    assert isinstance(median_distance(distances), Undefined)
    assert memory_ratio(NOTHING, np.ones(3)) == Undefined("no distances of synthetic clips")
    assert memory_ratio(np.ones(3), NOTHING) == Undefined("no distances of real clips")


def test_held_out_clips_that_are_copies_themselves_are_no_yardstick():
    training = gaussian(1, 20)
    held_out = np.concatenate([training[:6], gaussian(2, 4)])
    value = memory_ratio(
        nearest_training(gaussian(3, 9), training)[0], nearest_training(held_out, training)[0]
    )
    assert isinstance(value, Undefined)
    assert "copies" in value.reason


def test_no_training_clips_and_other_features_are_refused():
    with pytest.raises(InputError, match="no training clips"):
        nearest_training(gaussian(1, 3), np.zeros((0, 16)))
    with pytest.raises(InputError, match="no training clips"):
        own_distances(np.zeros((0, 16)))
    with pytest.raises(InputError, match="different extractors"):
        nearest_training(gaussian(1, 3, 4), gaussian(1, 3, 5))
