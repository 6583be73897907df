from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.reports.figures.figure import DPI
from benchmark.reports.figures.posing import bones_by_side, project, typical_clips
from benchmark.reports.pictures import write_report
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.placement import rotate
from skeletons.skeleton import Skeleton
from tests.benchmark.run_folders import make_run, standing_bodies

CLASSES = ("walk around", "pick up with two hands", "throw")


def report(folder: Path, skeleton: Skeleton, **run: object) -> list[Path]:
    make_run(folder, **run)  # type: ignore[arg-type]
    return write_report(
        folder,
        name="kinematic12, 10pct",
        generator="ddpm",
        caveats=("A fifth of the test clips is also in train.",),
        real=standing_bodies(skeleton, name="real", classes=CLASSES),
        synthetic=standing_bodies(skeleton, name="synthetic", classes=CLASSES),
    )


Drawn = Callable[[Skeleton], list[Path]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """The pictures of a whole run on a skeleton, drawn once."""

    @functools.cache
    def once(skeleton: Skeleton) -> list[Path]:
        return report(tmp_path_factory.mktemp("report"), skeleton)

    return once


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda one: str(one.name))
def test_every_picture_opens_and_shows_something(drawn: Drawn, skeleton: Skeleton) -> None:
    written = drawn(skeleton)
    folder = written[-1].parent
    assert [path.relative_to(folder).as_posix() for path in written] == [
        "plots/metrics.png",
        "plots/accuracy.png",
        "plots/clips.png",
        "clips.json",
        "samples.gif",
    ]
    for path in written[:3]:
        with Image.open(path) as image:
            assert image.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)
            assert 1200 < image.width < 2400
            assert image.height > 500
            ink = (np.asarray(image.convert("L")) < 200).mean()
            assert 0.005 < ink < 0.2
    assert not list(folder.rglob("*.partial"))


def test_the_animation_has_the_pace_and_length_of_the_clips(drawn: Drawn) -> None:
    path = drawn(KINECT20)[-1]
    clips = standing_bodies(KINECT20, name="synthetic", classes=CLASSES)
    longest = int(clips.select(typical_clips(clips)).lengths.max())
    with Image.open(path) as image:
        assert image.n_frames == longest
        assert image.info["duration"] == 50
        assert image.info["loop"] == 0
        first = np.asarray(image.convert("RGB")).astype(int)
        image.seek(longest // 2)
        later = np.asarray(image.convert("RGB")).astype(int)
    assert first[-1, -1].tolist() == [255, 255, 255]
    assert np.abs(first - later).max() > 100
    assert path.stat().st_size < 2e6


def test_the_same_run_gives_the_same_bytes(drawn: Drawn, tmp_path: Path) -> None:
    first, second = drawn(SMPL24), report(tmp_path, SMPL24)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_undefined_values_single_seeds_and_lone_arms_are_drawn(tmp_path: Path) -> None:
    for name, options in {
        "a": {"no_multimodality": True, "seeds": 1},
        "b": {"arms": ("real",)},
    }.items():
        folder = tmp_path / name
        make_run(folder, **options)  # type: ignore[arg-type]
        assert len(write_report(folder, name="kinematic12", generator="ddpm")) == 2


def test_what_a_run_has_not_made_is_not_drawn(tmp_path: Path) -> None:
    assert write_report(tmp_path, name="kinematic12", generator="ddpm") == []


def test_a_class_without_clips_keeps_its_row(tmp_path: Path) -> None:
    from benchmark.reports.figures.contact_sheet import contact_sheet

    real = standing_bodies(KINECT20, name="real", classes=CLASSES)
    some = real.select(real.labels != 1)
    sizes = []
    for name, part in (("all", real), ("some", some)):
        with Image.open(contact_sheet(real, part, tmp_path / f"{name}.png", "title")) as image:
            sizes.append(image.size)
    assert sizes[0] == sizes[1]


def test_clips_of_other_classes_are_not_shown_together(tmp_path: Path) -> None:
    from benchmark.reports.figures.contact_sheet import contact_sheet

    real = standing_bodies(KINECT20, name="real", classes=CLASSES)
    other = standing_bodies(KINECT20, name="other", classes=("a", "b", "c"))
    with pytest.raises(InputError, match="differ in skeleton or classes"):
        contact_sheet(real, other, tmp_path / "sheet.png", "title")


def test_the_typical_clip_is_the_one_of_median_length() -> None:
    frames = [np.zeros((length, 20, 3), np.float32) for length in (9, 3, 5, 7, 4, 8)]
    clips = ClipSet.of(KINECT20, ("a", "b", "c"), frames, [0, 0, 0, 2, 2, 2])
    assert clips.lengths[typical_clips(clips)].tolist() == [5, 7]


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda one: str(one.name))
def test_the_view_does_not_depend_on_where_and_which_way_a_body_stands(skeleton: Skeleton) -> None:
    joints = standing_bodies(skeleton, name="x", classes=CLASSES).resample(10)
    turned = rotate(joints, np.full(len(joints), 2.0), skeleton) + np.float32(3.0)
    np.testing.assert_allclose(project(joints, skeleton), project(turned, skeleton), atol=1e-5)


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda one: str(one.name))
def test_a_body_that_faces_the_viewer_has_its_right_on_the_left_side(skeleton: Skeleton) -> None:
    points = project(standing_bodies(skeleton, name="x", classes=CLASSES).resample(10), skeleton)
    for left, right in skeleton.facing:
        assert (points[:, 0, right, 0] < points[:, 0, left, 0]).all()
    assert (points[:, 0, skeleton.index("head"), 1] > points[:, 0, skeleton.centre, 1]).all()


def test_every_bone_has_one_colour() -> None:
    for skeleton in (SMPL24, KINECT20, NTU25):
        sides = bones_by_side(skeleton)
        assert sorted(map(tuple, np.concatenate(list(sides.values())).tolist())) == sorted(
            skeleton.edges
        )
        assert len(sides["left"]) == len(sides["right"]) > 0
