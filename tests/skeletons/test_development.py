from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skeletons.clips import ClipSet
from skeletons.datasets import Data
from skeletons.datasets.development import development_clips, with_dev
from skeletons.datasets.kinematic12 import DEV_PEOPLE, Kinematic12
from skeletons.layouts import KINECT20


def _clips(subjects: list[str], labels: list[int], name: str = "some-train") -> ClipSet:
    joints = [np.zeros((3, len(KINECT20), 3), np.float32) + row for row in range(len(labels))]
    classes = [f"class {label}" for label in range(max(labels) + 1)]
    return ClipSet.of(KINECT20, classes, joints, labels, subjects=subjects, name=name)


def test_whole_people_are_held_out():
    data = Kinematic12().load("cross-subject")
    assert data.dev is not None
    people = {name: set(part.subjects.tolist()) for name, part in data.parts.items()}
    assert [len(people[name]) for name in ("train", "dev", "test")] == [17, DEV_PEOPLE, 9]
    assert not people["train"] & people["dev"]
    assert not (people["train"] | people["dev"]) & people["test"]
    assert (data.dev.class_counts() > 0).all()
    assert (len(data.train) + len(data.dev), data.dev.name) == (1200, "kinematic12-dev")


def test_nobody_is_taken_who_alone_shows_a_class():
    subjects = ["a", "b", "c", "d", "d"]
    held_out = development_clips(_clips(subjects, [0, 0, 0, 0, 1]), people=3)
    assert held_out.tolist() == [True, True, True, False, False]


def test_without_known_people_each_class_gives_a_fifth_and_keeps_one_clip():
    clips = _clips([""] * 12, [0] * 10 + [1] + [2])
    held_out = development_clips(clips)
    assert np.bincount(clips.labels[held_out], minlength=3).tolist() == [2, 0, 0]


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 3)), min_size=1, max_size=40),
    st.one_of(st.none(), st.integers(1, 5)),
    st.randoms(use_true_random=False),
)
def test_every_class_stays_and_the_order_of_clips_has_no_say(rows, people, random):
    clips = _clips([name for name, _ in rows], [label for _, label in rows])
    held_out = development_clips(clips, people)
    left = np.bincount(clips.labels[~held_out], minlength=len(clips.classes))
    assert np.array_equal(left > 0, clips.class_counts() > 0)
    order = list(range(len(rows)))
    random.shuffle(order)
    again = development_clips(clips.select(order), people)
    assert set(clips.ids[held_out]) == set(clips.select(order).ids[again])


@pytest.mark.parametrize("name", ["one-train", "other-train"])
def test_the_choice_follows_the_data_sets_name(name):
    clips = _clips([f"s{row % 12}" for row in range(60)], [row % 3 for row in range(60)], name)
    assert np.array_equal(development_clips(clips), development_clips(clips))


def test_a_data_set_that_gives_its_own_part_keeps_it():
    clips = _clips(["a"] * 4, [0, 0, 1, 1])
    data = Data(clips.select([0, 2]), clips.select([1]), "plain", dev=clips.select([3]))
    assert with_dev(data) is data
