"""The ladder of corruptions: what all of them promise at every dose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.corruptions.ladder import CORRUPTIONS, corruptions_named
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.skeleton import Skeleton
from tests.metrics.corruptions.changed import TRAINING, rng
from tests.skeletons.random_clips import SKELETONS, ragged, random_clips

NEED_TWO_CLASSES = {"swapped_labels", "class_blend"}


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
    name=st.sampled_from(sorted(set(CORRUPTIONS) - NEED_TWO_CLASSES)),
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
