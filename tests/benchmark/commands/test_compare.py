"""The command ``compare``: what it prints, writes, draws and refuses."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.commands.app import run_command_line
from benchmark.comparisons.compare_runs import compare_runs
from benchmark.records.run_folder import read_run
from benchmark.reports.comparison_csv import COMPARISON_COLUMNS
from benchmark.statistics.worth import Worth
from metrics.value import Undefined
from tests.benchmark.reports.latex_reader import tables_of
from tests.benchmark.run_folders import make_run

ARMS = ("real", "real+synthetic", "oracle@0.5", "oracle")


def compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> str:
    monkeypatch.setenv("COLUMNS", "160")
    assert run_command_line(["compare", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def with_sizes(folder: Path, sizes: dict[str, tuple[int, int]]) -> Path:
    """The run with other numbers of real and added clips in its arms."""
    table = pd.read_csv(folder / "downstream.csv")
    for arm, (real, added) in sizes.items():
        rows = table["arm"] == arm
        table.loc[rows, ["n_real", "n_synthetic"]] = real, added
    table.to_csv(folder / "downstream.csv", index=False)
    return folder


def with_accuracies(folder: Path, bars: dict[str, float]) -> Path:
    """The run with other predictions: an arm is right on the easiest part of the clips."""
    table = read_run(folder).predictions
    rng = np.random.default_rng(0)
    hardness = {clip: rng.random() for clip in sorted(table["clip_id"].unique())}
    hard = table["clip_id"].map(hardness) + 0.05 * rng.normal(size=len(table))
    right = hard < table["arm"].map(bars)
    table["predicted"] = np.where(right, table["label"], (table["label"] + 1) % 4)
    table.to_csv(folder / "predictions.csv", index=False)
    return folder


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        assert tuple(reader.fieldnames or ()) == COMPARISON_COLUMNS
        return list(reader)


def several(folder: Path) -> list[Path]:
    """Two generators alike, of which one was fitted twice, and a bad one."""
    return [
        make_run(folder / "runs" / "kin-ddpm-0a", gain=0.1),
        make_run(folder / "runs" / "kin-mdm-0b", generator="mdm", gain=0.11),
        make_run(folder / "runs" / "kin-mdm-0c", generator="mdm", gain=0.12, generator_seed=1),
        make_run(folder / "runs" / "kin-gan-0d", generator="gan", gain=-0.3, fid=200.0),
    ]


def test_one_run_tells_what_its_arms_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_run(tmp_path / "run", arms=ARMS, gain=0.15, caveats=("Leak.",))
    with_sizes(folder, {"oracle@0.5": (180, 0), "oracle": (240, 0), "real+synthetic": (120, 120)})
    bars = {"real": 0.5, "oracle@0.5": 0.6, "oracle": 0.8, "real+synthetic": 0.7}
    text = " ".join(compared(capsys, monkeypatch, with_accuracies(folder, bars)).split())
    for part in (
        "stgcn++, real + synthetic",
        "real + held-back real clips, 0.5 a real clip",
        "better",
        "120 real test clips, paired; intervals cover clips and seeds; p is adjusted for 3 tests",
        "classes tested, at most 5 % of claims expected to be false",
        "the 120 added clips are worth",
        "95 % over test clips and recognizer seeds",
        "to see 2 points (80 % power)",
        "test clip",
        "recognizer seed",
        "Leak.",
    ):
        assert part in text
    assert "generator seed" not in text


def test_the_worth_is_between_the_points_that_enclose_it(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", arms=ARMS, clips=300)
    with_sizes(folder, {"oracle@0.5": (180, 0), "oracle": (120, 240), "real+synthetic": (120, 50)})
    bars = {"real": 0.5, "oracle@0.5": 0.6, "oracle": 0.8, "real+synthetic": 0.7}
    comparison = compare_runs([read_run(with_accuracies(folder, bars))])
    (line,) = comparison.worth
    assert (line.arm, line.added) == ("real+synthetic", 50)
    assert isinstance(line.worth, Worth)
    assert 60 < line.worth.clips < 240
    assert (line.worth.fewest, line.worth.most) == (0.0, 240.0)


def test_arms_without_added_clips_have_no_worth(tmp_path: Path) -> None:
    alone = ("real_same_epochs", "oracle_as_larger_split@1")
    folder = make_run(tmp_path / "run", arms=("real", "oracle", *alone, "classical"))
    with_sizes(folder, {"oracle": (240, 0), alone[0]: (120, 0), alone[1]: (240, 0)})
    assert [line.arm for line in compare_runs([read_run(folder)]).worth] == ["classical"]


def test_without_an_oracle_nothing_is_said_of_worth(tmp_path: Path) -> None:
    assert compare_runs([read_run(make_run(tmp_path / "run"))]).worth == ()


def test_several_runs_stand_side_by_side_with_tie_groups_and_shares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    several(tmp_path)
    names = [path.name for path in sorted((tmp_path / "runs").iterdir())]
    text = compared(capsys, monkeypatch, *names, "--out", tmp_path)
    for pattern in (
        r"ddpm, gan, mdm on kinematic12 · cross-subject · 10pct",
        r"FID ↓ +gan +200\.00 \[198\.00, 202\.00\] +10\.90",
        r"FID ↓ +mdm +30\.00 \[.*\] +10\.90",
        r"mdm: stgcn\+\+, real \+ synthetic +real clips only +\+\d",
        r"ddpm: stgcn\+\+, real \+ synthetic +mdm .*cannot be told apart",
        r"p is adjusted for 6 tests",
        r"real \+ synthetic +gan +\d.* b +3",
        r"mdm .* a +1 to 2",
        r"mdm: fid: sampling 100 % \(seen: 2 generator seeds\)",
        r"mdm: stgcn\+\+, real \+ synthetic, accuracy: test clip",
    ):
        assert re.search(pattern, text), pattern


def test_runs_stand_in_the_order_of_their_accuracy(tmp_path: Path) -> None:
    runs = [
        read_run(make_run(tmp_path / name, generator=name, gain=gain))
        for name, gain in (("bad", -0.3), ("good", 0.3), ("fair", 0.0))
    ]
    placed = compare_runs(runs).ranking
    assert [(one.run, one.ranks[0]) for one in placed] == [("good", 1), ("fair", 2), ("bad", 3)]


def test_the_file_holds_every_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "comparison.csv"
    text = compared(capsys, monkeypatch, *several(tmp_path), "--csv", path, "--detect", "30")
    assert str(path) in text
    rows = table_of(path)
    counts = Counter(row["question"] for row in rows)
    assert (counts["difference"], counts["class"], counts["accuracy"]) == (6, 12, 3)
    assert (counts["metric"], counts["seeds_needed"], counts["detectable"]) == (12, 4, 3)
    differences = [row for row in rows if row["question"] == "difference"]
    assert all(float(row["p_adjusted"]) >= float(row["p_value"]) for row in differences)
    assert all(float(row["p_value"]) >= float(row["exact_p_value"]) for row in differences)
    assert {row["verdict"] for row in differences} >= {"better", "worse", "cannot be told apart"}
    needed = [row["value"] for row in rows if row["question"] == "seeds_needed"]
    assert needed == ["2"] * 4
    shares = [
        row for row in rows if row["question"] == "variance_share" and "accuracy: g" in row["item"]
    ]
    assert shares
    again = tmp_path / "again.csv"
    compared(capsys, monkeypatch, *several(tmp_path), "--csv", again, "--detect", "30")
    assert again.read_bytes() == path.read_bytes()


def test_the_picture_is_drawn_the_same_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = several(tmp_path)[::3]
    pictures = [tmp_path / name for name in ("a.png", "b.png")]
    for picture in pictures:
        assert str(picture) in compared(capsys, monkeypatch, *folders, "--plot", picture)
    first, second = (picture.read_bytes() for picture in pictures)
    assert first.startswith(b"\x89PNG")
    assert first == second


def test_a_paper_gets_metrics_differences_and_standings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "comparison.tex"
    assert str(path) in compared(capsys, monkeypatch, *several(tmp_path), "--latex", path)
    text = path.read_text()
    metrics, differences, standings = tables_of(text)
    assert metrics.column("run") == ["real clips", "ddpm", "mdm", "gan"]
    assert metrics.headings[1:] == ["FID ↓", "accuracy ↑", "diversity →", "multimodality →"]
    assert metrics.column("FID ↓")[0] == "10.90"
    assert differences.headings[-2:] == ["p, Holm", "verdict"]
    assert "better" in differences.column("verdict")
    assert "p is adjusted for 6 tests" in differences.caption
    assert re.search(r"mdm & \\textbf{7\d\.\d \\%} .*\\textsuperscript{a} & 1 to 2", text)
    assert not re.search(r"gan & \\textbf", text)
    assert standings.column("rank")[-1] == "3"


def test_another_control_can_be_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_run(tmp_path / "run", arms=("real", "classical", "real+synthetic"))
    text = compared(capsys, monkeypatch, folder, "--control", "classical")
    assert re.search(r"real clips only +real \+ classical augmentation +-\d", text)


def test_runs_of_metrics_only_are_compared_by_their_metrics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = several(tmp_path)
    for folder in folders:
        for name in ("downstream.csv", "predictions.csv"):
            (folder / name).unlink()
    text = compared(capsys, monkeypatch, *folders)
    assert "FID ↓" in text
    assert "recognizer" not in text


def test_a_metric_without_a_value_says_why_and_has_no_letter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = make_run(tmp_path / "a", no_multimodality=True)
    other = make_run(tmp_path / "b", generator="mdm")
    text = compared(capsys, monkeypatch, one, other)
    assert re.search(r"multimodality → +ddpm +undefined", text)
    assert "ddpm: multimodality is undefined (class 'throw' has one clip)." in text
    comparison = compare_runs([read_run(one), read_run(other)])
    letters = {s.run: s.letters for s in comparison.metrics if s.metric == "multimodality"}
    assert letters == {"ddpm": "", "mdm": ""}


def test_one_seed_has_no_power_and_says_so(tmp_path: Path) -> None:
    comparison = compare_runs([read_run(make_run(tmp_path / "a", seeds=1))])
    (line,) = comparison.power
    seeds, clips = line.needed.values()
    assert isinstance(seeds, Undefined)
    assert "one recognizer seed shows no variance" in seeds.reason
    assert isinstance(clips, int)


def test_people_are_named_and_counted_where_they_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [
        make_run(tmp_path / name, generator=name, gain=gain, people=9)
        for name, gain in (("ddpm", 0.1), ("gan", -0.3))
    ]
    path = tmp_path / "comparison.csv"
    text = " ".join(compared(capsys, monkeypatch, *folders, "--csv", path).split())
    for part in (
        "120 real test clips of 9 people, paired; intervals cover people and seeds;",
        "test persons",
        "intervals cover people and seeds; one letter in common",
    ):
        assert part in text
    assert "test clips alone" not in text
    rows = table_of(path)
    of = {row["question"]: row for row in rows}
    assert of["difference"]["people"] == of["class"]["people"] == "9"
    assert of["difference"]["varies"] == of["accuracy"]["varies"] == "people and seeds"
    assert {row["unit"] for row in rows if row["question"] == "test_size_needed"} == {"test person"}
    for row in rows:
        if row["question"] == "accuracy":
            assert 0.0 <= float(row["ci95_low"]) <= float(row["ci95_high"]) <= 100.0


def test_two_runs_of_a_generator_are_told_apart_by_the_end_of_their_names(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / f"kin-ddpm-{end}", data_seed=0, repetitions=n)
            for end, n in (("0a", 20), ("0b", 21))]  # fmt: skip
    comparison = compare_runs([read_run(folder) for folder in runs])
    assert list(comparison.entries) == ["ddpm-0a", "ddpm-0b"]


def refused(capsys: pytest.CaptureFixture[str], arguments: Sequence[object]) -> str:
    assert run_command_line(["compare", *map(str, arguments)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    return line


def test_what_cannot_be_compared_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = make_run(tmp_path / "runs" / "kin-a")
    other = make_run(tmp_path / "runs" / "kin-b", generator="mdm", protocol="official")
    assert "kin-a and kin-b are not compared: they differ in data protocol" in refused(
        capsys, [one, other]
    )
    assert "did you mean 'kin-a'" in refused(capsys, ["kin-aa", "--out", tmp_path])
    assert "is no run folder" in refused(capsys, ["kin-c", "--out", tmp_path / "empty"])
    assert "control (arm of kin-a) 'rael'" in refused(capsys, [one, "--control", "rael"])
    assert "--detect 0" in refused(capsys, [one, "--detect", "0"])
    alone = make_run(tmp_path / "alone", arms=("real",))
    assert "no arm beside 'real' to compare" in refused(capsys, [alone])
    assert "RUN" in refused(capsys, [])


def test_the_same_folder_given_twice_counts_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_run(tmp_path / "run")
    assert "for 1 tests" in compared(capsys, monkeypatch, folder, folder)


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["compare", "--help"]) == 0
    text = capsys.readouterr().out
    assert "Examples" in text
    assert "--detect" in text
