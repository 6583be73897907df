"""What the bodies of a clip set tell about its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skeletons.anatomy import (
    FACTORS,
    MOST_CLIPS,
    bone_change,
    energy,
    sampled,
    toes_ahead,
    unit_factor,
    up_axis,
    upright,
    zero_joints,
)
from skeletons.clips import ClipSet
from skeletons.layouts import COCO17, KINECT20
from skeletons.skeleton import chain
from tests.skeletons.random_clips import random_clips
from tests.skeletons.standing import standing


def changed(clips: ClipSet, frames: np.ndarray) -> ClipSet:
    return replace(clips, frames=np.ascontiguousarray(frames, dtype=np.float32))


@pytest.mark.parametrize("name", FACTORS)
def test_the_unit_is_told_by_the_thighs(name):
    clips = standing()
    found = unit_factor(changed(clips, clips.frames / FACTORS[name]))
    assert (found.name, found.factor, found.measured) == (name, FACTORS[name], "thigh")
    assert found.length * found.factor == pytest.approx(0.42, abs=0.03)


def test_a_length_that_is_no_thigh_in_any_unit_has_no_known_unit():
    clips = standing()
    assert unit_factor(changed(clips, clips.frames * 5)).name == "unknown"


def test_without_named_hips_the_size_of_the_body_tells():
    joints = np.zeros((1, 6, 5, 3))
    joints[..., 1] = np.linspace(0, 1600, 5)
    clips = ClipSet.of(chain(5), ["a"], list(joints), [0])
    assert unit_factor(clips)[:2] == ("mm", 0.001)
    assert unit_factor(clips).measured == "extent"


def test_pixels_and_what_was_divided_by_the_image_are_told_apart():
    rng = np.random.default_rng(0)
    flat = ClipSet.of(COCO17, ["a"], [rng.uniform(0, 1, (4, 17, 2))], [0])
    assert unit_factor(flat).name == "normalised"
    assert unit_factor(changed(flat, flat.frames * 1000)).name == "px"


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("sign", [1, -1])
def test_bodies_stand_along_the_axis_that_they_were_turned_to(axis, sign):
    clips = standing()
    frames = np.roll(clips.frames, axis - 1, axis=-1) * sign
    assert up_axis(changed(clips, frames)) == (axis, sign)


def test_random_bodies_stand_along_no_axis():
    assert up_axis(random_clips(KINECT20, lengths=[30] * 8)) is None
    assert upright(random_clips(chain(4)))[1] == 0.0


def test_rigid_bones_do_not_change_and_loose_ones_do():
    clips = standing()
    assert bone_change(clips) == pytest.approx(0, abs=1e-6)
    noise = np.random.default_rng(0).normal(0, 0.02, clips.frames.shape)
    assert 0.03 < bone_change(changed(clips, clips.frames + noise)) < 0.5
    assert np.isnan(bone_change(standing(frames=1)))


def test_toes_point_where_the_hips_face_unless_left_and_right_are_exchanged():
    clips = standing()
    assert toes_ahead(clips) == 1.0
    assert toes_ahead(changed(clips, clips.frames[:, clips.skeleton.mirror])) == 0.0
    assert toes_ahead(changed(clips, clips.frames * [-1, 1, 1])) == 0.0
    assert np.isnan(toes_ahead(random_clips(chain(4))))


def test_energy_is_the_summed_variance_over_time():
    joints = np.zeros((4, 2, 3))
    joints[:, 0, 1] = [1, -1, 1, -1]
    assert energy(joints) == 1.0
    assert energy(joints + 7) == pytest.approx(1.0)
    assert energy(joints[:1]) == 0.0


def test_zeros_now_and_then_are_lost_joints():
    clips = standing()
    frames = clips.frames.copy()
    frames[[3, 20], 7] = 0
    found = zero_joints(changed(clips, frames))
    assert np.argwhere(found.lost).tolist() == [[3, 7], [20, 7]]
    assert not found.always.any() and not found.at_start.any()


def test_a_joint_that_clips_are_centred_on_is_not_lost():
    clips = standing()
    found = zero_joints(changed(clips, clips.frames - clips.frames[:, :1]))
    assert np.flatnonzero(found.always).tolist() == [0]
    assert not found.lost.any()


def test_clips_that_start_at_the_origin_have_not_lost_that_joint():
    clips = standing()
    frames = clips.frames - np.repeat(clips.frames[clips.starts, :1], clips.lengths, axis=0)
    found = zero_joints(changed(clips, frames))
    assert np.flatnonzero(found.at_start).tolist() == [0]
    assert not found.lost.any()


def test_a_large_set_is_read_at_evenly_spaced_clips():
    clips = random_clips(chain(2), lengths=[1] * (MOST_CLIPS + 500))
    few = sampled(clips)
    assert len(few) == MOST_CLIPS
    assert (few.ids[0], few.ids[-1]) == (clips.ids[0], clips.ids[-1])
