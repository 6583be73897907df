from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.classical import operations as alone
from generators.classical import pairs
from generators.classical.generator import Classical
from generators.classical.parameters import OPERATIONS, ClassicalParameters
from generators.protocol import FitContext
from generators.registry import check_generator, load_generator, make_generator
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.placement import VOTING_FRAMES, remove_placement, rotate, upright
from tests.conftest import moving_clips
from tests.skeletons.random_clips import SKELETONS, ragged, random_clips

NAMES = ("classical", *OPERATIONS)

bodies = st.builds(
    lambda skeleton, lengths, seed: upright(random_clips(skeleton, lengths, seed)),
    st.sampled_from(SKELETONS),
    ragged,
    st.integers(0, 99),
)
several = settings(max_examples=20, deadline=None)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def bones(clips: ClipSet) -> np.ndarray:
    return clips.skeleton.bone_lengths(clips.frames.astype(np.float64))


def fitted(name: str, clips: ClipSet, **values) -> Classical:
    generator = make_generator(name, "smoke", values)
    generator.fit(clips, FitContext(seed=0))
    return generator


@several
@given(bodies)
def test_rotation_keeps_bone_lengths(clips):
    turned = alone.rotation(clips, ClassicalParameters(), rng())
    assert not np.allclose(turned.frames, clips.frames)
    np.testing.assert_allclose(bones(turned), bones(clips), rtol=1e-4, atol=1e-5)


@several
@given(bodies)
def test_rotation_without_tilt_keeps_heights_and_turns_no_further_than_asked(clips):
    turned = alone.rotation(clips, ClassicalParameters(tilt=0.0, yaw=0.5), rng())
    np.testing.assert_array_equal(turned.frames[..., 1], clips.frames[..., 1])
    flat, flat_turned = (some.frames[..., 0] + 1j * some.frames[..., 2] for some in (clips, turned))
    seen = np.abs(flat) > 0.1
    assert np.abs(np.angle(flat_turned[seen] / flat[seen])).max() <= 0.5 + 1e-4


@several
@given(bodies)
def test_isotropic_scaling_multiplies_all_bones_of_a_clip_by_one_factor(clips):
    parameters = ClassicalParameters(scale=0.3, scale_axes=0.0)
    ratio = bones(alone.scaling(clips, parameters, rng())) / bones(clips)
    for start, length in zip(clips.starts, clips.lengths, strict=True):
        factor = ratio[start : start + length]
        np.testing.assert_allclose(factor, factor[0, 0], rtol=1e-4)
        assert 0.7 - 1e-4 <= factor[0, 0] <= 1.3 + 1e-4


def test_scaling_of_axes_stretches_each_axis_by_its_own_factor():
    clips = upright(random_clips())
    scaled = alone.scaling(clips, ClassicalParameters(scale=0.0, scale_axes=0.2), rng())
    first = slice(0, int(clips.lengths[0]))
    factors = [
        np.linalg.norm(scaled.frames[first, :, axis]) / np.linalg.norm(clips.frames[first, :, axis])
        for axis in range(3)
    ]
    np.testing.assert_allclose(scaled.frames[first], clips.frames[first] * factors, atol=1e-5)
    assert len(np.unique(np.round(factors, 4))) == 3
    assert min(factors) >= 0.8 and max(factors) <= 1.2


def test_shear_is_one_linear_map_a_clip_with_ones_on_its_diagonal():
    clips = upright(random_clips())
    sheared = alone.shear(clips, ClassicalParameters(shear=0.4), rng())
    for index in range(len(clips)):
        points, moved = (some[index].joints.reshape(-1, 3) for some in (clips, sheared))
        matrix, *_ = np.linalg.lstsq(points, moved, rcond=None)
        np.testing.assert_allclose(points @ matrix, moved, atol=1e-4)
        np.testing.assert_allclose(np.diag(matrix), 1.0, atol=1e-4)
        assert 0.0 < np.abs(matrix - np.diag(np.diag(matrix))).max() <= 0.4 + 1e-4


def test_joint_noise_has_the_asked_standard_deviation_on_each_axis():
    clips = upright(random_clips(lengths=(200, 300)))
    noise = alone.joint_noise(clips, ClassicalParameters(joint_noise=0.03), rng()).frames
    noise = noise - clips.frames
    np.testing.assert_allclose(noise.std(axis=(0, 1)), 0.03, rtol=0.05)
    np.testing.assert_allclose(noise.mean(axis=(0, 1)), 0.0, atol=0.002)
    assert abs(np.corrcoef(noise[1:, 0, 0], noise[:-1, 0, 0])[0, 1]) < 0.2


@several
@given(bodies)
def test_mirroring_twice_gives_the_clip_again(clips):
    always = ClassicalParameters(mirror=1.0)
    once = alone.mirror(clips, always, rng())
    np.testing.assert_array_equal(alone.mirror(once, always, rng()).frames, clips.frames)
    np.testing.assert_array_equal(once.frames[..., 1], clips.frames[:, clips.skeleton.mirror, 1])


