"""Tables and figures of a sweep, from hand-made run folders."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmark.comparisons.run_scores import SweepPoint, run_scores
from benchmark.records.run_folder import read_run
from benchmark.reports.figures.sweep import axis_scale
from benchmark.reports.sweep_tables import slug, write_sweep
from tests.benchmark.run_folders import make_run

METRICS = ["fid", "accuracy", "diversity", "multimodality"]


def point(
    folder: Path, axis: str, value: str, number: float | None = None, base: bool = False, **run: Any
) -> SweepPoint:
    made = make_run(folder / "runs" / f"{axis} {value}", metrics=METRICS, clips=20, **run)
    return SweepPoint(axis, value, number, base, run_scores(read_run(made)))


def steps(folder: Path, *numbers: float, axis: str = "steps") -> list[SweepPoint]:
    return [
        point(folder, axis, f"{value:g}", value, value == 25, fid=900 / (value + 1))
        for value in numbers
    ]


def names(folder: Path, *values: str, axis: str = "denoiser") -> list[SweepPoint]:
    return [point(folder, axis, value, fid=20.0 * 8**place) for place, value in enumerate(values)]


@pytest.mark.parametrize(
    "axis",
    [
        lambda folder: steps(folder, 0, 10, 25, 250, 1000),
        lambda folder: names(folder, "transformer", "lstm", "mlp"),
        lambda folder: names(folder, "only one"),
        lambda folder: [
            *names(folder, "one"),
            point(folder, "denoiser", "two", no_multimodality=True),
        ],
    ],
    ids=["numbers", "names", "single", "undefined"],
)
def test_a_figure_opens_and_shows_something(tmp_path: Path, axis: Any) -> None:
    written = write_sweep(tmp_path / "sweep", "A title", axis(tmp_path))
    with Image.open(written[-1]) as image:
        assert 1400 < image.width < 1700
        assert image.height > 350
        ink = (np.asarray(image.convert("L")) < 200).mean()
        assert 0.005 < ink < 0.2


def test_numbers_over_more_than_a_decade_stand_on_a_log_scale_with_zero_left_of_it(
    tmp_path: Path,
) -> None:
    scale = axis_scale(steps(tmp_path, 0, 10, 100, 1000))
    assert scale.places == pytest.approx([0, 1, 2, 3])
    assert scale.labels == ["0", "10", "100", "1000"]
    assert scale.name.endswith("(log scale)")


def test_other_numbers_stand_side_by_side_in_their_order(tmp_path: Path) -> None:
    scale = axis_scale(steps(tmp_path, 8, 2, 4))
    assert (scale.places, scale.labels) == ([0, 1, 2], ["2", "4", "8"])
    assert scale.name == "steps"


def test_names_stand_below_each_other_in_the_sweeps_order(tmp_path: Path) -> None:
    scale = axis_scale(names(tmp_path, "b", "a"))
    assert (scale.places, scale.labels) == ([0, 1], ["b", "a"])
    assert not scale.numeric


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    written = [
        write_sweep(tmp_path / name / "sweep", "A title", steps(tmp_path / name, 10, 25))
        for name in ("one", "two")
    ]
    for first, second in zip(*written, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_axes_with_like_names_keep_their_pictures_apart_and_old_ones_go(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    both = [*names(tmp_path, "x", axis="a b"), *names(tmp_path, "x", axis="a-b")]
    write_sweep(folder, "A title", both)
    assert {path.name for path in folder.glob("plots/*")} == {"a_b.png", "a_b_2.png"}
    page = (folder / "sweep.md").read_text()
    assert "![a b](plots/a_b.png)" in page
    assert "![a-b](plots/a_b_2.png)" in page
    write_sweep(folder, "A title", both[:1])
    assert {path.name for path in folder.glob("plots/*")} == {"a_b.png"}


def test_a_sweep_of_which_nothing_was_measured_has_tables_and_no_picture(tmp_path: Path) -> None:
    failed = point(tmp_path, "denoiser", "mlp", status="killed")
    for name in ("summary.csv", "downstream.csv", "predictions.csv"):
        (failed.scores.run.path / name).unlink()
    failed = SweepPoint(
        "denoiser", "mlp", None, False, run_scores(read_run(failed.scores.run.path))
    )
    written = write_sweep(tmp_path / "sweep", "A title", [failed])
    assert [path.name for path in written] == ["sweep.md", "sweep.html", "sweep.csv", "cost.csv"]
    with written[2].open() as file:
        rows = list(csv.DictReader(file))
    assert {row["status"] for row in rows} == {"killed"}
    assert all(row["mean"].startswith("undefined (sample: killed") for row in rows)


def test_real_clips_have_a_row_where_metrics_were_measured(tmp_path: Path) -> None:
    measured = point(tmp_path, "denoiser", "mlp")
    write_sweep(tmp_path / "with", "A title", [measured])
    assert "| *real clips* |" in (tmp_path / "with" / "sweep.md").read_text("utf-8")
    run = measured.scores.run
    (run.path / "summary.csv").unlink()
    bare = SweepPoint(
        "denoiser", "mlp", None, False, run_scores(read_run(measured.scores.run.path))
    )
    write_sweep(tmp_path / "without", "A title", [bare])
    page = (tmp_path / "without" / "sweep.md").read_text("utf-8")
    assert "*real clips*" not in page
    assert f"| mlp | `{measured.scores.run.name}` |" in page


@pytest.mark.parametrize(
    ("axis", "name"), [("guidance scale", "guidance_scale"), ("a × b", "a_x_b"), ("ß", "axis")]
)
def test_axes_have_plain_file_names(axis: str, name: str) -> None:
    assert slug(axis) == name
