"""Runs of frames that two sets share, against a search by hand on a small alphabet of poses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25
from skeletons.shared_runs import shared_runs
from tests.skeletons.random_clips import random_clips

POSES = np.random.default_rng(0).normal(size=(8, len(KINECT20), 3)).astype(np.float32)
BLANK = 0
POSES[BLANK] = 1.5

word = st.lists(st.integers(0, 4), min_size=1, max_size=12)
words = st.lists(word, min_size=1, max_size=6)


def spelt(*clips: list[int], name: str = "spelt") -> ClipSet:
    """Clips whose frames are poses by number; pose 0 is blank."""
    return ClipSet.of(KINECT20, ["one"], [POSES[clip] for clip in clips], [0] * len(clips))


def holds_no_blank(run: list[int]) -> bool:
    return BLANK not in run


def longest_by_hand(clip: list[int], reference: list[list[int]]) -> int:
    runs = {
        tuple(other[first:last])
        for other in reference
        for first in range(len(other))
        for last in range(first + 1, len(other) + 1)
        if holds_no_blank(other[first:last])
    }
    return max(
        (
            last - first
            for first in range(len(clip))
            for last in range(first + 1, len(clip) + 1)
            if tuple(clip[first:last]) in runs
        ),
        default=0,
    )


@given(own=words, reference=words)
def test_runs_are_those_that_a_search_of_all_windows_finds(
    own: list[list[int]], reference: list[list[int]]
) -> None:
    found = shared_runs(spelt(*own), spelt(*reference))
    assert found.identical.tolist() == [clip in reference for clip in own]
    for row, clip in enumerate(own):
        length, start = int(found.lengths[row]), int(found.starts[row])
        expected = len(clip) if clip in reference else longest_by_hand(clip, reference)
        assert length == expected
        if length:
            first = int(found.reference_starts[row])
            partner = reference[found.reference_clips[row]]
            assert clip[start : start + length] == partner[first : first + length]
        else:
            assert found.reference_clips[row] == -1
    both = {pose for clip in own for pose in clip} & {pose for clip in reference for pose in clip}
    assert found.distinct_frames == len(both - {BLANK})


def test_a_run_is_found_at_another_time_of_another_clip() -> None:
    test, train = random_clips(lengths=(30, 40), seed=1), random_clips(lengths=(50, 60), seed=2)
    joints = [train[row].joints.copy() for row in range(2)]
    joints[1][35:52] = test[0].joints[10:27]
    planted = ClipSet.of(train.skeleton, train.classes, joints, train.labels)
    found = shared_runs(test, planted)
    assert found.lengths.tolist() == [17, 0]
    assert found.starts[0] == 10
    assert (found.reference_clips[0], found.reference_starts[0]) == (1, 35)
    assert found.distinct_frames == 17
    assert not found.identical.any()


def test_frames_in_another_order_are_no_longer_run() -> None:
    found = shared_runs(spelt([1, 2, 3, 4, 5]), spelt([5, 4, 3, 2, 1]))
    assert found.lengths.tolist() == [1]


def test_an_identical_clip_goes_before_a_longer_one_that_holds_it() -> None:
    found = shared_runs(spelt([1, 2, 3]), spelt([4, 1, 2, 3, 5], [2, 3], [1, 2, 3], [1, 2, 3]))
    assert found.identical.tolist() == [True]
    assert found.reference_clips.tolist() == [2]


def test_a_clip_inside_a_longer_one_is_shared_as_a_whole_and_not_identical() -> None:
    found = shared_runs(spelt([1, 2, 3]), spelt([4, 1, 2, 3, 5]))
    assert (found.lengths[0], found.starts[0], found.reference_starts[0]) == (3, 0, 1)
    assert not found.identical[0]


def test_bodies_that_the_sensor_lost_are_no_evidence() -> None:
    found = shared_runs(spelt([BLANK, BLANK, 1, BLANK, 2]), spelt([3, BLANK, 1, BLANK, 2]))
    assert found.lengths.tolist() == [1]
    assert found.distinct_frames == 2
    found = shared_runs(spelt([BLANK, 4]), spelt([BLANK, BLANK, 5]))
    assert found.lengths.tolist() == [0]


def test_thousands_of_equal_frames_do_not_become_millions_of_pairs() -> None:
    rest = [1] * 100
    own, reference = spelt(*[rest] * 200), spelt(*[[*rest, 2]] * 200)
    found = shared_runs(own, reference)
    assert (found.lengths == 100).all()
    assert not found.identical.any()
    assert found.distinct_frames == 1


def test_values_rounded_elsewhere_are_equal_at_that_tolerance_only() -> None:
    clips = random_clips(lengths=(12, 20))
    written = [np.round(clips[row].joints, 3) for row in range(2)]
    rounded = ClipSet.of(clips.skeleton, clips.classes, written, clips.labels)
    assert not shared_runs(clips, rounded).lengths.any()
    assert shared_runs(clips, rounded, tolerance=1e-3).identical.all()


def test_minus_zero_is_zero() -> None:
    joints = POSES[[1, 2]].copy()
    joints[0, 0, 0] = 0.0
    clips = ClipSet.of(KINECT20, ["one"], [joints], [0])
    joints = joints.copy()
    joints[0, 0, 0] = -0.0
    for tolerance in (0.0, 1e-3):
        other = ClipSet.of(KINECT20, ["one"], [joints], [0])
        assert shared_runs(clips, other, tolerance).identical.all()


def test_one_number_more_or_less_in_a_frame_makes_it_another() -> None:
    clips = random_clips(lengths=(9,))
    joints = clips[0].joints.copy()
    joints[4, 7, 2] = np.nextafter(joints[4, 7, 2], np.float32(9.0))
    found = shared_runs(clips, ClipSet.of(clips.skeleton, clips.classes, [joints], [0]))
    assert (found.lengths[0], found.starts[0]) == (4, 0)


def test_selections_of_one_set_are_told_apart() -> None:
    clips = random_clips(lengths=(9, 5, 7, 3))
    even, odd = clips.select([0, 2]), clips.select([3, 1])
    assert not shared_runs(even, odd).lengths.any()
    found = shared_runs(clips.select([2, 3]), clips.select([3, 0, 2]))
    assert found.reference_clips.tolist() == [2, 0]
    assert found.identical.all()


def test_nothing_is_found_for_or_in_an_empty_set() -> None:
    clips = random_clips()
    nothing = clips.select(np.zeros(0, dtype=np.int64))
    assert len(shared_runs(nothing, clips).lengths) == 0
    found = shared_runs(clips, nothing)
    assert not found.lengths.any()
    assert (found.reference_clips == -1).all()


@pytest.mark.parametrize("tolerance", [-1e-3, 1e-12, float("nan"), float("inf")])
def test_a_tolerance_that_is_no_length_is_bad_input(tolerance: float) -> None:
    with pytest.raises(InputError, match="take 0 or a length from"):
        shared_runs(random_clips(), random_clips(), tolerance)


def test_skeletons_must_agree() -> None:
    with pytest.raises(InputError, match="smpl24, 'random' ntu25: their frames cannot be"):
        shared_runs(random_clips(), random_clips(NTU25))
