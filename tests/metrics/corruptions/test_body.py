"""Corruptions of the body."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.corruptions import body
from skeletons.clips import ClipSet
from skeletons.layouts import SMPL24
from tests.conftest import moving_clips
from tests.metrics.corruptions.changed import frames_of, moved, rng
from tests.skeletons.random_clips import random_clips


def test_joint_noise_has_the_deviation_of_its_dose() -> None:
    clips = moving_clips(60)
    noisy = body.joint_noise(clips, 0.3, rng())
    bone = SMPL24.bone_lengths(clips.frames).mean()
    added = noisy.frames - clips.frames
    assert added.std() == pytest.approx(0.3 * bone, rel=0.02)
    assert abs(added.mean()) < 0.01 * bone
    half = body.joint_noise(clips, 0.15, rng())
    np.testing.assert_allclose(2.0 * (half.frames - clips.frames), added, atol=2e-6)


def test_drifting_joints_are_as_far_off_as_noisy_ones_and_slow() -> None:
    clips = moving_clips(60)
    offset = body.joint_drift(clips, 0.3, rng()).frames - clips.frames
    bone = SMPL24.bone_lengths(clips.frames).mean()
    assert offset.std() == pytest.approx(0.3 * bone, rel=0.03)
    within = np.ones(len(offset) - 1, dtype=bool)
    within[clips.starts[1:] - 1] = False
    step = np.diff(offset, axis=0)[within]
    noise = np.diff(body.joint_noise(clips, 0.3, rng()).frames - clips.frames, axis=0)[within]
    # Half a turn in some 20 frames, against a new draw in each.
    assert step.std() < 0.15 * noise.std()
    first, last = clips.starts, clips.starts + clips.lengths - 1
    np.testing.assert_allclose(offset[first], -offset[last], atol=1e-5)


def test_swapped_clips_have_their_joints_renamed(clips: ClipSet) -> None:
    swapped = body.left_right_swap(clips, 0.5, rng())
    changed = moved(clips, swapped)
    assert changed.sum() == 18
    for row in np.flatnonzero(changed):
        left, right = SMPL24.index("left_hand"), SMPL24.index("right_hand")
        np.testing.assert_array_equal(frames_of(swapped, row)[:, left], clips[row].joints[:, right])
        np.testing.assert_array_equal(frames_of(swapped, row)[:, 0], clips[row].joints[:, 0])


def test_frame_swaps_touch_a_share_of_the_frames(clips: ClipSet) -> None:
    swapped = body.frame_swaps(clips, 0.25, rng())
    changed = (swapped.frames != clips.frames).any(axis=(1, 2))
    assert changed.mean() == pytest.approx(0.25, abs=0.05)
    mirrored = clips.frames[:, SMPL24.mirror]
    np.testing.assert_array_equal(swapped.frames[changed], mirrored[changed])


def test_scaled_limbs_are_longer_and_point_the_same_way(clips: ClipSet) -> None:
    scaled = body.bone_scaling(clips, 0.3, rng())
    ratio = SMPL24.bone_lengths(scaled.frames) / SMPL24.bone_lengths(clips.frames)
    paired = [SMPL24.mirror[child] != child for _, child in SMPL24.edges]
    np.testing.assert_allclose(
        ratio, np.broadcast_to(np.where(paired, 1.3, 1.0), ratio.shape), rtol=1e-4
    )
    np.testing.assert_array_equal(scaled.frames[:, 0], clips.frames[:, 0])
    for parent, child in SMPL24.edges:
        before, after = (part.frames[:, child] - part.frames[:, parent] for part in (clips, scaled))
        cosine = (
            (before * after).sum(-1)
            / np.linalg.norm(before, axis=-1)
            / np.linalg.norm(after, axis=-1)
        )
        np.testing.assert_allclose(cosine, 1.0, atol=1e-4)


def test_wobbling_bones_stay_within_their_amplitude_and_reach_it() -> None:
    clips = random_clips(lengths=(200, 120))
    wobbly = body.bone_wobble(clips, 0.2, rng())
    growth = SMPL24.bone_lengths(wobbly.frames) / SMPL24.bone_lengths(clips.frames) - 1.0
    assert np.abs(growth).max() <= 0.2 + 1e-3
    assert (growth[:200].max(axis=0) > 0.19).all() and (growth[:200].min(axis=0) < -0.19).all()


def test_a_scaled_body_is_larger_by_its_dose(clips: ClipSet) -> None:
    large = body.body_scale(clips, 0.25, rng())
    np.testing.assert_allclose(large.frames, 1.25 * clips.frames, rtol=1e-6)


def test_a_sliding_body_travels_over_the_floor_at_a_constant_speed(clips: ClipSet) -> None:
    sliding = body.sliding(clips, 0.5, rng())
    height = np.median(np.ptp(clips.frames[..., 1], axis=1))
    for row in range(len(clips)):
        shift = frames_of(sliding, row) - frames_of(clips, row)
        np.testing.assert_array_equal(shift[..., 1], 0.0)
        travelled = np.linalg.norm(shift[:, 0], axis=-1)
        np.testing.assert_allclose(
            travelled, 0.5 * height * np.linspace(0.0, 1.0, len(shift)), atol=1e-5
        )
