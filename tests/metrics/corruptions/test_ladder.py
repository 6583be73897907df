from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.corruptions import body, motion, sample
from metrics.corruptions.choice import share_of_clips
from metrics.corruptions.ladder import CORRUPTIONS, corruptions_named
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.seeds import named_rng
from skeletons.skeleton import SMPL24, Skeleton
from tests.conftest import moving_clips
from tests.skeletons.random_clips import SKELETONS, ragged, random_clips

TRAINING = moving_clips(20, seed=9)


def rng() -> np.random.Generator:
    return named_rng("test of corruptions")


def frames_of(clips: ClipSet, row: int) -> np.ndarray:
    return np.asarray(clips[row].joints)


def moved(before: ClipSet, after: ClipSet) -> np.ndarray:
    """Whether each clip shows other frames than before."""
    return np.asarray(
        [
            frames_of(before, row).shape != frames_of(after, row).shape
            or not np.array_equal(frames_of(before, row), frames_of(after, row))
            for row in range(len(before))
        ]
    )


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_nothing_happens_at_dose_zero(name: str, clips: ClipSet) -> None:
    same = CORRUPTIONS[name].corrupt(clips, 0.0, rng(), TRAINING)
    assert same.fingerprint == clips.fingerprint
    unchanged = CORRUPTIONS[name].change(clips.packed(), 0.0, rng(), TRAINING)
    assert unchanged.fingerprint == clips.fingerprint


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_rung_changes_clips_without_touching_ids_or_the_input(
    name: str, clips: ClipSet
) -> None:
    before = clips.frames.copy(), clips.labels.copy(), clips.starts.copy()
    for dose in CORRUPTIONS[name].doses:
        corrupted = CORRUPTIONS[name].corrupt(clips, dose, rng(), TRAINING)
        corrupted.check()
        assert corrupted.ids.tolist() == clips.ids.tolist()
        assert corrupted.skeleton == clips.skeleton and corrupted.classes == clips.classes
    for array, kept in zip((clips.frames, clips.labels, clips.starts), before, strict=True):
        np.testing.assert_array_equal(array, kept)
    assert corrupted.fingerprint != clips.fingerprint, "the largest dose must show"


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_same_random_numbers_give_the_same_clips(name: str, clips: ClipSet) -> None:
    corruption = CORRUPTIONS[name]
    once, twice = (corruption.corrupt(clips, 0.5, rng(), TRAINING) for _ in range(2))
    assert once.fingerprint == twice.fingerprint


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_no_clips_are_no_problem(name: str, clips: ClipSet) -> None:
    assert len(CORRUPTIONS[name].corrupt(clips.select([]), 0.5, rng(), TRAINING)) == 0


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_ladders_grow_within_their_range(name: str) -> None:
    doses = CORRUPTIONS[name].doses
    assert len(doses) == 6 and list(doses) == sorted(set(doses))
    assert doses[0] > 0.0 and doses[-1] <= 1.0


@pytest.mark.parametrize("dose", [-0.1, 1.01, float("nan")])
def test_a_dose_outside_its_range_is_an_error(dose: float, clips: ClipSet) -> None:
    with pytest.raises(InputError, match=r"joint_noise: a dose of .* is not in \[0, 1\]"):
        CORRUPTIONS["joint_noise"].corrupt(clips, dose, rng(), TRAINING)


@settings(max_examples=25, deadline=None)
@given(
    lengths=ragged,
    dose=st.floats(0.0, 1.0),
    skeleton=st.sampled_from(SKELETONS),
    name=st.sampled_from(sorted(set(CORRUPTIONS) - {"swapped_labels"})),
)
def test_any_dose_of_any_skeleton_gives_valid_clips(
    lengths: list[int], dose: float, skeleton: Skeleton, name: str
) -> None:
    clips = random_clips(skeleton, lengths)
    training = random_clips(skeleton, (5, 6, 7), seed=1, name="training")
    corrupted = CORRUPTIONS[name].corrupt(clips, dose, rng(), training)
    corrupted.check()
    assert len(corrupted) == len(clips) and (corrupted.lengths >= 1).all()
    if name not in ("dropped_modes", "dropped_tails", "collapsed_classes", "training_copies"):
        assert corrupted.lengths.tolist() == clips.lengths.tolist()


@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(st.integers(0, 5), max_size=40),
    small=st.floats(0.0, 1.0),
    large=st.floats(0.0, 1.0),
)
def test_a_share_is_exact_even_over_classes_and_nested(
    labels: list[int], small: float, large: float
) -> None:
    small, large = sorted((small, large))
    array = np.asarray(labels, dtype=np.int64)
    few, many = (share_of_clips(array, dose, rng()) for dose in (small, large))
    assert few.sum() == round(small * len(array))
    assert not (few & ~many).any()
    for label in set(labels):
        share = (array == label).mean()
        # Each class may be one clip off; the exact total shares such errors out by size.
        assert abs(few[array == label].sum() - share * few.sum()) <= 1.0 + 6.0 * share


