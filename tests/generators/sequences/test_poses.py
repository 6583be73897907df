from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.sequences.poses import PoseCodec
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import KINECT20
from skeletons.placement import restore_placement
from tests.conftest import moving_clips


@pytest.mark.parametrize("keep_pace", [False, True])
def test_poses_decode_to_the_joints_that_they_were_made_of(keep_pace):
    clips = moving_clips(12)
    codec = PoseCodec.fit(clips, 16, keep_pace=keep_pace)
    poses = codec.encode(clips)
    decoded = codec.joints(torch.from_numpy(poses.values)).numpy()
    joints, steps, placement = codec.joints_of(clips)
    assert np.array_equal(steps, poses.steps)
    assert np.abs(decoded - joints).max() < 1e-5
    first = restore_placement(decoded, placement, clips.skeleton)[:, 0]
    assert np.abs(first - clips.frames[clips.starts]).max() < 1e-5


def test_resampled_poses_have_zero_mean_and_at_most_unit_variance():
    clips = moving_clips(30)
    values = PoseCodec.fit(clips, 16).encode(clips).values
    assert np.abs(values.mean(axis=(0, 1))).max() < 1e-3
    assert values.std(axis=(0, 1)).max() < 1.001


@settings(max_examples=25, deadline=None)
@given(lengths=st.lists(st.integers(1, 60), min_size=2, max_size=6), frames=st.integers(2, 20))
def test_a_clip_that_keeps_its_pace_has_steps_in_proportion_to_its_length(lengths, frames):
    clips = moving_clips(len(lengths)).with_lengths(lengths)
    codec = PoseCodec.fit(clips, frames, keep_pace=True)
    steps = codec.encode(clips).steps
    assert steps.min() >= 1
    assert steps.max() <= frames
    assert np.array_equal(steps, np.minimum(-(-np.asarray(lengths) // codec.stride), frames))


def test_steps_beyond_a_clip_repeat_its_last_pose():
    clips = moving_clips(3).with_lengths([6, 12, 20])
    poses = PoseCodec.fit(clips, 20, keep_pace=True).encode(clips)
    assert poses.steps.tolist() == [6, 12, 20]
    assert np.array_equal(poses.values[0, 6:], np.repeat(poses.values[0, 5:6], 14, axis=0))


def test_a_stored_codec_is_the_same_codec():
    clips = moving_clips(6)
    codec = PoseCodec.fit(clips, 10, keep_pace=True)
    again = PoseCodec.from_state(codec.state())
    assert np.array_equal(codec.encode(clips).values, again.encode(clips).values)


def test_clips_of_another_skeleton_and_no_clips_are_refused():
    codec = PoseCodec.fit(moving_clips(3), 8)
    other = ClipSet.of(KINECT20, ["a"], [np.zeros((4, 20, 3), np.float32)], [0])
    with pytest.raises(InputError, match="skeleton kinect20"):
        codec.encode(other)
    with pytest.raises(InputError, match="no clips"):
        PoseCodec.fit(moving_clips(3).select([]), 8)
