"""Left and right: swaps within a clip, exchanged sides, and legitimate mirror images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.body.measuring import measure_bodies
from metrics.body.sides import forward_leaning, left_right_sides, left_right_swaps
from metrics.value import Undefined
from skeletons.placement import mirror, rotate
from tests.metrics.body.stick_figures import STICK, clip_set, standing, swaying

REAL = np.stack(swaying(60))


def bodies(joints, skeleton=STICK):
    return measure_bodies(clip_set(list(joints), skeleton=skeleton))


def exchanged(joints):
    return joints[..., STICK.mirror, :]


def test_a_single_swapped_frame_is_a_step_there_and_a_step_back():
    clip = standing()
    clip[10] = exchanged(clip[10])
    assert left_right_swaps(bodies([clip]), bodies([standing()])) == pytest.approx(2 / 23)


def test_one_swapped_pair_is_enough():
    clip = standing()
    clip[10:, [3, 4]] = clip[10:, [4, 3]]
    assert left_right_swaps(bodies([clip]), bodies([standing()])) == pytest.approx(1 / 23)


def test_frames_that_short_clips_give_twice_are_no_steps():
    clip = standing(6)
    clip[::2] = exchanged(clip[::2])
    assert left_right_swaps(bodies([clip]), bodies([standing()])) == 1.0


def test_a_swap_that_lasts_is_one_step_and_bodies_that_move_have_none():
    clip = REAL[0].copy()
    clip[12:] = exchanged(clip[12:])
    assert left_right_swaps(bodies([clip]), bodies(REAL)) == pytest.approx(1 / 23)
    assert left_right_swaps(bodies(REAL), bodies(REAL)) == 0.0


def test_a_limb_that_leaps_elsewhere_is_not_a_swap():
    clip = standing()
    clip[10, 3] += (0.0, 1.0, 0.0)
    assert left_right_swaps(bodies([clip]), bodies([standing()])) == 0.0


def test_swaps_need_pairs():
    alone = replace(STICK, pairs=(), facing=())
    clips = bodies([standing()], alone)
    reason = "the skeleton stick has no left and right joints"
    assert left_right_swaps(clips, clips) == Undefined(reason)


def test_leaning_is_how_far_ahead_of_the_pelvis_a_part_is_however_the_shoulders_hang():
    clip = standing()
    clip[:, 6, 1] += 0.3
    hips, feet, chest, shoulders, head = forward_leaning(clip[None], STICK)[0]
    assert [feet, head] == pytest.approx([0.2, 0.1], rel=1e-9)
    assert [hips, chest, shoulders] == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)


def test_the_share_of_exchanged_clips_is_found():
    mixed = np.where((np.arange(60) % 4 == 0)[:, None, None, None], exchanged(REAL), REAL)
    assert left_right_sides(bodies(mixed), bodies(REAL)) == 0.25
    assert left_right_sides(bodies(REAL), bodies(REAL)) == 0.0
    assert left_right_sides(bodies(exchanged(REAL)), bodies(REAL)) == 1.0


def test_a_mirrored_clip_is_a_clip_and_a_mirrored_room_is_not():
    assert left_right_sides(bodies(mirror(REAL, STICK)), bodies(REAL)) == 0.0
    assert left_right_sides(bodies(REAL * (-1, 1, 1)), bodies(REAL)) == 1.0


@settings(max_examples=20, deadline=None)
@given(yaw=st.floats(-7, 7), shift=st.floats(-5, 5), scale=st.floats(0.3, 3))
def test_sides_do_not_depend_on_place_heading_or_size(yaw, shift, scale):
    half = np.where((np.arange(60) % 2 == 0)[:, None, None, None], exchanged(REAL), REAL)
    moved = rotate(scale * half, np.full(60, yaw), STICK) + shift
    assert left_right_sides(bodies(moved), bodies(REAL)) == 0.5


def test_sides_are_undefined_where_front_and_back_look_alike():
    flat = REAL * (1, 1, 0) + np.random.default_rng(0).normal(0, 0.01, REAL.shape)
    value = left_right_sides(bodies(REAL), bodies(flat))
    assert isinstance(value, Undefined) and "front and back look alike" in value.reason


def test_sides_need_enough_real_clips_and_a_skeleton_that_faces():
    few = bodies(REAL[:19])
    reason = "19 real clips are too few to tell front from back, 20 are needed"
    assert left_right_sides(bodies(REAL), few) == Undefined(reason)
    assert left_right_sides(bodies(REAL), bodies(REAL[:20])) == 0.0
    blind = bodies(REAL, replace(STICK, facing=()))
    reason = "the skeleton stick does not tell which way a body faces"
    assert left_right_sides(blind, blind) == Undefined(reason)


def test_identical_real_clips_still_tell_front_from_back():
    same = bodies([standing()] * 30)
    assert left_right_sides(same, same) == 0.0
    assert left_right_sides(bodies([exchanged(standing())]), same) == 1.0
