"""Files of samples: one set of clips through every door, and files that are broken or hostile."""

from __future__ import annotations

import io
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skeletons.errors import InputError
from skeletons.formats.plain_arrays import MOST_BYTES
from skeletons.formats.sample_files import BodySize, SampleFile, of_arrays, read_samples
from tests.peak import peak_mebibytes

JOINTS = 24
SIZE = BodySize(JOINTS, 3)
CLIPS, FRAMES = 6, 11


def joints() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(CLIPS, FRAMES, JOINTS, 3)).astype(np.float32)


LABELS = np.arange(CLIPS) % 3


def npz(folder: Path, name: str = "samples.npz", **arrays: Any) -> Path:
    np.savez(folder / name, **arrays)
    return folder / name


def pickled(folder: Path, value: Any, name: str = "samples.pkl") -> Path:
    (folder / name).write_bytes(pickle.dumps(value))
    return folder / name


def entries(**more: Any) -> dict[str, Any]:
    return {
        "split": {"samples": [str(row) for row in range(CLIPS)]},
        "annotations": [
            {"frame_dir": str(row), "label": int(LABELS[row]), "keypoint": clip[None], **more}
            for row, clip in enumerate(joints())
        ],
    }


def named_files(folder: Path) -> Path:
    place = folder / "clips"
    place.mkdir()
    for row, clip in enumerate(joints()):
        np.save(place / f"P{row:02d}G01R01F0001T0011A{LABELS[row] + 1:02d}01.npy", clip)
    return place


def mdm(folder: Path) -> Path:
    path = folder / "results.npy"
    held = {"motion": np.moveaxis(joints(), 1, 3), "labels": LABELS, "lengths": [FRAMES] * CLIPS}
    np.save(path, np.array(held, dtype=object), allow_pickle=True)
    return path


def zipped(folder: Path) -> Path:
    path = folder / "clips.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted(named_files(folder).iterdir()):
            archive.write(one, f"some/folder/{one.name}")
    return path


DOORS = {
    "time second": lambda folder: npz(folder, joints=joints(), labels=LABELS),
    "double": lambda folder: npz(folder, joints=joints().astype(float), labels=LABELS),
    "time last": lambda folder: npz(folder, joints=np.moveaxis(joints(), 1, 3), labels=LABELS),
    "padded": lambda folder: npz(
        folder,
        joints=np.pad(joints(), ((0, 0), (0, 4), (0, 0), (0, 0)), constant_values=np.nan),
        labels=LABELS,
        lengths=[FRAMES] * CLIPS,
    ),
    "pyskl": lambda folder: pickled(folder, entries()),
    "pyskl with an empty second person": lambda folder: pickled(folder, with_an_empty_person()),
    "folder": named_files,
    "zip": zipped,
    "mdm": mdm,
}


def with_an_empty_person() -> dict[str, Any]:
    held = entries()
    for entry in held["annotations"]:
        entry["keypoint"] = np.concatenate([entry["keypoint"], 0 * entry["keypoint"]])
    return held


@pytest.mark.parametrize("door", DOORS)
def test_one_set_of_clips_comes_through_every_door_alike(door: str, tmp_path: Path) -> None:
    read = read_samples(DOORS[door](tmp_path), SIZE)
    wanted = sorted(zip(LABELS.tolist(), joints().tolist(), strict=True))
    there = zip(read.labels, (clip.tolist() for clip in read.joints), strict=True)
    assert sorted(there) == wanted  # type: ignore[type-var]


def test_arrays_in_memory_are_read_as_those_of_a_file() -> None:
    read = of_arrays(np.moveaxis(joints(), 1, 3), LABELS, size=SIZE)
    listed = of_arrays(list(joints()), LABELS, size=SIZE)
    for one in (read, listed):
        np.testing.assert_array_equal(np.stack(one.joints), joints())
        assert one.labels == tuple(LABELS.tolist())


def test_names_of_classes_and_joints_and_the_frame_rate_come_along(tmp_path: Path) -> None:
    names = [f"joint{number}" for number in range(JOINTS)]
    path = npz(tmp_path, joints=joints(), labels=["a"] * CLIPS, fps=30, joint_names=names)
    read = read_samples(path, SIZE)
    assert (read.labels[0], read.fps, read.joint_names) == ("a", 30.0, tuple(names))


def test_a_set_of_three_frames_is_told_from_one_of_three_coordinates(tmp_path: Path) -> None:
    clips = joints()[:, :3]
    for number, layout in enumerate((clips, np.moveaxis(clips, 1, 3))):
        path = npz(tmp_path, f"{number}.npz", joints=layout, labels=LABELS)
        np.testing.assert_array_equal(np.stack(read_samples(path, SIZE).joints), clips)