def test_mirror_changes_the_asked_part_of_the_clips():
    clips = upright(moving_clips(200))
    changed = alone.mirror(clips, ClassicalParameters(mirror=0.25), rng()).frames != clips.frames
    of_clip = np.add.reduceat(changed.any(axis=(1, 2)), clips.starts) > 0
    assert 0.15 < of_clip.mean() < 0.35


@several
@given(bodies)
def test_a_warped_clip_keeps_its_length_and_its_first_and_last_frame(clips):
    warped = alone.temporal_warp(clips, ClassicalParameters(), rng())
    np.testing.assert_array_equal(warped.lengths, clips.lengths)
    ends = warped.starts + warped.lengths - 1
    np.testing.assert_array_equal(warped.frames[warped.starts], clips.frames[clips.starts])
    np.testing.assert_allclose(warped.frames[ends], clips.frames[ends], atol=1e-5)


def test_a_warp_of_zero_strength_changes_nothing():
    clips = upright(random_clips())
    warped = alone.temporal_warp(clips, ClassicalParameters(warp=0.0), rng())
    np.testing.assert_allclose(warped.frames, clips.frames, atol=1e-5)


@several
@given(bodies, st.floats(0.0, 0.9))
def test_a_crop_is_a_stretch_of_the_clips_own_frames_and_no_shorter_than_asked(clips, crop):
    cropped = alone.temporal_crop(clips, ClassicalParameters(crop=crop), rng())
    assert (cropped.lengths <= clips.lengths).all()
    assert (cropped.lengths >= np.maximum((1.0 - crop) * clips.lengths - 1e-5, 1)).all()
    for index in range(len(clips)):
        whole, part = clips[index].joints, cropped[index].joints
        places = [
            start
            for start in range(len(whole) - len(part) + 1)
            if np.array_equal(whole[start : start + len(part)], part)
        ]
        assert places


@pytest.mark.parametrize("change", [pairs.interpolation, pairs.mixing])
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_a_clip_paired_with_itself_comes_back_as_it_was(change, skeleton):
    clips = upright(random_clips(skeleton, (1, 9, 40)))
    same = change(clips, clips, ClassicalParameters(), rng())
    np.testing.assert_allclose(same.frames, clips.frames, atol=1e-5)


@several
@given(bodies)
def test_an_interpolated_clip_lies_between_the_two_in_every_coordinate(clips):
    others = upright(random_clips(clips.skeleton, clips.lengths + 5, seed=1))
    between = pairs.interpolation(clips, others, ClassicalParameters(), rng()).frames
    aligned = others.with_lengths(clips.lengths).frames
    low, high = np.minimum(clips.frames, aligned), np.maximum(clips.frames, aligned)
    assert (between >= low - 1e-5).all() and (between <= high + 1e-5).all()
    nearer = np.abs(between - clips.frames) <= np.abs(between - aligned) + 1e-5
    assert nearer.all()


@several
@given(bodies)
def test_mixing_takes_the_legs_of_one_clip_and_the_upper_body_of_the_other(clips):
    others = upright(random_clips(clips.skeleton, clips.lengths, seed=1))
    mixed = pairs.mixing(clips, others, ClassicalParameters(), rng())
    joint, legs = pairs.lower_body(clips.skeleton)
    np.testing.assert_array_equal(mixed.frames[:, legs], clips.frames[:, legs])
    np.testing.assert_allclose(mixed.frames[:, joint], clips.frames[:, joint], atol=1e-6)
    of_leg = np.asarray([legs[child] for _, child in clips.skeleton.edges])
    np.testing.assert_allclose(bones(mixed)[:, of_leg], bones(clips)[:, of_leg], atol=1e-5)
    np.testing.assert_allclose(bones(mixed)[:, ~of_leg], bones(others)[:, ~of_leg], atol=1e-4)


def test_a_mixed_upper_body_faces_where_its_legs_face():
    turn = np.linspace(0.0, 3.0, 60)
    clips = upright(moving_clips(2, classes=1, frames=60)).with_lengths([60, 60])
    turning = clips.select([0]).packed()
    turning_frames = rotate(turning.frames[:, None], turn, SMPL24)[:, 0]
    turning = ClipSet.of(SMPL24, clips.classes, [turning_frames], [0])
    mixed = pairs.mixing(turning, clips.select([1]).packed(), ClassicalParameters(), rng())
    left, right = SMPL24.facing[1]
    across = mixed.frames[:, right] - mixed.frames[:, left]
    facing = np.unwrap(np.arctan2(across[:, 2], across[:, 0]))
    np.testing.assert_allclose(facing, turn, atol=0.35)


