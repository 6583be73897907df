"""``clips.json`` read back: what was written, and what somebody may have sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.reports.figures.posing import seen_from_front
from benchmark.reports.moving_clips import write_moving_clips
from benchmark.reports.moving_clips_reader import LARGEST_FILE, read_moving_clips
from skeletons.errors import InputError
from skeletons.layouts import COCO17, SMPL24
from skeletons.skeleton import Skeleton
from tests.benchmark.reports.html.pages import waving
from tests.benchmark.run_folders import standing_bodies

CLASSES = ("walk", "throw")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    clips = standing_bodies(SMPL24, name="real", classes=CLASSES)
    return write_moving_clips(clips, clips, tmp_path / "clips.json")


def test_clips_come_back_as_they_were_seen(file: Path) -> None:
    clips = standing_bodies(SMPL24, name="real", classes=CLASSES)
    moving = read_moving_clips(file)
    assert list(moving.named()) == list(CLASSES)
    row = moving.named()["throw"]
    assert row.synthetic == row.nearest == row.real
    assert row.distance == [0.0] * 3
    lengths = sorted(clips.lengths[clips.labels == 1].tolist())
    assert [moving.clips[place].length for place in row.real] == lengths
    first = moving.clips[row.real[0]]
    here = (clips.labels == 1) & (clips.lengths == lengths[0])
    own = clips.select(np.flatnonzero(here)[:1])
    exact = seen_from_front(own.resample(first.length), SMPL24)[0]
    times = np.arange(first.length, dtype=np.float64)
    assert np.abs(first.at(times) - exact).max() < 1e-4
    between = first.at(np.asarray([0.5, -3.0, 1e9]))
    assert np.allclose(between, [(exact[0] + exact[1]) / 2, exact[0], exact[-1]], atol=1e-4)


@pytest.mark.parametrize("skeleton", [COCO17, COCO17.for_people(2), SMPL24.for_people(2)])
def test_flat_bodies_and_two_people_are_read(tmp_path: Path, skeleton: Skeleton) -> None:
    clips = waving(skeleton)
    moving = read_moving_clips(write_moving_clips(clips, clips, tmp_path / "clips.json"))
    assert moving.clips[0].joints.shape[1:] == (len(skeleton), skeleton.dimensions)
    assert moving.skeleton.people == skeleton.people


Edit = Callable[[dict[str, Any]], object]
BROKEN: dict[str, tuple[Edit, str]] = {
    "no rows": (lambda told: told.pop("rows"), "at rows: Field required"),
    "scale of NaN": (lambda told: told["clips"][1].update(scale=float("nan")), "clips -> 1"),
    "endless scale": (lambda told: told["clips"][1].update(scale=1e300), "at clips -> 1 -> scale"),
    "text for a number": (lambda told: told["clips"][0].update(frames="9"), "frames"),
    "no frame": (lambda told: told["clips"][0].update(frames=0), "frames"),
    "endless frames": (lambda told: told["clips"][0].update(frames=10**12), "frames"),
    "more frames than it has": (lambda told: told["clips"][0].update(frames=1), "clip 0: "),
    "data cut off": (lambda told: told["clips"][2].update(data="AAAA"), "clip 2: 3 bytes for"),
    "no base64": (lambda told: told["clips"][0].update(data="<b>"), "not base64"),
    "a bone to nowhere": (
        lambda told: told["skeleton"]["bones"]["left"].append([0, 24]),
        "an index is not one of the 24 joints",
    ),
    "a joint before the first": (lambda told: told["skeleton"].update(centre=-1), "centre"),
    "another side": (lambda told: told["skeleton"]["bones"].update(up=[]), "bones"),
    "four dimensions": (lambda told: told["skeleton"].update(dimensions=4), "dimensions"),
    "an odd body": (
        lambda told: told["skeleton"].update(people=2, joints=25),
        "25 joints of 2 people",
    ),
    "no such class": (lambda told: told["rows"][0].update({"class": 2}), "class 2 is not one of 2"),
    "no such clip": (lambda told: told["rows"][0]["nearest"].append(99), "not one of 6"),
    "no distance": (lambda told: told["rows"][1]["distance"].pop(), "not as many distances"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_fit_is_one_line_with_its_place(file: Path, name: str) -> None:
    edit, message = BROKEN[name]
    told = json.loads(file.read_text())
    edit(told)
    file.write_text(json.dumps(told))
    with pytest.raises(InputError) as error:
        read_moving_clips(file)
    assert message in str(error.value)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"skeleton": 1e999}']
)
def test_what_is_no_such_file_is_one_line(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "clips.json"
    path.write_bytes(text)
    with pytest.raises(InputError, match="is not a file of moving clips") as error:
        read_moving_clips(path)
    assert "\n" not in str(error.value)


def test_no_file_a_folder_and_a_huge_file_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "clips.json"
    with pytest.raises(InputError, match="only a run that made its pictures has moving clips"):
        read_moving_clips(path)
    with path.open("wb") as stream:
        stream.truncate(LARGEST_FILE + 1)
    with pytest.raises(InputError, match="larger than any file"):
        read_moving_clips(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="cannot read"):
        read_moving_clips(path)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_truncated_or_mangled_file_is_read_or_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clips = standing_bodies(SMPL24, name="real", classes=("walk",), each=1)
    path = tmp_path_factory.mktemp("mangled") / "clips.json"
    text = write_moving_clips(clips, clips, path).read_bytes()
    place = data.draw(st.integers(0, len(text) - 1))
    noise = data.draw(st.binary(max_size=3))
    path.write_bytes(text[:place] + noise + text[data.draw(st.sampled_from([place, len(text)])) :])
    try:
        moving = read_moving_clips(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(moving.clips[0].joints).all()
