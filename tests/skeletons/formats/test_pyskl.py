"""PYSKL annotation files: round trip, and files that are damaged or hostile."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skeletons.errors import InputError
from skeletons.formats.pyskl import read_annotations, write_annotations
from skeletons.layouts import KINECT20, NTU25, SMPL24
from tests.skeletons.random_clips import SKELETONS, random_clips


@pytest.mark.parametrize("skeleton", SKELETONS, ids=lambda skeleton: skeleton.name)
def test_clips_and_splits_come_back_the_same(tmp_path, skeleton):
    clips = random_clips(skeleton, lengths=[4, 1, 9])
    splits = {"train": clips.ids[:2].tolist(), "test": clips.ids[2:].tolist()}
    write_annotations(tmp_path / "a.pkl", clips, splits)
    loaded, loaded_splits = read_annotations(tmp_path / "a.pkl", skeleton, clips.classes)
    assert loaded_splits == splits
    assert loaded.ids.tolist() == clips.ids.tolist()
    assert loaded.labels.tolist() == clips.labels.tolist()
    np.testing.assert_array_equal(loaded.packed().frames, clips.frames)


def test_a_selection_writes_its_own_frames_only(tmp_path):
    clips = random_clips(lengths=[4, 6])
    write_annotations(tmp_path / "a.pkl", clips.select([1]), {})
    loaded, _ = read_annotations(tmp_path / "a.pkl", SMPL24, clips.classes)
    np.testing.assert_array_equal(loaded.frames, clips[1].joints)


def test_the_file_has_the_keys_and_shapes_of_pyskl(tmp_path):
    clips = random_clips(NTU25, lengths=[7])
    write_annotations(tmp_path / "a.pkl", clips, {"xsub_train": [str(clips.ids[0])]})
    content = pickle.loads((tmp_path / "a.pkl").read_bytes())
    (annotation,) = content["annotations"]
    assert set(content) == {"split", "annotations"}
    assert annotation["keypoint"].shape == (1, 7, 25, 3)
    assert annotation["keypoint"].dtype == np.float32
    assert annotation["total_frames"] == 7
    assert type(annotation["label"]) is int
    assert type(annotation["frame_dir"]) is str


def test_files_as_pyskl_publishes_them_are_read(tmp_path):
    """Two people, half precision, written by numpy 1 (``numpy.core``) in protocol 2."""
    keypoint = np.arange(2 * 3 * 25 * 3).reshape(2, 3, 25, 3).astype(np.float16)
    entry = {"frame_dir": "S001", "total_frames": 3, "label": np.int64(1), "keypoint": keypoint}
    content = pickle.dumps({"split": {"xsub_val": ["S001"]}, "annotations": [entry]}, protocol=2)
    content = content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    (tmp_path / "ntu.pkl").write_bytes(content)
    clips, splits = read_annotations(tmp_path / "ntu.pkl", NTU25, ["a", "b"])
    np.testing.assert_array_equal(clips.frames, keypoint[0].astype(np.float32))
    assert clips.labels.tolist() == [1]
    assert splits == {"xsub_val": ["S001"]}


class Calls:
    """Pickles as a call, which runs when the file is loaded in the usual way."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def wrapped(value: Any) -> bytes:
    return pickle.dumps({"split": {}, "annotations": [{"keypoint": value}]})


def test_a_file_that_would_run_a_command_is_refused_and_nothing_runs(tmp_path):
    proof = tmp_path / "ran"
    content = wrapped(Calls(os.system, f"touch {proof}"))
    pickle.loads(content)
    assert proof.exists(), "the attack itself must work for this test to mean anything"
    proof.unlink()
    (tmp_path / "bad.pkl").write_bytes(content)
    with pytest.raises(InputError, match=r"asks to load posix\.system, which is not an array"):
        read_annotations(tmp_path / "bad.pkl", SMPL24, ["a"])
    assert not proof.exists()


@pytest.mark.parametrize(
    "value",
    [
        Calls(eval, "1"),
        Calls(getattr, "text", "upper"),
        Calls(np.load, "/etc/passwd"),
        Calls(np.lib.format.open_memmap, "/tmp/never"),
        Calls(Path, "/"),
        Calls(__import__, "os"),
    ],
    ids=["eval", "getattr", "load", "memmap", "path", "import"],
)
def test_nothing_but_arrays_is_built(tmp_path, value):
    (tmp_path / "bad.pkl").write_bytes(wrapped(value))
    with pytest.raises(InputError, match=r"bad\.pkl is not a PYSKL annotation file: it asks"):
        read_annotations(tmp_path / "bad.pkl", SMPL24, ["a"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80",
        b"not a pickle",
        b"cnumpy.nowhere\nndarray\n.",
        b"cos\nsystem\n(S'true'\ntR.",
        pickle.dumps([1, 2]),
        pickle.dumps({"annotations": []}),
        pickle.dumps({"split": {}, "annotations": [{"label": 0, "frame_dir": "x"}]}),
        pickle.dumps({"split": {}, "annotations": [{"keypoint": [], "label": 0}]}),
        pickle.dumps({"split": {}, "annotations": 3}),
        wrapped(Calls(np.ndarray, (2**60,), "d")),
        pickle.dumps(
            {
                "split": {},
                "annotations": [
                    {"keypoint": np.array([[["a"]]]), "label": 0, "frame_dir": "x"},
                ],
            }
        ),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, content):
    (tmp_path / "odd.pkl").write_bytes(content)
    with pytest.raises(InputError, match=r"odd\.pkl is not a PYSKL annotation file"):
        read_annotations(tmp_path / "odd.pkl", SMPL24, ["a"])


def test_a_truncated_file_is_named_wherever_it_is_cut(tmp_path):
    clips = random_clips(KINECT20, lengths=[3, 2])
    write_annotations(tmp_path / "whole.pkl", clips, {"all": clips.ids.tolist()})
    content = (tmp_path / "whole.pkl").read_bytes()
    for size in range(0, len(content) - 1, max(1, len(content) // 100)):
        (tmp_path / "cut.pkl").write_bytes(content[:size])
        with pytest.raises(InputError, match=r"cut\.pkl is not a PYSKL annotation file"):
            read_annotations(tmp_path / "cut.pkl", KINECT20, clips.classes)


def test_a_missing_file_and_another_skeleton_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.pkl is not a PYSKL annotation file: .*No such"):
        read_annotations(tmp_path / "none.pkl", SMPL24, ["a"])
    write_annotations(tmp_path / "a.pkl", random_clips(KINECT20), {})
    with pytest.raises(InputError, match="has 20 joints, the skeleton smpl24 has 24"):
        read_annotations(tmp_path / "a.pkl", SMPL24, ["a", "b", "c"])
