"""Repairs of sensor failures: what is put right, and what is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skeletons.clips import ClipSet
from skeletons.layouts import KINECT20
from skeletons.repair import LEAP, LONGEST_ABSENCE, fill_missing, follow_one_body, repair_leaps


def walkers(seed: int, lengths: list[int]) -> ClipSet:
    """Bodies that drift by a few centimetres a frame."""
    rng = np.random.default_rng(seed)
    joints = [
        rng.uniform(1.0, 2.0, (1, 20, 3))
        + np.cumsum(rng.normal(0, 0.02, (length, 1, 3)), axis=0)
        + rng.normal(0, 0.005, (length, 20, 3))
        for length in lengths
    ]
    return ClipSet.of(KINECT20, ("walk",), joints, [0] * len(lengths))


def changed(clips: ClipSet, frame: slice | int, joint: slice | int, shift: float) -> ClipSet:
    frames = clips.frames.copy()
    frames[frame, joint] += shift
    return ClipSet.of(KINECT20, clips.classes, np.split(frames, clips.starts[1:]), clips.labels)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), lengths=st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_sound_clips_come_back_unchanged(seed, lengths):
    clips = walkers(seed, lengths)
    for repaired in (fill_missing(clips)[0], follow_one_body(clips)[0], repair_leaps(clips)[0]):
        assert repaired.fingerprint == clips.fingerprint


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    absence=st.integers(1, LONGEST_ABSENCE),
    start=st.integers(11, 16),
    joint=st.integers(0, 19),
)
def test_a_joint_that_leaps_away_and_back_is_interpolated(seed, absence, start, joint):
    sound = walkers(seed, [10, 10, 10])
    away = slice(start, start + absence)
    repaired, counts = repair_leaps(changed(sound, away, joint, 2 * LEAP))
    assert (counts.joints, counts.clips, counts.left) == (absence, 1, 0)
    assert np.abs(repaired.frames - sound.frames).max() < 0.2
    untouched = np.ones(sound.frames.shape[:2], dtype=bool)
    untouched[away, joint] = False
    np.testing.assert_array_equal(repaired.frames[untouched], sound.frames[untouched])


def test_a_joint_that_stays_away_is_kept_and_counted():
    moved = changed(walkers(1, [20]), slice(8, 8 + LONGEST_ABSENCE + 1), 7, 2 * LEAP)
    repaired, counts = repair_leaps(moved)
    assert repaired.fingerprint == moved.fingerprint
    assert (counts.joints, counts.left, counts.left_clips) == (0, 2, 1)


def test_a_leap_between_two_clips_is_none():
    clips = changed(walkers(1, [5, 1, 5]), 5, slice(None), 3.0)
    repaired, counts = repair_leaps(clips)
    assert (counts.joints, counts.left) == (0, 0)
    assert repaired.fingerprint == clips.fingerprint


def test_the_first_place_of_a_flickering_joint_is_kept():
    sound = walkers(2, [20])
    repaired, counts = repair_leaps(changed(sound, slice(5, 15, 2), 3, 2 * LEAP))
    assert counts.joints == 5
    assert np.abs(repaired.frames - sound.frames).max() < 0.1


@pytest.mark.parametrize(("first", "last"), [(1, 20), (1, 19), (6, 15), (7, 20)])
def test_of_two_bodies_that_take_turns_the_first_is_followed(first, last):
    sound = walkers(3, [12, 20, 12])
    mixed = changed(sound, slice(12 + first, 12 + last, 2), slice(None), 0.3)
    repaired, clips, frames = follow_one_body(mixed)
    assert (clips, frames) == (1, len(range(first, last, 2)))
    assert np.abs(repaired.frames - sound.frames).max() < 0.1


def test_missing_joints_are_filled_within_their_own_clip_only():
    clips = walkers(4, [3, 3])
    frames = clips.frames.copy()
    frames[2, 5] = 0.0
    frames[3, 6] = 0.0
    frames[3:, 7] = 0.0
    broken = ClipSet.of(KINECT20, clips.classes, [frames[:3], frames[3:]], clips.labels)
    repaired, counts = fill_missing(broken)
    assert (counts.filled, counts.dragged, counts.left) == (2, 0, 3)
    np.testing.assert_array_equal(repaired.frames[2, 5], frames[1, 5])
    np.testing.assert_array_equal(repaired.frames[3, 6], frames[4, 6])
    assert (repaired.frames[3:, 7] == 0.0).all()


def test_joints_that_zeros_dragged_towards_the_origin_are_filled():
    sound = walkers(6, [15, 15])
    frames = sound.frames.copy()
    frames[20, 2] = 0.0
    frames[20, 3] *= 0.2
    frames[21, 3] *= 0.2
    broken = ClipSet.of(KINECT20, sound.classes, [frames[:15], frames[15:]], sound.labels)
    repaired, counts = fill_missing(broken)
    assert (counts.filled, counts.dragged) == (1, 1)
    np.testing.assert_allclose(repaired.frames[20, 2], frames[19:22:2, 2].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(repaired.frames[20, 3], frames[19:22:2, 3].mean(axis=0), atol=1e-6)
    np.testing.assert_array_equal(repaired.frames[21, 3], frames[21, 3])


def test_a_large_leap_may_come_back_to_where_a_moving_joint_is_by_then():
    sound = walkers(7, [20])
    frames = sound.frames.copy()
    frames[8, 4] += 4.0
    frames[9:, 4, 0] += 0.4
    moved = ClipSet.of(KINECT20, sound.classes, [frames], [0])
    assert repair_leaps(moved)[1].joints == 1


def test_no_clips_need_no_repair():
    empty = walkers(5, [4]).select(np.zeros(1, dtype=bool))
    assert len(fill_missing(empty)[0]) == 0
    assert follow_one_body(empty)[1:] == (0, 0)
    assert repair_leaps(empty)[1].joints == 0
