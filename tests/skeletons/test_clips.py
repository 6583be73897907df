"""Clip sets: selection, concatenation, resampling, identity and storage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, SMPL24
from tests.skeletons.random_clips import ragged, random_clips


@settings(max_examples=30, deadline=None)
@given(lengths=ragged, data=st.data())
def test_a_selection_holds_the_same_clips_in_the_order_asked_for(lengths, data):
    clips = random_clips(lengths=lengths)
    rows = data.draw(st.lists(st.integers(0, len(clips) - 1), unique=True))
    chosen = clips.select(rows)
    for shared in (chosen, chosen.packed()):
        assert len(shared) == len(rows)
        for position, row in enumerate(rows):
            assert shared[position].id == clips[row].id
            assert shared[position].label == clips[row].label
            np.testing.assert_array_equal(shared[position].joints, clips[row].joints)
    assert chosen.frames is clips.frames
    assert chosen.fingerprint == chosen.packed().fingerprint
    by_id = clips.select_ids([clips[row].id for row in rows])
    assert by_id.fingerprint == chosen.fingerprint


@settings(max_examples=30, deadline=None)
@given(lengths=ragged, size=st.integers(1, 60))
def test_resampling_is_numpys_interpolation_of_each_joint(lengths, size):
    clips = random_clips(lengths=lengths)
    resampled = clips.resample(size)
    assert resampled.shape == (len(clips), size, 24, 3)
    assert resampled.dtype == np.float32
    for row, length in enumerate(lengths):
        joints = clips[row].joints
        moments = np.linspace(0.0, length - 1, size) if size > 1 else np.zeros(1)
        expected = np.interp(moments, np.arange(length), joints[:, 5, 1])
        np.testing.assert_allclose(resampled[row, :, 5, 1], expected, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(length=st.integers(1, 100), seed=st.integers(0, 1000))
def test_a_clip_of_exactly_the_frames_asked_for_comes_back_unchanged(length, seed):
    clips = random_clips(lengths=[length], seed=seed)
    np.testing.assert_allclose(clips.resample(length)[0], clips.frames, rtol=0, atol=1e-6)
    np.testing.assert_allclose(clips.with_lengths([length]).frames, clips.frames, rtol=0, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(lengths=ragged, data=st.data())
def test_new_lengths_keep_the_first_and_the_last_frame(lengths, data):
    clips = random_clips(lengths=lengths)
    new = [data.draw(st.integers(2, 70)) for _ in lengths]
    stretched = clips.with_lengths(new)
    assert stretched.lengths.tolist() == new
    for row, length in enumerate(new):
        joints = stretched[row].joints
        np.testing.assert_array_equal(joints[0], clips[row].joints[0])
        np.testing.assert_allclose(joints[-1], clips[row].joints[-1], atol=1e-6)
        np.testing.assert_allclose(joints, clips.resample(length)[row], atol=1e-5)


def test_a_clip_cannot_lose_all_its_frames():
    with pytest.raises(InputError, match="clip 'random-00001' cannot have 0 frames"):
        random_clips().with_lengths([3, 0, 3])


def test_concatenation_keeps_all_clips_and_refuses_what_does_not_fit():
    one, two = random_clips(name="one"), random_clips(seed=1, name="two")
    both = ClipSet.concatenate([one.select([2, 0]), two], name="both")
    assert both.ids.tolist() == ["one-00002", "one-00000", *two.ids.tolist()]
    np.testing.assert_array_equal(both[1].joints, one[0].joints)
    assert both.name == "both"
    with pytest.raises(InputError, match="two clips have the id 'one-00000'"):
        ClipSet.concatenate([one, one])
    with pytest.raises(InputError, match="differ in skeleton or classes"):
        ClipSet.concatenate([one, random_clips(KINECT20)])
    with pytest.raises(InputError, match="nothing to concatenate"):
        ClipSet.concatenate([])


def test_class_counts_include_classes_without_clips():
    assert random_clips(lengths=[5, 5, 5], classes=5).class_counts().tolist() == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"ids": np.array(["x", "y", "z"])},
        {"subjects": np.array(["a", "b", "c"])},
        {"subjects": np.array(["s0", "s1", "s0v"]), "views": np.array(["", "v", "v"])},
        {"labels": np.array([0, 1, 1])},
        {"classes": ("other", "names", "here")},
        {"frames": random_clips().frames + np.float32(1e-3)},
        {"lengths": np.array([10, 21, 29]), "starts": np.array([0, 10, 31])},
    ],
)
def test_the_fingerprint_tells_apart_everything_a_result_can_depend_on(change):
    clips = random_clips()
    assert replace(clips, **change).fingerprint != clips.fingerprint
    assert random_clips().fingerprint == clips.fingerprint
    assert replace(clips, name="renamed").fingerprint == clips.fingerprint


def test_the_fingerprint_knows_where_one_list_of_names_ends():
    clips = random_clips(lengths=[4])
    ends = [("ab", "c"), ("a", "bc"), ("a\x1fb", "c")]
    prints = {
        replace(clips, subjects=np.array([one]), views=np.array([two])).fingerprint
        for one, two in ends
    }
    assert len(prints) == 3


def test_a_stored_set_comes_back_the_same(tmp_path):
    clips = random_clips(KINECT20, lengths=[3, 1, 8])
    clips.select([2, 1]).save(tmp_path / "clips.npz")
    loaded = ClipSet.load(tmp_path / "clips.npz")
    assert loaded.fingerprint == clips.select([2, 1]).fingerprint
    assert loaded.name == clips.name


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other", "pickle", "short"])
def test_a_file_that_is_no_stored_set_is_named(tmp_path, damage):
    path = tmp_path / "clips.npz"
    random_clips().save(path)
    content = path.read_bytes()
    path.unlink()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "other":
        np.savez(path, frames=np.zeros(3))
    elif damage == "pickle":
        np.savez(path, skeleton=np.array([object()], dtype=object), lengths=np.ones(1))
    elif damage == "short":
        stored = dict(np.load(_written(path, content)))
        np.savez(path, **{**stored, "frames": stored["frames"][:-1]})
    with pytest.raises(InputError, match=r"clips\.npz is not a stored clip set"):
        ClipSet.load(path)


def _written(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("joints", "labels", "message"),
    [
        (np.zeros((0, 24, 3)), [0], r"clip 'c-00000' has shape \(0, 24, 3\)"),
        (np.zeros((24, 3)), [0], r"clip 'c-00000' has shape \(24, 3\)"),
        (np.zeros((5, 23, 3)), [0], "clip 'c-00000' has 23 joints, the skeleton smpl24 has 24"),
        (np.full((2, 24, 3), [[[0.0]], [[np.inf]]]), [0], "NaN or infinite value in frame 1"),
        (np.zeros((1, 24, 3)), [1], "has label 1, there are 1 classes"),
        (np.zeros((1, 24, 3)), [-1], "has label -1"),
    ],
)
def test_a_clip_that_breaks_the_contract_is_named(joints, labels, message):
    with pytest.raises(InputError, match=message):
        ClipSet.of(SMPL24, ["only"], [joints], labels, name="c")


def test_the_clip_with_the_nan_is_found_among_others():
    joints = [np.zeros((4, 24, 3)), np.zeros((6, 24, 3))]
    joints[1][2, 7, 1] = np.nan
    with pytest.raises(InputError, match="clip 'c-00001' has a NaN or infinite value in frame 2"):
        ClipSet.of(SMPL24, ["only"], joints, [0, 0], name="c")


def test_ids_that_are_not_there_or_twice_are_named():
    clips = random_clips()
    with pytest.raises(InputError, match="there is no clip 'nobody'"):
        clips.select_ids(["nobody"])
    with pytest.raises(InputError, match="two clips have the id 'a'"):
        ClipSet.of(SMPL24, ["only"], [np.zeros((1, 24, 3))] * 2, [0, 0], ids=["a", "a"])


def test_a_set_without_clips_is_a_set():
    empty = ClipSet.of(SMPL24, ["only"], [], [])
    assert len(empty) == len(empty.packed()) == 0
    assert empty.resample(8).shape == (0, 8, 24, 3)
    assert empty.with_lengths([]).frames.shape == (0, 24, 3)
    assert random_clips().select([]).class_counts().tolist() == [0, 0, 0]