class Hostile:
    """Would make a file if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_samples(path, SIZE)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"joints": joints()}, "no 'labels'"),
        ({"labels": LABELS}, "no 'joints'"),
        ({"joints": joints()[0], "labels": LABELS}, "has the shape (11, 24, 3)"),
        ({"joints": joints()[:, None], "labels": LABELS}, "known are"),
        ({"joints": joints()[:, :0], "labels": LABELS}, "has the shape"),
        ({"joints": joints(), "labels": LABELS[:3]}, "3 labels for 6 clips"),
        ({"joints": joints(), "labels": LABELS + 0.5}, "numbers of classes or their names"),
        ({"joints": joints().astype("U4"), "labels": LABELS}, "not numbers"),
        ({"joints": joints(), "labels": LABELS, "lengths": [99] * CLIPS}, "says 99 frames"),
        ({"joints": joints(), "labels": LABELS, "lengths": [0] * CLIPS}, "says 0 frames"),
        ({"joints": joints(), "labels": LABELS, "lengths": [1.5] * CLIPS}, "'lengths' holds"),
        ({"joints": joints(), "labels": LABELS, "fps": -1}, "'fps' is one number"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    arrays: dict[str, Any], said: str, tmp_path: Path
) -> None:
    assert said in refused(npz(tmp_path, **arrays))


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    hostile = Hostile(trace)
    paths = [
        pickled(tmp_path, hostile),
        pickled(tmp_path, {"annotations": [{"keypoint": hostile, "label": 0}]}, "b.pkl"),
        tmp_path / "c.npy",
        tmp_path / "d.npz",
    ]
    np.save(paths[2], np.array({"motion": hostile}, dtype=object), allow_pickle=True)
    np.savez(paths[3], joints=np.array([hostile], dtype=object), labels=[0])
    for path in paths:
        refused(path)
        assert not trace.exists()


def test_paths_out_of_an_archive_and_links_in_it_are_refused(tmp_path: Path) -> None:
    away, link = tmp_path / "away.zip", tmp_path / "link.zip"
    with zipfile.ZipFile(away, "w") as archive:
        archive.writestr("../../P01G01R01F0001T0011A0101.npy", b"no array")
    with zipfile.ZipFile(link, "w") as archive:
        member = zipfile.ZipInfo("P01G01R01F0001T0011A0101.npy")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/hostname")
    assert "leads out of its folder" in refused(away)
    assert "links are not read" in refused(link)


def test_no_file_can_ask_for_more_memory_than_it_has_bytes(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (2**40, 24, 3)}
    )
    promises = tmp_path / "promises.npz"
    with zipfile.ZipFile(promises, "w") as archive:
        archive.writestr("joints.npy", header.getvalue())
        archive.writestr("labels.npy", header.getvalue())
    bomb = tmp_path / "bomb.npz"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("joints.npy", "w", force_zip64=True) as stream,
    ):
        for _ in range(MOST_BYTES // 2**24 + 1):
            stream.write(bytes(2**24))
    assert bomb.stat().st_size < 2**21
    before = peak_mebibytes()
    assert "is cut or mangled" in refused(promises)
    assert "at most" in refused(bomb)
    assert peak_mebibytes() - before < 64


def _whole(kind: str) -> bytes:
    stream = io.BytesIO()
    if kind == "pkl":
        return pickle.dumps(entries())
    if kind == "npz":
        np.savez_compressed(stream, joints=joints()[:2], labels=LABELS[:2])
    elif kind == "npy":
        held = {"motion": np.moveaxis(joints()[:2], 1, 3), "text": ["a", "b"]}
        np.save(stream, np.array(held, dtype=object), allow_pickle=True)
    else:
        with zipfile.ZipFile(stream, "w") as archive:
            inner = io.BytesIO()
            np.save(inner, joints()[0])
            archive.writestr("P01G01R01F0001T0011A0101.npy", inner.getvalue())
    return stream.getvalue()


@given(
    kind=st.sampled_from(("pkl", "npz", "npy", "zip")),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=6),
    truncate=st.booleans(),
)
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_mangled_file_is_read_or_refused_and_nothing_else(
    kind: str,
    cut: float,
    flips: list[tuple[float, int]],
    truncate: bool,
    tmp_path: Path,
) -> None:
    content = bytearray(_whole(kind))
    for place, change in flips:
        content[min(int(place * len(content)), len(content) - 1)] ^= change
    if truncate:
        del content[int(cut * len(content)) :]
    path = tmp_path / f"mangled.{kind}"
    path.write_bytes(bytes(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read = read_samples(path, SIZE)
        except InputError as error:
            assert "\n" not in str(error)
            return
    assert isinstance(read, SampleFile)
    assert len(read.joints) == len(read.labels)


def test_what_is_not_there_or_no_file_of_samples_is_said(tmp_path: Path) -> None:
    assert "cannot read" in refused(tmp_path / "nothing.npz")
    (tmp_path / "notes.txt").write_text("hello")
    assert "files of samples are" in refused(tmp_path / "notes.txt")
    (tmp_path / "empty").mkdir()
    assert "holds no files" in refused(tmp_path / "empty")
    (tmp_path / "text.npz").write_text("hello")
    assert "not a .npz file" in refused(tmp_path / "text.npz")
    (tmp_path / "by_hand").mkdir()
    for name in ("Anna_All_in_one.npy", "P01G01R01F0001T0011A0001.npy"):
        np.save(tmp_path / "by_hand" / name, joints()[0])
        np.save(tmp_path / "by_hand" / "P09G01R01F0001T0011A0101.npy", joints()[0])
        assert "action" in refused(tmp_path / "by_hand")
        (tmp_path / "by_hand" / name).unlink()


def test_two_people_lie_side_by_side_whatever_the_door(tmp_path: Path) -> None:
    pair = BodySize(12, 3, people=2)
    people = joints().reshape(CLIPS, FRAMES, 2, 12, 3).transpose(0, 2, 1, 3, 4)
    held = entries()
    for entry, clip in zip(held["annotations"], people, strict=True):
        entry["keypoint"] = clip
    doors = (
        npz(tmp_path, joints=joints(), labels=LABELS),
        npz(tmp_path, "persons.npz", joints=people, labels=LABELS),
        pickled(tmp_path, held),
    )
    for path in doors:
        np.testing.assert_array_equal(np.stack(read_samples(path, pair).joints), joints())
    assert "more than the data set's 1 a clip" in refused(doors[2])
