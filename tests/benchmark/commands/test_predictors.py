"""The command ``predictors``: what tells the gain."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.commands.app import run_command_line
from benchmark.comparisons.gain_predictors import PREDICTOR_COLUMNS, oriented
from benchmark.records.tables import numbers, read_table
from tests.benchmark.run_folders import make_run

GAINS = {"copy": 0.0, "mean": -0.1, "classical": 0.06, "ddpm": 0.1, "mdm": 0.15, "actor": 0.2}


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Six generators: the lower their FID the higher their gain, bodies say the opposite."""
    return [
        make_run(
            tmp_path / name,
            generator=name,
            gain=gain,
            fid=40.0 - 100.0 * gain,
            judges=("st_trans", "gru"),
            more={"jerk": (1.0 + gain, 0.1, 1.0)},
        )
        for name, gain in GAINS.items()
    ]


def test_correlations_are_printed_written_and_drawn(runs, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    csv, plot = tmp_path / "predictors.csv", tmp_path / "predictors.png"
    asked = ["predictors", *map(str, runs), "--csv", str(csv), "--plot", str(plot)]
    assert run_command_line(asked) == 0
    told = capsys.readouterr().out
    assert "What tells the gain of stgcn++" in told
    assert "+1.00" in told
    assert plot.exists()
    assert (tmp_path / "predictors-correlations.png").exists()
    table = read_table(csv, PREDICTOR_COLUMNS)
    fid = table[table["metric"] == "fid"]
    assert sorted(fid["judge"]) == ["gru-0a1b2c3d", "st_trans-0a1b2c3d"]
    assert numbers(fid["correlation"]).tolist() == pytest.approx([1.0, 1.0])
    assert (numbers(fid["entries"]) == len(GAINS)).all()
    tested = table[numbers(table["p_value"]).notna()]
    assert (numbers(tested["p_holm"]) >= numbers(tested["p_value"])).all()


def test_a_metric_that_is_best_near_its_floor_counts_by_its_distance():
    assert oriented("diversity", 14.0, 13.0) == oriented("diversity", 12.0, 13.0) == -1.0
    assert oriented("fid", 3.0, 1.0) == -3.0
    assert oriented("accuracy", 0.9, 0.95) == 0.9


def test_trainings_of_one_generator_are_one_entry(tmp_path, capsys):
    runs = [
        make_run(tmp_path / f"ddpm-{seed}", generator="ddpm", generator_seed=seed, gain=0.1)
        for seed in range(6)
    ]
    assert run_command_line(["predictors", *map(str, runs)]) == 2
    assert "there are 1 in all: give more runs" in capsys.readouterr().err


def test_runs_without_gains_are_refused_in_one_line(tmp_path, capsys):
    runs = [
        make_run(tmp_path / name, generator=name, arms=("real",)) for name in ("a", "b", "c", "d")
    ]
    assert run_command_line(["predictors", *map(str, runs)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: the arms 'real' and 'real+synthetic' of 5 generators or more")
    assert error.count("\n") == 1
