from __future__ import annotations

import os
import pickle
import pickletools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizers.pyskl.annotations import PysklJobError, read_scores, write_clips
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.formats.pyskl import read_annotations
from skeletons.layouts import KINECT20, SMPL24

SCORES = np.random.default_rng(0).dirichlet(np.ones(3), size=5).astype(np.float32)


def written(folder: Path, content: object) -> Path:
    path = folder / "last_pred.pkl"
    path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content))
    return path


def test_both_parts_come_back_in_their_order_though_their_ids_collide(
    tmp_path: Path, clips: ClipSet
) -> None:
    train, test = clips.select(np.arange(20)[::-1]), clips.select(np.arange(12))
    path = tmp_path / "annotations.pkl"

    write_clips(path, train, test)

    stored, splits = read_annotations(path, SMPL24, clips.classes)
    assert set(splits) == {"train", "test"}
    for part, name in ((train, "train"), (test, "test")):
        # PYSKL takes the clips of a split in the order of the file.
        here = stored.select(np.isin(stored.ids, splits[name]))
        assert here.ids.tolist() == splits[name]
        assert here.labels.tolist() == part.labels.tolist()
        np.testing.assert_array_equal(here.packed().frames, part.packed().frames)
    assert len(set(stored.ids.tolist())) == 32


def test_an_older_numpy_can_read_the_clips(tmp_path: Path, clips: ClipSet) -> None:
    path = tmp_path / "annotations.pkl"

    write_clips(path, clips, clips)

    strings: list[str] = []
    named = set()
    for opcode, value, _ in pickletools.genops(path.read_bytes()):
        if opcode.name == "STACK_GLOBAL":
            named.add(tuple(strings[-2:]))
        elif isinstance(value, str):
            strings.append(value)
    assert named == {("numpy", "ndarray")}
    first = pickle.loads(path.read_bytes())["annotations"][0]
    assert first["keypoint"].shape == (1, clips.lengths[0], 24, 3)
    assert first["keypoint"].dtype == np.float32
    assert first["total_frames"] == clips.lengths[0]
    np.testing.assert_array_equal(first["keypoint"][0], clips[0].joints)


def test_a_part_without_clips_is_refused(tmp_path: Path, clips: ClipSet) -> None:
    with pytest.raises(InputError, match="'nothing': it has no clips"):
        write_clips(tmp_path / "a.pkl", clips, clips.select([], name="nothing"))


def test_parts_of_two_skeletons_are_refused(tmp_path: Path, clips: ClipSet) -> None:
    with pytest.raises(InputError, match="skeleton"):
        write_clips(tmp_path / "a.pkl", clips, replace(clips, skeleton=KINECT20))


def test_scores_come_back_row_by_row(tmp_path: Path) -> None:
    scores = read_scores(written(tmp_path, list(SCORES)), 5, 3)

    np.testing.assert_array_equal(scores, SCORES)
    assert scores.dtype == np.float32


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_scores_of_an_older_numpy_are_read(tmp_path: Path, protocol: int) -> None:
    content = pickle.dumps(list(SCORES), protocol=protocol)
    if protocol == 0:  # Where names have no length before them.
        content = content.replace(b"numpy._core.", b"numpy.core.")

    np.testing.assert_array_equal(read_scores(written(tmp_path, content), 5, 3), SCORES)


class Hostile:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> object:
        return os.mkdir, (str(self.folder / "code-ran"),)


def test_scores_that_are_a_program_are_not_run(tmp_path: Path) -> None:
    with pytest.raises(
        PysklJobError, match=r"last_pred\.pkl holds no class scores: it asks to load"
    ):
        read_scores(written(tmp_path, [Hostile(tmp_path)]), 5, 3)

    assert not (tmp_path / "code-ran").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.integers(0, len(pickle.dumps(list(SCORES))) - 1))
def test_cut_scores_are_one_clear_line(tmp_path: Path, length: int) -> None:
    path = written(tmp_path, pickle.dumps(list(SCORES))[:length])

    with pytest.raises(PysklJobError, match=r"last_pred\.pkl") as error:
        read_scores(path, 5, 3)
    assert "\n" not in str(error.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=200))
def test_a_file_of_anything_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PysklJobError):
        read_scores(written(tmp_path, content), 5, 3)


def test_six_bytes_that_ask_for_gigabytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PysklJobError, match="numbers 905969664 objects in 7 bytes"):
        read_scores(written(tmp_path, b"}r\x00\x00\x006."), 5, 3)


def changed(row: int, values: object) -> list[np.ndarray]:
    rows = list(SCORES)
    rows[row] = np.asarray(values, dtype=np.float32)
    return rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (list(SCORES[:4]), "scores of 4 clips, 5 were to be tested"),
        ([*SCORES, SCORES[0]], "scores of 6 clips, 5 were to be tested"),
        (changed(3, [0.5, 0.5]), r"clip 3 are float32 \[2\], there are 3 classes"),
        (changed(2, [[0.2, 0.3, 0.5]]), r"clip 2 are float32 \[1, 3\]"),
        ([row.astype(np.int64) for row in SCORES], "clip 0 are int64"),
        (changed(4, [np.nan, 0.5, 0.5]), "clip 4 are NaN or infinite"),
        (changed(1, [np.inf, 0.5, 0.5]), "clip 1 are NaN or infinite"),
        (changed(1, [2.0, -1.5, 0.5]), "clip 1 are no probabilities"),
        (changed(0, [0.2, 0.2, 0.2]), "clip 0 are no probabilities"),
        (SCORES, "no list of class scores"),
        ({"scores": 1}, "no list of class scores"),
        ([[0.2, 0.3, 0.5]] * 5, "no list of class scores"),
    ],
)
def test_what_is_no_score_of_each_test_clip_is_refused(
    tmp_path: Path, content: object, message: str
) -> None:
    with pytest.raises(PysklJobError, match=message):
        read_scores(written(tmp_path, content), 5, 3)


def test_a_job_without_scores_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(PysklJobError, match="PYSKL left no scores: there is no"):
        read_scores(tmp_path / "last_pred.pkl", 5, 3)
