from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recognizers.inputs import GraphInput, _moved
from recognizers.names import STREAMS
from recognizers.recipes import Augmentation
from recognizers.streams import show
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.placement import mirror, rotate
from tests.conftest import moving_clips


def test_joints_stay_as_they_are(clips):
    assert np.array_equal(show(clips, "joint").frames, clips.packed().frames)


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda one: one.name)
def test_every_joint_is_the_sum_of_the_bones_that_lead_to_it(skeleton):
    bones = np.random.default_rng(0).normal(size=(len(skeleton), 3))
    bones[skeleton.centre] = 0.0
    joints = np.zeros_like(bones)
    for joint in range(len(skeleton)):
        at = joint
        while at != skeleton.centre:
            joints[joint] += bones[at]
            at = skeleton.towards_centre[at]
    assert np.allclose(joints - joints[skeleton.towards_centre], bones)


def test_bones_of_a_skeleton_with_its_centre_at_the_root_lead_to_the_parent(clips):
    bones = show(clips, "bone").frames
    for joint, parent in enumerate(SMPL24.parents):
        start = clips.packed().frames[:, parent] if parent >= 0 else clips.packed().frames[:, joint]
        assert np.array_equal(bones[:, joint], clips.packed().frames[:, joint] - start)


def test_motion_is_the_step_to_the_next_frame_and_ends_with_rest(clips):
    some = clips.select([4, 1, 7])
    for motion, still in (("joint_motion", "joint"), ("bone_motion", "bone")):
        moved, before = show(some, motion), show(some, still)
        for row in range(len(some)):
            steps, poses = moved[row].joints, before[row].joints
            assert np.array_equal(steps[:-1], np.diff(poses, axis=0))
            assert not steps[-1].any()


@pytest.mark.parametrize("stream", sorted(STREAMS))
def test_turning_and_mirroring_may_come_before_or_after(clips, stream):
    clips = clips.packed()
    yaw = np.full(len(clips.frames), 0.7)
    for change in (
        lambda frames: rotate(frames[:, None], yaw, SMPL24)[:, 0],
        lambda frames: mirror(frames[:, None], SMPL24)[:, 0],
    ):
        changed = replace(clips, frames=change(clips.frames))
        expected = change(show(clips, stream).frames)
        assert np.allclose(show(changed, stream).frames, expected, atol=1e-5)


def test_an_unknown_stream_is_an_error_that_names_the_nearest(clips):
    with pytest.raises(InputError, match="did you mean 'bone'"):
        show(clips, "bones")


@pytest.mark.parametrize(
    "augmentation",
    [
        Augmentation(yaw=0.6, tilt=0.3),
        Augmentation(mirror=0.5),
        Augmentation(yaw=0.6, tilt=0.3, mirror=0.5, scale=0.2, crop=0.3),
        Augmentation(noise=0.02),
    ],
)
def test_a_batch_is_turned_as_images_are(augmentation):
    clips = moving_clips(12, frames=30)
    inputs = GraphInput.of(clips, 16, augmentation)
    rows = np.asarray([3, 0, 5, 5])
    batch = inputs.batch(rows, np.random.default_rng(1))[:, 0].numpy()
    rng = np.random.default_rng(1)
    plain = GraphInput.of(clips, 16, Augmentation(crop=augmentation.crop))
    still = plain.batch(rows, rng)[:, 0].numpy()
    expected, _ = _moved(still, inputs.clips.skeleton, augmentation, rng, mirror)
    if augmentation.noise:
        assert not np.array_equal(batch, still)
        assert np.abs(batch - still).std() < 0.02
    else:
        assert np.allclose(batch, expected, atol=1e-5)


def test_frames_are_those_of_the_clips_on_the_device():
    clips = moving_clips(6, frames=9)
    inputs = GraphInput.of(clips, 24, Augmentation(), "bone_motion")
    rows = np.asarray([2, 4])
    offset = np.full((2, 24), 0.5)
    position = np.clip(
        (np.arange(24) + offset) / 24 * clips.lengths[rows][:, None] - 0.5,
        0.0,
        clips.lengths[rows][:, None] - 1.0,
    )
    expected = inputs.clips.select(rows).at(position)
    assert np.array_equal(inputs.sampling(rows, 0, 1)[:, 0].numpy(), expected)
