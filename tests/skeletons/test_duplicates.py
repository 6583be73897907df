"""Near duplicates against a search over angles, thresholds against data, and what is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from skeletons.clips import ClipSet
from skeletons.datasets import dataset_named
from skeletons.duplicates import Duplicates, find_duplicates, leak
from skeletons.errors import InputError
from skeletons.layouts import COCO17
from skeletons.near_duplicates import NEAR, nearest_clips, typical_distances
from skeletons.placement import rotate
from tests.any_skeleton import swaying_clips
from tests.conftest import moving_clips
from tests.skeletons.random_clips import SKELETONS, random_clips


def changed(
    clips: ClipSet, noise: float = 0.0, pace: float = 1.0, seed: int = 0, name: str = "changed"
) -> ClipSet:
    """Each clip somewhere else, facing another way, with noise and another number of frames."""
    rng = np.random.default_rng(seed)
    packed = clips.packed()
    owner = np.repeat(np.arange(len(packed)), packed.lengths)
    frames = packed.frames + rng.normal(0, noise, packed.frames.shape).astype(np.float32)
    yaw = rng.uniform(-np.pi, np.pi, len(packed))
    frames = rotate(frames[:, None], yaw[owner], packed.skeleton)[:, 0]
    frames += rng.uniform(-2, 2, (len(packed), 1, 3)).astype(np.float32)[owner]
    ids = np.asarray([f"{name}-{number}" for number in range(len(packed))])
    moved = replace(packed, frames=frames, ids=ids, name=name)
    return moved.with_lengths(np.maximum((moved.lengths * pace).round(), 1))


@pytest.fixture(scope="module")
def kinematic() -> tuple[ClipSet, ClipSet]:
    data = dataset_named("kinematic12").load("", None)
    return data.train, data.test


@pytest.fixture(scope="module")
def train() -> ClipSet:
    """Smooth random walks: no two are alike."""
    return random_clips(lengths=[20 + row for row in range(30)], name="train")


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_place_heading_and_sampling_leave_no_distance(skeleton) -> None:
    clips = random_clips(skeleton, lengths=(40, 30, 16, 1))
    rows, distances = nearest_clips(changed(clips), clips)
    assert rows.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(distances, 0.0, atol=1e-5)  # of float32 metres from the sensor


def test_the_distance_is_the_least_over_all_turns() -> None:
    first, second = random_clips(lengths=(16,), seed=1), random_clips(lengths=(16,), seed=2)
    _, distances = nearest_clips(first, second)
    one, two = (clips[0].joints.astype(np.float64) for clips in (first, second))
    one, two = one - one.mean(axis=(0, 1)), two - two.mean(axis=(0, 1))

    def squared(angle: float) -> float:
        turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0]])
        turn = np.vstack([turn, [-np.sin(angle), 0, np.cos(angle)]])
        return float(np.mean(np.square(one @ turn.T - two).sum(axis=-1)))

    least = min(
        minimize_scalar(squared, (start, start + 0.3), options={"xtol": 1e-12}).fun
        for start in np.linspace(0, 2 * np.pi, 7)
    )
    assert distances[0] == pytest.approx(np.sqrt(least), rel=1e-6)


def test_typical_is_the_median_over_a_class_of_the_distance_to_the_nearest_other(
    train: ClipSet,
) -> None:
    expected = []
    for label in range(3):
        members = np.flatnonzero(train.labels == label)
        nearest = [
            nearest_clips(train.select([row]), train.select(members[members != row]))[1][0]
            for row in members
        ]
        expected.append(np.median(nearest))
    np.testing.assert_allclose(typical_distances(train), expected, rtol=1e-6)


def test_copies_inside_the_training_set_do_not_make_typical_zero(train: ClipSet) -> None:
    some = train.select(np.flatnonzero(train.labels == 0)[:4])
    copies = replace(some, ids=np.asarray([f"copy-{row}" for row in range(4)]))
    doubled = ClipSet.concatenate([train, copies])
    assert typical_distances(doubled)[0] > 0.5 * typical_distances(train)[0]


def test_a_class_of_one_clip_or_none_gets_the_median_of_the_others(train: ClipSet) -> None:
    kept = train.select((train.labels > 0) | (np.arange(len(train)) == 0))
    assert (kept.labels == 0).sum() == 1
    for clips in (kept, train.select(train.labels > 0)):
        typical = typical_distances(clips)
        assert typical[0] == np.median(typical[1:])


def test_where_no_class_has_two_clips_nothing_is_typical_and_nothing_near(train: ClipSet) -> None:
    alone = train.select([0, 1, 2])
    assert np.isnan(typical_distances(alone)).all()
    found = find_duplicates(alone, changed(alone))
    assert found.pairs == ()
    assert found.closest_other is None


@pytest.mark.parametrize(("noise", "pace"), [(0.0, 1.0), (0.01, 1.0), (0.0, 0.6), (0.01, 1.7)])
def test_moved_turned_noisy_and_resampled_copies_are_near(
    train: ClipSet, noise: float, pace: float
) -> None:
    found = find_duplicates(train, changed(train, noise, pace))
    assert [pair.train for pair in found.pairs] == train.ids.tolist()
    for pair in found.pairs:
        assert pair.kind == "near"
        assert pair.frames is pair.share is pair.shift is None
        assert pair.relative_distance is not None
        assert pair.relative_distance < NEAR
    assert found.closest_other is None


def test_a_copy_under_another_label_is_found(train: ClipSet) -> None:
    copies = changed(train, 0.01)
    other = replace(copies, labels=(copies.labels + 1) % 3)
    assert find_duplicates(train, other).count("near") == len(train)


def test_other_clips_are_not_near_and_the_closest_is_told(train: ClipSet) -> None:
    others = random_clips(lengths=(25,) * 12, seed=77, name="test")
    found = find_duplicates(train, others)
    assert found.pairs == ()
    typical = typical_distances(train)[others.labels]
    closest = (nearest_clips(others, train)[1] / typical).min()
    assert found.closest_other == pytest.approx(closest)
    assert find_duplicates(train, others, near=closest * 1.01).count("near") == 1
    assert find_duplicates(train, others, near=0).closest_other is None


def test_exact_pairs_tell_frames_share_and_shift(train: ClipSet) -> None:
    held, cut = train[3].joints, train[7].joints[5:17]
    joints = [held, np.concatenate([random_clips(lengths=(4,), seed=9)[0].joints, cut])]
    test = ClipSet.of(train.skeleton, train.classes, joints, [0, 1], ids=["whole", "cut"])
    found = find_duplicates(train, test, near=0)
    whole, part = found.pairs
    assert (whole.test, whole.train, whole.kind) == ("whole", "train-00003", "identical")
    assert (whole.frames, whole.share, whole.shift) == (23, 1.0, 0)
    assert whole.distance == whole.relative_distance == 0.0
    assert (part.test, part.train, part.kind) == ("cut", "train-00007", "run")
    assert (part.frames, part.share, part.shift) == (12, 12 / 16, 1)
    assert part.distance is part.relative_distance is None
    assert found.frames_in_both == 23 + 12


def test_a_set_is_a_copy_of_itself(train: ClipSet) -> None:
    found = find_duplicates(train, train)
    assert [(pair.test, pair.train) for pair in found.pairs] == [(one, one) for one in train.ids]
    assert found.count("identical") == len(train)


def test_the_threshold_keeps_what_its_docstring_says_on_kinematic12(
    kinematic: tuple[ClipSet, ClipSet],
) -> None:
    train, test = kinematic
    found = find_duplicates(train, test)
    assert found.pairs == ()
    assert found.closest_other is not None
    assert found.closest_other == pytest.approx(0.46, abs=0.005)
    noisy = find_duplicates(train, changed(train, 0.01))
    assert [pair.train for pair in noisy.pairs] == train.ids.tolist()
    assert max(pair.relative_distance or 0 for pair in noisy.pairs) < 0.26
    slow = find_duplicates(train, changed(train, 0.01, pace=0.5))
    assert slow.count("near") >= 0.975 * len(train)


def test_each_kind_becomes_a_sentence_and_none_is_said_twice() -> None:
    train = moving_clips(12)
    joints = [train[0].joints, np.concatenate([train[1].joints[3:9], train[1].joints[:1]])]
    joints += [changed(train.select([2]))[0].joints, random_clips(lengths=(20,))[0].joints]
    test = ClipSet.of(train.skeleton, train.classes, joints, [0, 1, 2, 0])
    found = find_duplicates(train, test)
    identical, run, near = found.sentences()
    assert identical == (
        "1 of 4 test clips (25.0%) are frame for frame in the training set, "
        "so test results are too good."
    )
    assert run == (
        "1 of 4 test clips (25.0%) share a run of frames with a training clip "
        "(up to 6 frames, 86% of the clip)."
    )
    assert near == "1 of 4 test clips (25.0%) are nearly equal to a training clip."
    assert found.sentences(said=[f"Mind: {leak('identical', 1, 4)}."]) == (run, near)
    assert found.sentences(said=[f"Mind: {leak('identical', 2, 4)}."]) == (identical, run, near)
    assert found.facts()["test_clips"] == {"identical": 1, "run": 1, "near": 1}


def test_no_duplicates_no_sentence() -> None:
    assert Duplicates((), 0, 0, None).sentences() == ()


def test_sets_that_cannot_be_compared_are_bad_input(train: ClipSet) -> None:
    with pytest.raises(InputError, match="different classes"):
        find_duplicates(train, random_clips(classes=2))
    with pytest.raises(InputError, match="near is -1"):
        find_duplicates(train, train, near=-1)


def test_nearly_equal_pictures_are_found_too() -> None:
    clips = swaying_clips(COCO17, count=24, frames=30)
    noise = np.random.default_rng(0).normal(scale=1e-3, size=clips.frames.shape)
    moved = replace(clips, frames=(clips.frames + noise + 2.0).astype(np.float32))
    copies = moved.select([0, 5], "test")
    copies = replace(copies, ids=np.asarray(["first", "second"]))
    found = find_duplicates(clips, copies)
    assert found.count("near") == 2
