"""Broken and hostile files: one line each, nothing runs, no memory beyond what is there."""

from __future__ import annotations

import io
import os
import pickle
import resource
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skeletons.clips import ClipSet
from skeletons.datasets import dataset_named
from skeletons.errors import InputError
from tests.cases.made_files import annotation_file, entries_of, humanact12_folder, ntu_folder
from tests.skeletons.standing import standing

MOST_MEMORY_KIB = 2**20


def outcome(source: str, skeleton: str = "") -> str:
    """``refused`` with one line, or ``read`` as a valid set; anything else is an error here."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        data = dataset_named(source, skeleton).load("", None)
    except InputError as error:
        assert len(str(error).splitlines()) == 1, error
        result = "refused"
    else:
        ClipSet.concatenate([data.train, data.test]).check()
        result = "read"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < MOST_MEMORY_KIB
    return result


def mangled(content: bytes, number: int, seed: int) -> Iterator[bytes]:
    """Cut, flipped, doubled and shuffled variants of a file, seeded."""
    rng = np.random.default_rng(seed)
    for turn in range(number):
        at = int(rng.integers(0, len(content)))
        if turn % 4 == 0:
            yield content[:at]
        elif turn % 4 == 3:
            end = min(len(content), at + int(rng.integers(1, 40)))
            yield content[:at] + content[end:]
        else:
            changed = bytearray(content)
            for place in rng.integers(0, min(len(content), 600 if turn % 2 else 10**9), 3):
                changed[place] = int(rng.integers(0, 256))
            yield bytes(changed)


@pytest.fixture
def pickled(tmp_path: Path) -> bytes:
    clips = standing(count=6, frames=4)
    return annotation_file(tmp_path / "whole.pkl", entries_of(clips), split=None).read_bytes()


def test_a_hundred_and_fifty_mangled_pickles(tmp_path, pickled):
    path = tmp_path / "a.pkl"
    seen = []
    for content in mangled(pickled, 150, 0):
        path.write_bytes(content)
        seen.append(outcome(f"pyskl:{path}", "kinect20"))
    assert seen.count("refused") > 50


@pytest.mark.parametrize("word", ["ntu", "humanact12"])
def test_a_hundred_mangled_files_of_folders(tmp_path, word):
    folder = (ntu_folder if word == "ntu" else humanact12_folder)(tmp_path / "f")
    victim = sorted(folder.iterdir())[0]
    seen = []
    for content in mangled(victim.read_bytes(), 100, 1):
        victim.write_bytes(content)
        seen.append(outcome(f"{word}:{folder}"))
    assert seen.count("refused") > 30


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_forty_mangled_archives(tmp_path, ending):
    import shutil

    kind = {"zip": "zip", "tar.gz": "gztar"}[ending]
    whole = shutil.make_archive(str(tmp_path / "whole"), kind, ntu_folder(tmp_path / "n"))
    path = tmp_path / f"a.{ending}"
    for content in mangled(Path(whole).read_bytes(), 40, 2):
        path.write_bytes(content)
        outcome(f"ntu:{path}")


class Calls:
    """Pickles as a call, which runs when the file is loaded in the usual way."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def deep(levels: int) -> bytes:
    return b"\x80\x04" + b"]" * levels + b"a" * (levels - 1) + b"."


def doubled(levels: int) -> list[Any]:
    value: list[Any] = [0.0]
    for _ in range(levels):
        value = [value, value]
    return value


def entry(keypoint: Any) -> bytes:
    one = {"frame_dir": "a", "label": 0, "keypoint": keypoint}
    return pickle.dumps({"split": None, "annotations": [one, {**one, "frame_dir": "b"}]})


ONES = np.zeros((1, 2000, 20, 3), np.float32) + 1
HOSTILE = {
    "system": entry(Calls(os.system, "touch ran")),
    "eval": entry(Calls(eval, "open('ran', 'w')")),
    "shape": entry(Calls(np.ndarray, (2**28, 1, 20, 3), "f4")),
    "strides": entry(Calls(np.ndarray, (1, 2**30, 20, 3), "f4", b"\0" * 12, 0, (0, 0, 0, 4))),
    "doubled lists": entry(doubled(40)),
    "deep": deep(100_000),
    "memo": b"}r\0\0\0\x36.",
    "length": b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b".",
    "shared array": pickle.dumps(
        {"annotations": [{"frame_dir": str(n), "label": 0, "keypoint": ONES} for n in range(4000)]}
    ),
    "labels": pickle.dumps(
        {"annotations": [{"frame_dir": "a", "label": 10**400, "keypoint": ONES[:, :2]}]}
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_is_refused_and_runs_nothing(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("a.pkl").write_bytes(HOSTILE[name])
    assert outcome("pyskl:a.pkl", "kinect20") == "refused"
    assert [one.name for one in tmp_path.iterdir()] == ["a.pkl"]


def npy(header: str, body: bytes = b"") -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


@pytest.mark.parametrize(
    "content",
    [
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 24, 3), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 24, 3), }"),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (1, 24, 3), }", pickle.dumps([1])),
        npy("{'descr': '|V999999999', 'fortran_order': False, 'shape': (1, 24, 3), }"),
        npy("[" * 90),
        npy("__import__('os').system('touch ran')"),
        b"",
    ],
)
def test_a_hostile_npy_is_refused(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    folder = humanact12_folder(tmp_path / "h")
    (folder / "P01G01R01F0001T0020A0101.npy").write_bytes(content)
    assert outcome(f"humanact12:{folder}") == "refused"
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    "text",
    ["999999999\n", "3\n1\n", "1\n99999999\n", "x", "", "-1\n", "1\n1\n5 0\n999999999\n1 2 3\n",
     "2\n0\n0\n0\n", "1\n1\n5 0\n2\n1 2 3\nnan 2 3\n", "1\n1\n5 0\n2\n1 2\n1 2\n"],
)  # fmt: skip
def test_a_hostile_skeleton_file_is_refused(tmp_path, text):
    folder = ntu_folder(tmp_path / "n")
    (folder / "S001C001P001R001A001.skeleton").write_text(text)
    assert outcome(f"ntu:{folder}") == "refused"


def test_bombs_links_and_ways_out_are_refused(tmp_path):
    name = "S001C001P001R001A001.skeleton"
    for number, member in enumerate(
        (f"../{name}", f"/etc/{name}", f"a/../../{name}", f"C:/{name}")
    ):
        path = tmp_path / f"out{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member, "1\n0\n")
        assert outcome(f"ntu:{path}") == "refused"
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            archive.writestr(f"{number}{name}", b"0" * (32 * 2**20))
    assert outcome(f"ntu:{tmp_path / 'bomb.zip'}") == "refused"
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = 200 * 2**20
        archive.addfile(info, io.BytesIO(bytes(info.size)))
    assert outcome(f"ntu:{tmp_path / 'bomb.tar.gz'}") == "refused"
    with tarfile.open(tmp_path / "link.tar", "w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    assert outcome(f"ntu:{tmp_path / 'link.tar'}") == "refused"
