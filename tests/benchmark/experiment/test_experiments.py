"""The files under ``experiments/``: each is read, checked and planned, and none is carried out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.commands.app import run_command_line
from benchmark.experiment.api import Workplace, run_sweep
from benchmark.experiment.references import DATA_FIELDS
from benchmark.experiment.sweep import Sweep, find_sweep
from benchmark.spec import read_yaml_mapping
from skeletons.datasets import dataset_named
from skeletons.datasets.nw_ucla import NorthwesternUCLA
from tests.benchmark import fakes

FOLDER = Path(__file__).parents[3] / "experiments"
FILES = sorted(FOLDER.glob("*.yaml"))
PAIR = "pair:experiments/pairs/kinematic12_nw_ucla.yaml"
CLIPS = {"kinematic12": 970, "nw_ucla": 900, PAIR: 300}


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files name others from there; those of data sets that may not be here are not looked for."""
    named = dataset_named
    monkeypatch.chdir(FOLDER.parent)
    monkeypatch.setattr(
        "skeletons.datasets.dataset_named",
        lambda name, *given: _AnyFile() if "data/" in name else named(name, *given),
    )
    monkeypatch.setattr(NorthwesternUCLA, "identity", lambda self, *given: "files")


def clips_of(fields: Any) -> int:
    """A number for each split, without reading any data."""
    assert set(fields) == set(DATA_FIELDS)
    return CLIPS.get(fields["dataset"], 40_000) // (10 if fields["split"] != "full" else 1)


def planned(path: Path) -> Sweep:
    return replace(find_sweep(str(path)), count_clips=clips_of)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_an_experiment_can_be_planned(path: Path) -> None:
    sweep = planned(path)
    points = sweep.points()
    assert not any(point.problem for point in points)
    assert len({point.spec.hash8 for point in points}) == len(
        {point.spec.folder_name for point in points}
    )
    assert sweep.title != path.stem
    if path.stem.startswith("ablation") or path.stem == "mix":
        assert {point.spec.part for point in points} == {"dev"}, "what chooses is chosen on dev"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_a_dry_run_of_an_experiment_ends_well(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("benchmark.experiment.sweep.clip_counter", lambda root: clips_of)
    command = ["sweep", str(path), "--dry-run", "--out", str(tmp_path / "out")]
    assert run_command_line(command) == 0, capsys.readouterr().err
    assert "stages to do" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


class _AnyFile:
    name, protocols = "file", ("cross-subject",)

    def identity(self, *given: Any) -> str:
        return "file"


@pytest.mark.usefixtures("stand_ins")
def test_smoke_leaves_tables_with_metrics_and_gains(here: Workplace) -> None:
    sweep = find_sweep(str(FOLDER / "smoke.yaml")).around({"dataset": fakes.DATASET})
    result = run_sweep(replace(sweep, variants={}), here)  # ddpm knows no stand-ins
    assert result.exit_code == 0, [row.reason for row in result.stages if row.status != "ok"][:3]
    page = (result.folder / "sweep.md").read_text()
    assert "bone" in page
    assert "gru" in page
    assert "## 2shot: generator" in page


@pytest.mark.slow
def test_smoke_runs_with_real_trainings(tmp_path: Path) -> None:
    sweep = find_sweep(str(FOLDER / "smoke.yaml"))
    result = run_sweep(sweep, Workplace(out=tmp_path, device="cpu", workers=2))
    assert result.exit_code == 0, [row for row in result.stages if row.status != "ok"][:3]
    for point in result.points:
        assert np.isfinite(float(point.scores.metrics["fid"]["mean"])), point.value
    assert {row["recognizer"] for point in result.points for row in point.scores.gains} == {"gru"}


def test_the_readme_names_every_file_and_its_cells() -> None:
    told = {
        cells[1].strip(" `"): int(cells[3])
        for line in (FOLDER / "README.md").read_text().splitlines()
        if len(cells := line.split("|")) == 5 and ".yaml" in line
    }
    assert told == {
        path.name: len({p.spec.hash8 for p in planned(path).points()}) for path in FILES
    }


def test_generators_are_compared_on_equal_terms() -> None:
    content = read_yaml_mapping(FOLDER / "generation.yaml")
    again = read_yaml_mapping(FOLDER / "generation_file.yaml")
    assert content["grid"]["generator"] == again["grid"]["generator"]
    points = planned(FOLDER / "generation.yaml").points()
    assert set(Counter(point.axis for point in points).values()) == {12}
    assert {point.trainings for point in points} == {3}
    assert {point.spec.samples for point in points if point.spec.dataset == "nw_ucla"} == {4500}


def test_across_data_sets_each_cell_has_one_whose_generator_saw_what_recognizers_see() -> None:
    points = planned(FOLDER / "cross_dataset.yaml").points()
    specs = [point.spec.model_dump(exclude={"generator_data"}) for point in points]
    assert all(specs.count(spec) == 2 for spec in specs)
    assert Counter(point.spec.generator_data for point in points) == {"split": 8, "other": 8}
    assert {point.spec.part for point in points} == {"test"}
