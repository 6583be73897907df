"""Tables of runs for a paper."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from benchmark.comparisons.run_scores import SweepPoint, run_scores
from benchmark.reports.latex import latex_text
from benchmark.reports.latex_tables import (
    Surroundings,
    leaderboard_latex,
    score_latex,
    sweep_latex,
)
from benchmark.reports.leaderboard import over_trainings, read_entries
from benchmark.reports.leaderboard_sections import leaderboard_sections
from tests.benchmark.reports.latex_reader import Read, tables_of
from tests.benchmark.run_folders import run_of


def board(folder: Path) -> tuple[str, list[Read]]:
    """The leaderboard of a results folder, as LaTeX and as it is seen."""
    entries, _ = read_entries(folder)
    text = latex_text(
        leaderboard_latex(leaderboard_sections(over_trainings(entries))), "the command"
    )
    return text, tables_of(text)


def trained_twice(folder: Path, generator: str, **options: Any) -> None:
    for seed in (0, 1):
        name = f"{generator}-{seed}"
        run_of(folder / "runs", name, generator=generator, generator_seed=seed, **options)


def test_each_judge_has_a_table_with_the_row_of_real_clips_first(tmp_path: Path) -> None:
    trained_twice(tmp_path, "ddpm", judges=("st_trans", "stgcn++"))
    _, tables = board(tmp_path)
    judged = [re.findall(r"Judged by (\S+)", table.caption) for table in tables]
    assert judged == [["st_trans-0a1b2c3d"], ["stgcn++-0a1b2c3d"], []]
    for table in tables[:2]:
        assert table.column("generator") == ["real clips", "ddpm (2 trainings)"]
        assert table.column("FID ↓")[0] == "10.90"
        assert table.rules == 2
    assert "kinematic12 · cross-subject · 10pct. Profile quick" in tables[0].caption
    assert tables[2].headings[:2] == ["recognizer", "generator"]
    assert "Training clips: 120 real + 600 synthetic; steps: 900" in tables[2].caption


def test_letters_and_bold_follow_the_rule_of_the_page(tmp_path: Path) -> None:
    trained_twice(tmp_path, "good", fid=30.0)
    trained_twice(tmp_path, "bad", fid=300.0)
    run_of(tmp_path / "runs", "once", generator="once", fid=20.0)
    text, (metrics, *_) = board(tmp_path)
    assert re.search(r"good .*? & \\textbf\{30\.00\} .*?\\textsuperscript\{a\} &", text)
    assert re.search(r"bad .*? & 300\.00 \{\\scriptsize [^}]*\}\\textsuperscript\{b\} &", text)
    assert re.search(r"once & 20\.00 \{\\scriptsize [^}]*\} &", text)
    assert "share a letter" in metrics.caption


def test_hostile_names_and_sentences_are_text(tmp_path: Path) -> None:
    name = "my_mod:A&B$^{~}\\input{x}#%→"
    run_of(
        tmp_path / "runs", "one", generator=name, of_generator=("Saw 100 % of $dev_$.",),
        caveats=("Leaks\n\\end{table} a fifth.",), dataset="x_{1}", no_multimodality=True,
    )  # fmt: skip
    text, tables = board(tmp_path)
    assert tables[0].column("generator")[1] == f"{name} ¹"
    assert tables[0].caption.endswith("¹ Saw 100 % of $dev_$.")
    assert "multimodality is undefined (class 'throw' has one clip)" in tables[0].caption
    assert tables[0].column("multimodality →") == ["–", "undefined"]
    assert "% Note: Leaks \\end{table} a fifth." in text.splitlines()


def test_a_table_that_is_too_wide_is_split(tmp_path: Path) -> None:
    name = "a_generator_with_a_name_that_is_long_enough_to_fill_much_of_a_line"
    run_of(tmp_path / "runs", "one", generator=name)
    _, tables = board(tmp_path)
    headings = [heading for table in tables[:-1] for heading in table.headings[1:]]
    assert headings == ["FID ↓", "accuracy ↑", "diversity →", "multimodality →"]
    assert len(tables) > 2


def test_gains_stand_by_recognizer_and_say_why_one_is_missing(tmp_path: Path) -> None:
    runs = [
        run_of(tmp_path, "good", gain=0.2),
        run_of(tmp_path, "none", generator="gan", arms=("real+synthetic",)),
    ]
    around = Surroundings("generator", "Data.")
    tables = score_latex([run_scores(run) for run in runs], ["good", "none"], around)
    gains = tables_of(latex_text(tables, "c"))[-1]
    assert gains.column("generator") == ["good", "none"]
    assert gains.column("recognizer") == ["stgcn++", ""]
    assert gains.column("gain ↑ (points)")[1] == "undefined"
    assert "none, stgcn++: undefined (recognizer 'stgcn++', arm 'real'" in gains.caption
    assert gains.headings[-1] == "interval over"


@pytest.mark.parametrize("fair", [True, False])
def test_a_sweep_has_the_tables_of_each_axis(tmp_path: Path, fair: bool) -> None:
    splits = ("10pct", "10pct" if fair else "20pct")
    points = [
        SweepPoint(
            "width & depth",
            value,
            None,
            value == "10",
            run_scores(run_of(tmp_path, value, split=split)),
        )
        for value, split in zip(("10", "20"), splits, strict=True)
    ]
    metrics, gains = tables_of(latex_text(sweep_latex("My sweep", points), "c"))
    assert metrics.column("width & depth") == ["real clips", "10 (base)", "20"]
    assert sorted(gains.column("width & depth")) == ["10 (base)", "20"]
    assert metrics.caption.startswith("Metrics by width & depth. My sweep. ")
    assert ("they are not ranked" in metrics.caption) is not fair
