from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.unlabelled import NO_LABEL, without_labels
from tests.conftest import moving_clips


def test_nothing_that_could_tell_a_class_is_left_beside_the_frames() -> None:
    clips = moving_clips(12)
    withheld = without_labels(clips.select([7, 2, 9]))
    assert withheld.labels.tolist() == [NO_LABEL] * 3
    assert set(withheld.subjects.tolist()) == set(withheld.views.tolist()) == {""}
    assert withheld.ids.tolist() == [f"unlabelled-{number:05d}" for number in range(3)]
    assert len(withheld.frames) == int(clips.lengths[[7, 2, 9]].sum()), "no frame of other clips"
    shown = {withheld[row].joints.tobytes() for row in range(3)}
    assert shown == {clips[row].joints.tobytes() for row in (7, 2, 9)}


def test_other_labels_ids_people_and_another_order_give_the_same_clips() -> None:
    clips = moving_clips(12)
    rng = np.random.default_rng(0)
    other = replace(
        clips,
        labels=rng.permutation(clips.labels),
        subjects=rng.permutation(clips.subjects),
        ids=rng.permutation(clips.ids),
        name="other",
    ).select(rng.permutation(12))
    assert without_labels(other).fingerprint == without_labels(clips).fingerprint


def test_what_counts_or_joins_labels_refuses_the_sentinel() -> None:
    withheld = without_labels(moving_clips(6))
    with pytest.raises(ValueError, match="negative"):
        withheld.class_counts()
    with pytest.raises(InputError, match="has label -1"):
        ClipSet.concatenate([moving_clips(6), withheld])
