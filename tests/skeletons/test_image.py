"""The skeleton-image codec and the placement that it takes out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.image import KNEE, SkeletonImageCodec
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.placement import facing_yaw, remove_placement, restore_placement, rotate
from tests.skeletons.random_clips import SKELETONS, ragged, random_clips

FITTING = [
    (skeleton, size) for size in (24, 32, 48) for skeleton in SKELETONS if size >= len(skeleton)
]
ENDS = ("elbow", "wrist", "hand", "knee", "ankle", "foot")
fitting = pytest.mark.parametrize(
    ("skeleton", "size"), FITTING, ids=lambda value: getattr(value, "name", value)
)


def there_and_back(codec: SkeletonImageCodec, clips: ClipSet) -> ClipSet:
    images, placement = codec.encode(clips)
    return codec.decode(
        images, clips.labels, clips.classes, placement=placement, lengths=clips.lengths
    )


@fitting
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_clip_with_as_many_frames_as_columns_comes_back_to_1e_5(skeleton, size, seed):
    clips = random_clips(skeleton, lengths=[size] * 5, seed=seed)
    codec = SkeletonImageCodec.fit(clips, size)
    back = there_and_back(codec, clips)
    np.testing.assert_allclose(back.frames, clips.frames, rtol=0, atol=1e-5)
    assert back.labels.tolist() == clips.labels.tolist()


@settings(max_examples=30, deadline=None)
@given(lengths=ragged, seed=st.integers(0, 10**6), size=st.sampled_from([24, 32, 48]))
def test_clips_of_any_length_get_an_image_of_one_shape_and_their_length_back(lengths, seed, size):
    clips = random_clips(KINECT20, lengths=lengths, seed=seed)
    codec = SkeletonImageCodec.fit(clips, size)
    images, placement = codec.encode(clips)
    assert images.shape == (len(clips), 3, size, size)
    assert images.dtype == np.float32
    assert np.abs(images).max() <= 1.0
    back = codec.decode(
        images, clips.labels, clips.classes, placement=placement, lengths=clips.lengths
    )
    assert back.lengths.tolist() == lengths
    expected = restore_placement(
        remove_placement(clips.resample(size), KINECT20)[0], placement, KINECT20
    )
    np.testing.assert_allclose(
        codec.decode(images, clips.labels, clips.classes, placement=placement).resample(size),
        expected,
        atol=1e-5,
    )


def test_rows_are_joints_in_tree_order_and_columns_are_frames():
    clips = random_clips(SMPL24, lengths=[24])
    codec = SkeletonImageCodec.fit(random_clips(SMPL24, lengths=[24] * 30, seed=1), 24)
    images, placement = codec.encode(clips)
    upright = rotate(clips.resample(24) - placement.origin[:, None, None], -placement.yaw, SMPL24)
    joint, frame = SMPL24.tree_order[7], 13
    seen = upright[0, frame, joint] - upright[0, frame, SMPL24.centre]
    for axis in range(3):
        value = (seen[axis] - codec.centre[joint, axis]) / codec.scale[joint, axis]
        assert abs(value) < 1.0
        assert images[0, axis, 7, frame] == pytest.approx(value * KNEE, abs=1e-6)


def test_more_rows_than_joints_repeat_joints_and_average_them_on_the_way_back():
    clips = random_clips(KINECT20, lengths=[32] * 4)
    codec = SkeletonImageCodec.fit(clips, 32)
    images, _ = codec.encode(clips)
    different = (np.diff(images, axis=2) != 0).any(axis=(0, 1, 3))
    assert different.sum() == len(KINECT20) - 1
    noise = np.random.default_rng(0).normal(0.0, 1e-3, images.shape)
    calm = codec.from_image(images + noise) - codec.from_image(images)
    owners = np.asarray(KINECT20.tree_order)[np.arange(32) * 20 // 32]
    rows = np.bincount(owners, minlength=20)
    assert sorted(set(rows.tolist())) == [1, 2]
    error = (calm / codec.scale * KNEE)[..., 1].std(axis=(0, 1))
    assert error[rows == 2].mean() == pytest.approx(error[rows == 1].mean() / np.sqrt(2), rel=0.15)


def test_outliers_in_training_do_not_move_the_scale():
    clips = random_clips(SMPL24, lengths=[24] * 40, seed=2)
    frames = clips.frames.copy()
    rng = np.random.default_rng(0)
    wild = rng.choice(len(frames), size=20, replace=False)
    limbs = [SMPL24.index(f"{side}_{part}") for side in ("left", "right") for part in ENDS]
    frames[wild, rng.choice(limbs, size=20)] += 50.0
    spoilt = ClipSet.of(SMPL24, clips.classes, np.split(frames, clips.starts[1:]), clips.labels)
    sound, other = (SkeletonImageCodec.fit(part, 24) for part in (clips, spoilt))
    np.testing.assert_allclose(other.scale, sound.scale, rtol=0.1)
    np.testing.assert_allclose(other.centre, sound.centre, atol=0.05)
    images, _ = other.encode(spoilt)
    assert np.abs(images).max() <= 1.0


def test_an_outlier_within_a_few_metres_survives_to_a_millimetre():
    clips = random_clips(SMPL24, lengths=[24] * 20, seed=3)
    codec = SkeletonImageCodec.fit(clips, 24)
    frames = clips.frames.copy()
    frames[50, 7] += 4.5
    leaping = ClipSet.of(SMPL24, clips.classes, np.split(frames, clips.starts[1:]), clips.labels)
    np.testing.assert_allclose(
        there_and_back(codec, leaping).frames, leaping.frames, rtol=0, atol=1e-3
    )


def test_test_clips_change_neither_the_scale_nor_the_images_of_others():
    train = random_clips(SMPL24, lengths=[20, 30, 40], seed=4)
    codec = SkeletonImageCodec.fit(train, 24)
    before = codec.state()
    first, _ = codec.encode(train)
    larger = ClipSet.of(
        SMPL24, train.classes, [train[row].joints * 10 for row in range(3)], train.labels
    )
    images, _ = codec.encode(larger)
    assert np.abs(images).max() <= 1.0
    assert codec.state() == before
    np.testing.assert_array_equal(codec.encode(train)[0], first)


def test_an_image_does_not_show_where_a_clip_stands_and_which_way_it_faces():
    clips = random_clips(NTU25, lengths=[32] * 6, seed=5)
    codec = SkeletonImageCodec.fit(clips, 32)
    turn = np.linspace(-3.0, 3.0, 6)
    moved = rotate(clips.resample(32), turn, NTU25) + np.float32([1.0, -2.0, 3.0])
    there = ClipSet.of(NTU25, clips.classes, list(moved), clips.labels)
    np.testing.assert_allclose(codec.encode(there)[0], codec.encode(clips)[0], atol=1e-4)
    yaw = facing_yaw(moved, NTU25) - facing_yaw(clips.resample(32), NTU25)
    # A turn about a vertical axis lowers the angle from x to z by its own size.
    np.testing.assert_allclose(np.abs(np.angle(np.exp(1j * (yaw - turn)))), 0.0, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_placement_is_taken_out_and_put_back(seed):
    joints = random_clips(KINECT20, lengths=[20] * 4, seed=seed).resample(20)
    placed_out, placement = remove_placement(joints, KINECT20)
    np.testing.assert_allclose(placed_out[:, 0, KINECT20.centre], 0.0, atol=1e-5)
    np.testing.assert_allclose(facing_yaw(placed_out, KINECT20), 0.0, atol=1e-3)
    np.testing.assert_allclose(
        placed_out[..., 1], joints[..., 1] - placement.origin[:, None, None, 1], atol=1e-5
    )
    back = restore_placement(placed_out, placement, KINECT20)
    np.testing.assert_allclose(back, joints, atol=1e-5)
    some = placement.select(np.array([2, 0]))
    np.testing.assert_array_equal(some.origin, placement.origin[[2, 0]])


def test_without_placement_a_clip_stands_at_the_origin_and_faces_the_front():
    clips = random_clips(SMPL24, lengths=[24] * 3, seed=6)
    codec = SkeletonImageCodec.fit(clips, 24)
    plain = codec.decode(codec.encode(clips)[0], clips.labels, clips.classes).resample(24)
    np.testing.assert_allclose(plain[:, 0, SMPL24.centre], 0.0, atol=1e-5)
    np.testing.assert_allclose(facing_yaw(plain, SMPL24), 0.0, atol=1e-3)


def test_a_codec_comes_back_from_its_state():
    clips = random_clips(NTU25, lengths=[32, 40])
    codec = SkeletonImageCodec.fit(clips, 32)
    again = SkeletonImageCodec.from_state(codec.state())
    np.testing.assert_array_equal(again.encode(clips)[0], codec.encode(clips)[0])


def test_images_that_a_generator_overdid_stay_finite():
    clips = random_clips(SMPL24, lengths=[24] * 3)
    codec = SkeletonImageCodec.fit(clips, 24)
    wild = np.full((2, 3, 24, 24), [[[[-1.0]]], [[[7.0]]]])
    assert np.isfinite(codec.from_image(wild)).all()


def test_what_does_not_fit_is_named():
    clips = random_clips(NTU25)
    with pytest.raises(InputError, match=r"24 rows cannot hold the 25 joints of ntu25: .* 32 or"):
        SkeletonImageCodec.fit(clips, 24)
    with pytest.raises(InputError, match="cannot learn a scale from no clips"):
        SkeletonImageCodec.fit(clips.select([]), 32)
    codec = SkeletonImageCodec.fit(clips, 32)
    with pytest.raises(InputError, match="has the skeleton smpl24, the codec was made for ntu25"):
        codec.encode(random_clips(SMPL24))
    with pytest.raises(InputError, match=r"shape \(1, 3, 24, 24\), expected \[N, 3, 32, 32\]"):
        codec.from_image(np.zeros((1, 3, 24, 24)))