@pytest.mark.parametrize(
    ("skeleton", "joint"), [(SMPL24, "pelvis"), (KINECT20, "hip_centre"), (NTU25, "spine_base")]
)
def test_legs_are_found_in_the_tree_of_each_skeleton(skeleton, joint):
    bearer, legs = pairs.lower_body(skeleton)
    assert skeleton.joints[bearer] == joint
    found = {skeleton.joints[index] for index in np.flatnonzero(legs)}
    parts = ("hip", "knee", "ankle", "foot")
    assert found == {f"{side}_{part}" for side in ("left", "right") for part in parts}


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_served_in_order_and_samples_are_like_the_skeletons_clips(name, clips):
    generator = fitted(name, clips)
    for labels in ([2, 0, 0, 1, 2, 2, 1], [1], []):
        samples = generator.sample(np.asarray(labels, np.int64), 3)
        samples.check()
        assert samples.labels.tolist() == labels
        assert samples.classes == clips.classes
        assert (samples.lengths <= clips.lengths.max()).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_clips_also_after_loading_and_another_does_not(
    name, clips, tmp_path
):
    generator, labels = fitted(name, clips), np.arange(9) % 3
    generator.save(tmp_path)
    first = generator.sample(labels, 5)
    assert load_generator(name, tmp_path).sample(labels, 5).fingerprint == first.fingerprint
    assert generator.sample(labels, 6).fingerprint != first.fingerprint


@pytest.mark.parametrize("name", NAMES)
def test_one_clip_a_class_is_enough(name):
    clips = moving_clips(3)
    samples = fitted(name, clips).sample(np.asarray([1, 1, 0, 2]), 0)
    assert samples.labels.tolist() == [1, 1, 0, 2]
    if name in ("interpolation", "mixing"):
        for index, label in enumerate(samples.labels):
            np.testing.assert_allclose(samples[index].joints, clips[label].joints, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "temporal_crop"])
def test_no_sample_is_a_training_clip_as_it_was(name, clips):
    samples = fitted(name, clips).sample(np.arange(60) % 3, 0)
    for index in range(len(samples)):
        sample = samples[index].joints
        like = (clips.labels == samples.labels[index]) & (clips.lengths == len(sample))
        for row in np.flatnonzero(like):
            assert np.abs(sample - clips[row].joints).max() > 1e-4


@pytest.mark.parametrize("name", ["temporal_warp", "mirror", "scaling", "interpolation", "mixing"])
def test_a_sample_stands_where_its_source_stands_and_faces_where_it_faces(name):
    clips = upright(moving_clips(4, classes=2))
    away = rotate(clips.frames[:, None], np.full(len(clips.frames), 2.0), SMPL24)[:, 0] + 3.0
    samples = fitted(name, replace(clips, frames=away)).sample(np.asarray([1, 0, 1]), 0)
    _, placement = remove_placement(samples.resample(VOTING_FRAMES), SMPL24)
    np.testing.assert_allclose(placement.origin, 3.0, atol=1e-4)
    np.testing.assert_allclose(placement.yaw, 2.0, atol=0.1)


def test_the_order_of_operations_counts(clips):
    labels = np.arange(6) % 3
    one, other = (
        fitted("classical", clips, operations=order).sample(labels, 0).frames
        for order in (["shear", "rotation"], ["rotation", "shear"])
    )
    assert np.abs(one - other).max() > 1e-3


def test_an_operation_draws_the_same_alone_and_in_company(clips):
    labels = np.arange(6) % 3
    together = fitted("classical", clips, operations=["temporal_crop", "joint_noise"])
    alone_lengths = fitted("temporal_crop", clips).sample(labels, 4).lengths
    np.testing.assert_array_equal(together.sample(labels, 4).lengths, alone_lengths)


def test_an_unknown_label_is_one_clear_line(clips):
    with pytest.raises(InputError, match="label 2 was not among the clips that were fitted"):
        fitted("rotation", clips.select(clips.labels < 2)).sample(np.asarray([0, 2]), 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"operations": []}, "at least 1"),
        ({"operations": ["rotation", "rotation"]}, "'rotation' is named twice"),
        ({"operations": ["rotate"]}, "operations.0 = 'rotate'"),
        ({"crop": 1.0}, "crop = 1.0"),
        ({"angle": 1.0}, "unknown parameter of classical 'angle'"),
    ],
)
def test_wrong_parameters_are_one_clear_line(settings, message):
    with pytest.raises(InputError, match=message) as error:
        check_generator("classical", "quick", settings)
    assert "\n" not in str(error.value)


def test_samples_are_reported_as_tied_to_real_clips(clips):
    (caveat,) = fitted("mixing", clips).caveats
    assert "tied to real clips" in caveat and "mixing" in caveat


def test_a_folder_without_a_generator_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="holds no fitted Classical"):
        Classical.load(tmp_path)
