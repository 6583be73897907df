from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.extractors.windows import Windows, covering
from recognizers.recipes import Augmentation
from skeletons.clips import ClipSet
from skeletons.layouts import SMPL24
from tests.conftest import moving_clips


@given(st.lists(st.integers(1, 300), min_size=1, max_size=20), st.integers(1, 70))
def test_windows_cover_every_frame_with_as_few_as_can(lengths, frames):
    rows, first = covering(np.asarray(lengths), frames)
    for clip, length in enumerate(lengths):
        starts = first[rows == clip]
        assert len(starts) == -(-length // frames)
        seen = {int(start) + step for start in starts for step in range(min(frames, length))}
        assert seen == set(range(length))


def test_a_short_clip_stays_in_its_last_pose_and_nothing_is_interpolated():
    clips = moving_clips(2, classes=2, frames=20).with_lengths([20, 20])
    ((rows, joints),) = Windows.of(clips, 32, Augmentation()).batches(8)
    assert rows.tolist() == [0, 1]
    assert joints.shape == (2, 32, 24, 3)
    np.testing.assert_allclose(joints[:, 20:], joints[:, 19:20].expand(-1, 12, -1, -1))
    steps = np.diff(clips[0].joints[:, 5] - clips[0].joints[:, 0], axis=0)
    seen = np.diff((joints[0, :20, 5] - joints[0, :20, 0]).numpy(), axis=0)
    np.testing.assert_allclose(
        np.linalg.norm(seen, axis=1), np.linalg.norm(steps, axis=1), atol=1e-5
    )


def test_each_window_starts_at_the_origin():
    clips = moving_clips(3, classes=3, frames=70)
    for _, joints in Windows.of(clips, 32, Augmentation()).batches(2):
        np.testing.assert_allclose(joints[:, 0, SMPL24.centre], 0.0, atol=1e-6)


def test_a_movement_between_two_frames_of_a_coarse_sampling_is_seen():
    still = np.zeros((97, 24, 3), np.float32) + np.arange(72).reshape(24, 3) / 100
    jolt = still.copy()
    jolt[50, 20] += 0.5
    clips = ClipSet.of(SMPL24, ["one"], [still, jolt], [0, 0])
    sampled = clips.resample(25)
    np.testing.assert_array_equal(sampled[0], sampled[1])
    shown = {0: [], 1: []}
    for rows, joints in Windows.of(clips, 64, Augmentation()).batches(8):
        for row, window in zip(rows, joints, strict=True):
            shown[int(row)].append(window.numpy())
    apart = np.linalg.norm(np.stack(shown[0]) - np.stack(shown[1]), axis=-1)
    assert apart.max() == pytest.approx(0.5 * 3**0.5, abs=1e-4)


def test_random_windows_lie_inside_the_clip_and_hang_on_the_seed_alone():
    windows = Windows.of(moving_clips(4, classes=2, frames=90), 64, Augmentation(mirror=0.5))
    draws = [
        windows.random(np.arange(4), np.random.default_rng(seed)).numpy() for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert np.abs(draws[0] - draws[2]).max() > 1e-3
