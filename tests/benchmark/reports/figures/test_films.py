"""Films: GIF by Pillow, MP4 by whatever ffmpeg there is."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.reports.figures import films
from benchmark.reports.figures.films import REST, Film, find_ffmpeg, write_film
from skeletons.errors import InputError

STAND_IN = """#!{python}
import pathlib, sys
frames = sys.stdin.buffer.read()
if "fails" in {mode!r}:
    sys.exit("Unknown encoder 'h264'")
pathlib.Path(sys.argv[-1]).write_text(" ".join([str(len(frames)), *sys.argv[1:]]))
"""


def film(count: int = 4, width: int = 40, height: int = 20) -> Film:
    palette = Image.new("P", (1, 1))
    palette.putpalette([255, 255, 255, 0, 0, 0])
    images = (
        Image.fromarray(np.full((height, width, 3), 255 * (place % 2), np.uint8))
        for place in range(count)
    )
    return Film(images, count, palette)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in place of ffmpeg that says how much it was given."""
    program = tmp_path / "ffmpeg"
    program.write_text(STAND_IN.format(python=sys.executable, mode="works"))
    program.chmod(0o755)
    monkeypatch.setattr(films, "find_ffmpeg", lambda: str(program))
    return program


def test_a_gif_repeats_and_rests_in_its_last_picture(tmp_path: Path) -> None:
    path = write_film(film(), tmp_path / "new" / "a.GIF")
    with Image.open(path) as image:
        assert (image.n_frames, image.size, image.info["loop"]) == (4, (40, 20), 0)
        durations = []
        for frame in range(4):
            image.seek(frame)
            durations.append(image.info["duration"])
    assert durations == [50, 50, 50, 50 * REST]
    assert [one.name for one in path.parent.iterdir()] == ["a.GIF"]


def test_every_picture_goes_to_ffmpeg_pixel_by_pixel(tmp_path: Path, stand_in: Path) -> None:
    path = write_film(film(), tmp_path / "a.mp4")
    size, *arguments = path.read_text().split()
    assert int(size) == (4 + REST - 1) * 40 * 20 * 4
    for part in ("40x20", "yuv420p", "20"):
        assert part in arguments
    assert not list(tmp_path.glob("*partial*"))


def test_what_ffmpeg_says_is_one_line(tmp_path: Path, stand_in: Path) -> None:
    stand_in.write_text(STAND_IN.format(python=sys.executable, mode="fails"))
    with pytest.raises(InputError, match=r"ffmpeg cannot write '.*': Unknown encoder 'h264'"):
        write_film(film(), tmp_path / "a.mp4")
    assert not list(tmp_path.glob("*.mp4"))


def test_without_ffmpeg_a_gif_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert find_ffmpeg() == ""
    with pytest.raises(InputError, match=r"write a \.gif, or install ffmpeg"):
        write_film(film(), tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not find_ffmpeg(), reason="there is no ffmpeg on this machine")
def test_an_mp4_is_one(tmp_path: Path) -> None:
    path = write_film(film(12), tmp_path / "a.mp4")
    assert path.read_bytes()[4:8] == b"ftyp"


def test_a_film_of_another_kind_or_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"neither a \.gif nor a \.mp4"):
        write_film(film(), tmp_path / "a.avi")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_film(film(), tmp_path / "file" / "a.gif")
