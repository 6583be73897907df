"""Corruptions of the sample as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.corruptions import sample
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import SMPL24
from tests.conftest import moving_clips
from tests.metrics.corruptions.changed import TRAINING, frames_of, moved, rng
from tests.skeletons.random_clips import SKELETONS, random_clips


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
