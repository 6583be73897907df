from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from benchmark.comparisons.run_scores import SweepPoint, run_scores
from benchmark.records.run_folder import read_run
from benchmark.reports.run_terminal import print_run, print_sweep
from benchmark.reports.verdicts import help_verdict
from tests.benchmark.run_folders import make_run


def printed(folder: Path, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    print_run(folder, console)
    text = console.file
    assert isinstance(text, io.StringIO)
    return text.getvalue()


def gain(difference: float, half: float, seeds: int = 3) -> pd.Series:
    cells = {"recognizer": "stgcn++", "arm": "real+synthetic", "difference": difference}
    cells |= {"ci95_low": difference - half, "ci95_high": difference + half}
    return pd.Series(cells | {"seeds": seeds, "clips": 480, "people": 9})


def test_the_tables_answers_notes_and_files_are_printed(tmp_path: Path) -> None:
    text = printed(make_run(tmp_path / "run", caveats=("Leak.",)))
    for part in (
        "30.00 [28.00, 32.00]",
        "84.0 % [83.0, 85.0]",
        "120 + 600",
        "Natural? Not yet like real clips",
        "Does it help? stgcn++ with real + synthetic: yes",
        "Note: Leak.",
        str(tmp_path / "run" / "summary.csv"),
    ):
        assert part in text


def test_arms_without_their_control_say_what_to_add(tmp_path: Path) -> None:
    text = printed(make_run(tmp_path / "run", arms=("real+synthetic", "classical")))
    assert text.count("no control") == 2
    assert text.count("cannot be said: no arm 'real' to compare with; unless it failed, add") == 2
    assert "add --arms real,real+synthetic,classical." in " ".join(text.split())
    assert "undefined" not in text


def test_nothing_is_cut_off_in_80_columns(tmp_path: Path) -> None:
    text = printed(make_run(tmp_path / "run", no_multimodality=True), width=80)
    assert "…" not in text
    assert max(map(len, text.split("\n\n")[0].splitlines())) <= 80
    assert "within a class cannot be said" in " ".join(text.split())


def test_brackets_in_names_are_not_markup(tmp_path: Path) -> None:
    assert "my[bold]gen" in printed(make_run(tmp_path / "run", generator="my[bold]gen"))


def test_the_caption_names_the_references_of_the_rows_shown(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    assert "against real test clips where a metric compares with any" in printed(folder)
    table = pd.read_csv(folder / "summary.csv")
    table = table[table["reference"] == "test"]
    table.assign(reference="all").to_csv(folder / "summary.csv", index=False)
    assert "against all real clips where" in printed(folder)
    table.loc[table["metric"] != "fid", "reference"] = "split"
    table.to_csv(folder / "summary.csv", index=False)
    assert "against real test clips or clips that the generator saw where" in printed(folder)


def test_a_sweep_names_the_references_of_its_means(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    table = pd.read_csv(folder / "summary.csv")
    table = table[table["reference"] == "test"]
    table.assign(reference="all").to_csv(folder / "summary.csv", index=False)
    console = Console(file=io.StringIO(), width=200, force_terminal=False)
    point = SweepPoint("steps", "[red]", None, False, run_scores(read_run(folder)))
    print_sweep(folder, [point], console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "means against all real clips; intervals" in text
    assert "gain of stgcn++, points [95 %]" in text
    assert "+10" in text
    assert "[red]" in text
    assert str(folder / "summary.csv") in text


def test_a_sweep_without_metrics_prints_its_arms_by_run_and_recognizer(tmp_path: Path) -> None:
    points = []
    for split, accuracy in (("10pct", 0.5), ("full", 0.7)):
        folder = make_run(
            tmp_path / split, split=split, accuracy=accuracy, recognizers=("stgcn++", "gru")
        )
        (folder / "summary.csv").unlink()
        scores = run_scores(read_run(folder))
        points.append(SweepPoint(f"{split}: generator", "ddpm", None, False, scores))
    console = Console(file=io.StringIO(), width=200, force_terminal=False)
    print_sweep(tmp_path, points, console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    start = next(row for row, line in enumerate(lines) if "All arms" in line)
    rows = {tuple(line.split()[:4]): line for line in lines[start:] if "generator: ddpm" in line}
    assert len(rows) == 6, "two runs, of two recognizers and their mean"
    for split, point in zip(("10pct:", "full:"), points, strict=True):
        for name, gain in zip(("stgcn++", "gru"), point.scores.gains, strict=True):
            assert f"{gain['real']:.1f} %" in rows[split, "generator:", "ddpm", name]
    assert "[+" in rows["full:", "generator:", "ddpm", "mean"]
    assert not any(line.startswith("means") for line in lines)


def test_a_run_that_failed_says_what_is_not_done(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", status="timeout")
    for name in ("summary.csv", "downstream.csv", "predictions.csv"):
        (folder / name).unlink()
    assert "Not done: sample: timeout in sampling (limit of 60 s)" in printed(folder)


@pytest.mark.parametrize(
    ("difference", "half", "words"),
    [
        (3.0, 1.0, ": yes, +3.0 points"),
        (-3.0, 1.0, ": no, it hurts, -3.0 points"),
        (3.0, 4.0, ": no difference can be told apart from 0, +3.0 points"),
    ],
)
def test_a_gain_is_claimed_only_where_the_interval_excludes_0(
    difference: float, half: float, words: str
) -> None:
    assert words in help_verdict(gain(difference, half))
    assert "480 test clips of 9 people." in help_verdict(gain(difference, half))
    unknown = gain(difference, half)
    unknown["people"] = ""
    assert "480 test clips." in help_verdict(unknown)
    assert "another seed" not in help_verdict(gain(difference, half))
    assert "another seed" in help_verdict(gain(difference, half, seeds=1))
    claimed = "no difference" not in words
    assert ("one training of the generator" in help_verdict(gain(difference, half))) == claimed


def test_judges_stand_side_by_side_and_say_how_good_they_are(tmp_path: Path) -> None:
    text = printed(make_run(tmp_path / "run", judges=("st_trans", "gru")))
    assert [word for word in text.split() if word in ("st_trans", "gru")][:4] == [
        "st_trans",
        "gru",
    ] * 2
    assert "Right are st_trans on 93.0 % of test clips; gru on 93.0 % of test clips." in text
