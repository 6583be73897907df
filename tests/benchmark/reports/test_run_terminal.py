from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from benchmark.comparisons.run_scores import SweepPoint, run_scores
from benchmark.records.run_folder import read_run
from benchmark.reports.run_terminal import print_run, print_sweep
from benchmark.reports.verdicts import class_verdict, diverse_verdict, help_verdict, natural_verdict
from tests.benchmark.run_folders import make_run


def printed(folder: Path, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    print_run(folder, console)
    text = console.file
    assert isinstance(text, io.StringIO)
    return text.getvalue()


def row(mean: float, half: float, floor: float, metric: str = "fid") -> pd.Series:
    cells = {"metric": metric, "mean": mean, "ci95_low": mean - half, "ci95_high": mean + half}
    return pd.Series(cells | {"real_floor": floor})


def gain(difference: float, half: float, seeds: int = 3) -> pd.Series:
    cells = {"recognizer": "stgcn++", "arm": "real+synthetic", "difference": difference}
    cells |= {"ci95_low": difference - half, "ci95_high": difference + half}
    return pd.Series(cells | {"seeds": seeds, "clips": 480})


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
    assert "cannot be said (class 'throw' has one clip)" in " ".join(text.split())


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
    assert "[red]" in text
    assert str(folder / "summary.csv") in text


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
    assert "another seed" not in help_verdict(gain(difference, half))
    assert "another seed" in help_verdict(gain(difference, half, seeds=1))


def test_the_other_answers_follow_their_intervals() -> None:
    assert "Yes, as far as FID can tell" in natural_verdict(row(11.0, 1.0, 10.9))
    assert "3.0 times as much" in natural_verdict(row(30.0, 1.0, 10.0))
    assert "Less often than real clips" in class_verdict(row(0.8, 0.01, 0.93))
    assert "As often as real clips" in class_verdict(row(0.92, 0.02, 0.93))
    assert "More clearly" in class_verdict(row(0.99, 0.01, 0.93))
    spread = pd.DataFrame([row(13, 1, 13.5, "diversity"), row(5, 1, 7.2, "multimodality")])
    assert "over all classes like real clips" in diverse_verdict(spread)
    assert "within a class less than real clips" in diverse_verdict(spread)
