"""Corruptions of motion."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.corruptions import motion
from skeletons.clips import ClipSet
from skeletons.layouts import SMPL24
from tests.metrics.corruptions.changed import frames_of, moved, rng
from tests.skeletons.random_clips import random_clips


def test_a_moving_average_is_the_mean_of_its_window() -> None:
    clips = random_clips(lengths=(21, 9))
    smooth = motion.smoothing(clips, 0.2, rng())
    long, short = frames_of(clips, 0), frames_of(clips, 1)
    for frame, half in ((0, 0), (1, 1), (10, 2), (19, 1), (20, 0)):
        window = long[frame - half : frame + half + 1]
        np.testing.assert_allclose(frames_of(smooth, 0)[frame], window.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(frames_of(smooth, 1)[4], short[3:6].mean(axis=0), atol=1e-6)


def test_smoothing_leaves_straight_motion_alone() -> None:
    path = np.linspace(0.0, 1.0, 30)[:, None, None] * np.ones((30, 24, 3))
    clips = ClipSet.of(SMPL24, ["walk"], [path], [0])
    smooth = motion.smoothing(clips, 1.0, rng())
    np.testing.assert_allclose(smooth.frames, clips.frames, atol=1e-6)


def test_sharp_motion_leaves_its_average_as_often_as_the_dose_says() -> None:
    clips = random_clips(lengths=(30, 12))
    smooth = motion.smoothing(clips, motion.DETAIL, rng()).frames
    for dose in (0.1, 1.0):
        sharp = motion.over_sharp(clips, dose, rng()).frames
        wanted = (1.0 + motion.SHARPEST * dose) * (clips.frames - smooth)
        np.testing.assert_allclose(sharp - smooth, wanted, atol=1e-4)


def test_sharp_motion_is_louder_where_it_is_fast_and_keeps_its_ends() -> None:
    time = np.linspace(0.0, 1.0, 101)[:, None, None] * np.ones((101, 24, 3))
    slow, fast = np.sin(2.0 * np.pi * time), np.sin(20.0 * np.pi * time)
    clips = ClipSet.of(SMPL24, ["wave"], [slow, fast], [0, 0])
    sharp = motion.over_sharp(clips, 1.0, rng())
    middle = slice(20, 80)
    loud = [np.ptp(frames_of(sharp, row)[middle]) / 2.0 for row in (0, 1)]
    assert loud[0] == pytest.approx(1.3, abs=0.1) and loud[1] > 5.0
    for row in (0, 1):
        ends = np.s_[[0, -1]]
        np.testing.assert_array_equal(frames_of(sharp, row)[ends], frames_of(clips, row)[ends])


def test_a_frozen_end_repeats_the_last_frame_that_moves() -> None:
    clips = random_clips(lengths=(10, 20, 1))
    frozen = motion.frozen_end(clips, 0.3, rng())
    for row, moving in ((0, 7), (1, 14), (2, 1)):
        before, after = frames_of(clips, row), frames_of(frozen, row)
        np.testing.assert_array_equal(after[:moving], before[:moving])
        np.testing.assert_array_equal(
            after[moving:], np.broadcast_to(before[moving - 1], after[moving:].shape)
        )
    still = motion.frozen_end(clips, 1.0, rng())
    assert (frames_of(still, 1) == frames_of(clips, 1)[0]).all()


def test_a_frozen_frame_shows_what_the_frame_before_shows() -> None:
    clips = random_clips(lengths=(400, 300))
    frozen = motion.frozen_frames(clips, 0.4, rng())
    repeats = 0
    for row in range(2):
        before, after = frames_of(clips, row), frames_of(frozen, row)
        np.testing.assert_array_equal(after[0], before[0])
        new = (after == before).all(axis=(1, 2))
        again = (after[1:] == after[:-1]).all(axis=(1, 2))
        assert (new[1:] | again).all()
        repeats += again.sum()
    assert repeats / 700 == pytest.approx(0.4, abs=0.06)


def test_reversed_clips_run_backwards_and_the_others_forwards(clips: ClipSet) -> None:
    backwards = motion.time_reversal(clips, 0.25, rng())
    changed = moved(clips, backwards)
    assert changed.sum() == 9
    for row in np.flatnonzero(changed):
        np.testing.assert_array_equal(frames_of(backwards, row), frames_of(clips, row)[::-1])
    everything = motion.time_reversal(clips, 1.0, rng())
    again = motion.time_reversal(everything, 1.0, rng())
    assert again.fingerprint == clips.fingerprint
