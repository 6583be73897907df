"""The command ``animate``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.commands.animate import MOST_CLASSES
from benchmark.commands.app import run_command_line
from benchmark.reports.class_animation import SIZE
from benchmark.reports.moving_clips import write_moving_clips
from skeletons.layouts import COCO17, SMPL24
from tests.benchmark.reports.html.pages import CLASSES, HOSTILE, make_folder, waving
from tests.benchmark.run_folders import standing_bodies


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "runs" / "kin-ddpm-0a")


def animated(*arguments: object) -> np.ndarray:
    """Frames of the film that the command writes, ``[T, H, W]``, grey."""
    *options, path = map(str, arguments)
    assert run_command_line(["animate", *options, "--out", path]) == 0
    with Image.open(path) as image:
        frames = []
        for frame in range(image.n_frames):
            image.seek(frame)
            frames.append(np.asarray(image.convert("L")))
    return np.stack(frames)


def ink(frames: np.ndarray, cell: int) -> int:
    """Dark pixels of a body in a cell of the first row."""
    part = frames[:, SIZE.names : SIZE.height, cell * SIZE.width : (cell + 1) * SIZE.width]
    return int((part < 140).sum())


def test_a_class_is_three_moving_bodies_side_by_side(run: Path, tmp_path: Path) -> None:
    frames = animated(run, "--class", "throw", tmp_path / "throw.gif")
    told = json.loads((run / "clips.json").read_text())
    shown = {row[kind][0] for row in told["rows"] if row["class"] == 3
             for kind in ("real", "synthetic", "nearest")}  # fmt: skip
    assert frames.shape == (
        max(told["clips"][place]["length"] for place in shown), SIZE.height, 3 * SIZE.width
    )  # fmt: skip
    assert all(ink(frames, cell) > 1000 for cell in range(3))
    assert (frames[0] != frames[len(frames) // 2]).any()


def test_without_a_class_all_are_shown_under_a_name_of_the_run(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command_line(["animate", run.name, "--results", str(tmp_path)]) == 0
    output = capsys.readouterr()
    assert output.out.split() == ["kin-ddpm-0a.gif"]
    assert output.err == ""
    with Image.open(tmp_path / "kin-ddpm-0a.gif") as image:
        assert image.width * image.height == len(CLASSES) * 3 * SIZE.width * SIZE.height
    first = (tmp_path / "kin-ddpm-0a.gif").read_bytes()
    assert run_command_line(["animate", str(run)]) == 0
    assert (tmp_path / "kin-ddpm-0a.gif").read_bytes() == first


def test_many_classes_are_not_all_shown_and_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = tuple(f"c{number}" for number in range(MOST_CLASSES + 3))
    run = make_folder(tmp_path / "run", classes=names, each=1)
    frames = animated(run, tmp_path / "a.gif")
    assert capsys.readouterr().err == "12 of 15 classes: choose others by --class\n"
    assert frames.shape[1] * frames.shape[2] == MOST_CLASSES * 3 * SIZE.width * SIZE.height


def test_classes_are_given_one_by_one_with_commas_or_have_commas(tmp_path: Path) -> None:
    run = make_folder(tmp_path / "run", classes=("sit", "eat, or drink", "run"), each=1)
    sizes = [
        animated(run, *options, tmp_path / "a.gif").shape[2]
        for options in (["--class", "sit,run"], ["--class", "sit", "--class", "eat, or drink"])
    ]
    assert sizes[0] == sizes[1]


def test_half_the_speed_takes_twice_the_pictures(run: Path, tmp_path: Path) -> None:
    counts = [
        len(animated(run, "--class", "throw", "--speed", speed, tmp_path / "a.gif"))
        for speed in (1, 0.5, 3)
    ]
    assert counts[1] == 2 * counts[0] - 1
    assert counts[2] == -(-(counts[0] - 1) // 3) + 1


def test_another_view_and_another_sample_are_other_pictures(run: Path, tmp_path: Path) -> None:
    films = [
        animated(run, "--class", "walk around", *options, tmp_path / "a.gif")
        for options in ([], ["--view", "-90,70"], ["--sample", "3"])
    ]
    assert films[0].shape == films[1].shape
    assert (films[0] != films[1]).any()
    assert films[0].shape != films[2].shape or (films[0] != films[2]).any()
    assert ink(films[1], 0) > 1000


def test_flat_bodies_two_people_and_classes_without_real_clips_are_shown(tmp_path: Path) -> None:
    for skeleton in (SMPL24.for_people(2), COCO17):
        run = make_folder(tmp_path / skeleton.name)
        write_moving_clips(waving(skeleton), waving(skeleton), run / "clips.json")
        assert ink(animated(run, tmp_path / "a.gif"), 0) > 1000
    clips = standing_bodies(SMPL24, name="all", classes=("a", "b"))
    alone = make_folder(tmp_path / "alone")
    write_moving_clips(clips.select(clips.labels == 1), clips, alone / "clips.json")
    frames = animated(alone, "--class", "a", tmp_path / "a.gif")
    assert ink(frames, 0) == 0
    assert ink(frames, 1) > 1000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--class", "thrwo"], "unknown class 'thrwo': did you mean 'throw'"),
        (["--sample", "4"], "--sample 4: class 'walk around' has 3"),
        (["--sample", "0"], "--sample"),
        (["--speed", "0"], "--speed 0 is not between"),
        (["--speed", "nan"], "--speed nan is not between"),
        (["--view", "up"], "--view 'up': give two angles"),
        (["--view", "0,91"], "--view '0,91': give two angles"),
        (["--view", "nan,0"], "--view 'nan,0': give two angles"),
        (["--out", "a.avi"], "--out 'a.avi': give a .gif or .mp4 file"),
        (["--out", "/dev/null/a.gif"], "in a folder that can be written"),
    ],
)
def test_what_cannot_be_shown_is_one_line_and_exit_code_2(
    run: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["animate", str(run), *options]) == 2
    output = capsys.readouterr()
    (line,) = output.err.splitlines()
    assert message in line
    assert output.out == ""


def test_a_film_that_is_too_long_an_empty_one_and_a_broken_file_are_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = run / "clips.json"
    told = json.loads(path.read_text())
    for clip in told["clips"]:
        clip["length"] = 900_000
    for text, message in (
        (json.dumps(told), "choose a higher --speed"),
        (json.dumps({**told, "rows": []}), "there is no clip to show"),
        (path.read_text()[:5000], "is not a file of moving clips"),
    ):
        path.write_text(text)
        assert run_command_line(["animate", str(run), "--out", str(tmp_path / "a.gif")]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line
    path.unlink()
    assert run_command_line(["animate", str(run)]) == 2
    assert "has no clips.json" in capsys.readouterr().err
    assert run_command_line(["animate", "kin-dpm-0a", "--results", str(tmp_path)]) == 2
    assert "did you mean 'kin-ddpm-0a'" in capsys.readouterr().err
    assert not (tmp_path / "a.gif").exists()


def test_without_ffmpeg_an_mp4_is_one_line(run: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['imageio_ffmpeg'] = None; "
        "from benchmark.commands.app import run_command_line; "
        "sys.exit(run_command_line(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "animate", str(run), "--out", str(tmp_path / "a.mp4")],
        env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.endswith("write a .gif, or install ffmpeg")


def test_hostile_class_names_are_text(run: Path, tmp_path: Path) -> None:
    assert len(animated(run, "--class", HOSTILE, tmp_path / "a.gif"))
    flat = standing_bodies(SMPL24, name="x", classes=("\n\x00%s{}" * 30,))
    write_moving_clips(flat, flat, run / "clips.json")
    assert len(animated(run, tmp_path / "a.gif"))