def test_joint_noise_has_the_deviation_of_its_dose() -> None:
    clips = moving_clips(60)
    noisy = body.joint_noise(clips, 0.3, rng())
    bone = SMPL24.bone_lengths(clips.frames).mean()
    added = noisy.frames - clips.frames
    assert added.std() == pytest.approx(0.3 * bone, rel=0.02)
    assert abs(added.mean()) < 0.01 * bone
    half = body.joint_noise(clips, 0.15, rng())
    np.testing.assert_allclose(2.0 * (half.frames - clips.frames), added, atol=2e-6)


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


def test_dropped_modes_leave_a_share_of_distinct_clips_of_each_class(clips: ClipSet) -> None:
    poor = sample.dropped_modes(clips, 0.75, rng())
    originals = {frames_of(clips, row).tobytes(): int(clips.labels[row]) for row in range(36)}
    for label in range(3):
        shown = [frames_of(poor, row).tobytes() for row in np.flatnonzero(poor.labels == label)]
        assert len(shown) == 12 and len(set(shown)) == 3
        assert {originals[clip] for clip in shown} == {label}
        assert max(shown.count(clip) for clip in shown) == 4
    last = sample.dropped_modes(clips, 1.0, rng())
    assert len({frames_of(last, row).tobytes() for row in range(36)}) == 3


def test_dropped_tails_keep_the_clips_that_are_near_their_class() -> None:
    quiet = moving_clips(12, classes=1)
    wild = random_clips(lengths=(20, 20), classes=1, name="wild")
    clips = ClipSet.concatenate(
        [
            quiet,
            ClipSet.of(
                SMPL24, quiet.classes, [wild[0].joints, wild[1].joints], [0, 0], name="wild"
            ),
        ]
    )
    trimmed = sample.dropped_tails(clips, 2 / 14, rng())
    assert moved(clips, trimmed).tolist() == [False] * 12 + [True] * 2
    near = {frames_of(clips, row).tobytes() for row in range(12)}
    assert all(frames_of(trimmed, row).tobytes() in near for row in (12, 13))


def test_collapsed_clips_show_the_largest_class_under_their_own_label(clips: ClipSet) -> None:
    large = clips.select(np.arange(len(clips)) > 0)  # class 0 has lost a clip, class 1 comes first
    collapsed = sample.collapsed_classes(large, 1.0, rng())
    assert collapsed.labels.tolist() == large.labels.tolist()
    known = {frames_of(large, row).tobytes() for row in np.flatnonzero(large.labels == 1)}
    shown = [frames_of(collapsed, row).tobytes() for row in range(len(large))]
    assert set(shown) == known and max(shown.count(clip) for clip in known) == 3


def test_swapped_labels_are_of_other_classes_that_are_there(clips: ClipSet) -> None:
    two = clips.select(clips.labels != 1)
    wrong = sample.swapped_labels(two, 0.5, rng())
    changed = wrong.labels != two.labels
    assert changed.sum() == 12 and set(wrong.labels) == {0, 2}
    assert not moved(two, wrong).any()


def test_labels_of_one_class_cannot_be_swapped(clips: ClipSet) -> None:
    with pytest.raises(InputError, match="one class"):
        sample.swapped_labels(clips.select(clips.labels == 1), 0.5, rng())


def test_training_copies_are_of_the_same_class_and_used_evenly(clips: ClipSet) -> None:
    copied = sample.training_copies(clips, 1.0, rng(), TRAINING)
    known = {frames_of(TRAINING, row).tobytes(): int(TRAINING.labels[row]) for row in range(20)}
    shown = [frames_of(copied, row).tobytes() for row in range(36)]
    assert [known[clip] for clip in shown] == clips.labels.tolist()
    assert copied.lengths.sum() == len(copied.frames)
    for label in range(3):
        mine = [shown[row] for row in np.flatnonzero(clips.labels == label)]
        often = [mine.count(clip) for clip in known if known[clip] == label]
        assert max(often) - min(often) <= 1
    some = sample.training_copies(clips, 0.25, rng(), TRAINING)
    assert moved(clips, some).sum() == 9


def test_copies_need_training_clips_of_each_class_and_of_the_same_body(clips: ClipSet) -> None:
    with pytest.raises(InputError, match="no clip of class 'class1'"):
        sample.training_copies(clips, 0.5, rng(), TRAINING.select(TRAINING.labels != 1))
    with pytest.raises(InputError, match="differ in skeleton or classes"):
        sample.training_copies(clips, 0.5, rng(), random_clips(SKELETONS[1]))


def test_left_and_right_need_a_skeleton_that_has_them() -> None:
    rod = Skeleton("rod", ("a", "b"), (-1, 0), 0, (), ())
    clips = ClipSet.of(rod, ["still"], [np.zeros((3, 2, 3))], [0])
    with pytest.raises(InputError, match="has no left and right"):
        CORRUPTIONS["frame_swaps"].corrupt(clips, 0.5, rng(), clips)


def test_corruptions_are_found_by_name_in_the_order_of_the_ladder() -> None:
    assert [entry.name for entry in corruptions_named(["sliding", "joint_noise"])] == [
        "joint_noise",
        "sliding",
    ]
    assert len(corruptions_named(["all"])) == len(CORRUPTIONS)
    with pytest.raises(InputError, match="did you mean 'joint_noise'"):
        corruptions_named(["joint_nose"])
    with pytest.raises(InputError, match="no corruption"):
        corruptions_named([])
