"""The command ``status``, and ``sweep --dry-run``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from benchmark.commands.app import run_command_line
from benchmark.experiment.api import Workplace, run_sweep
from benchmark.experiment.sweep import find_sweep
from tests.benchmark import fakes
from tests.benchmark.experiment.test_sweep import BASE

pytestmark = pytest.mark.usefixtures("stand_ins")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sweep of two generators, one of which cannot be fitted, on two splits."""
    path = tmp_path / "pair of two.yaml"
    makers = [fakes.GENERATOR, f"{fakes.HERE}:Raises"]
    grid = {"generator": makers, "split": ["20pct", "50pct"]}
    base = {**BASE, "metrics": "none"}
    path.write_text(yaml.safe_dump({"base": base, "grid": grid}))
    return path


def test_a_dry_run_tells_cells_stages_and_time_and_leaves_nothing(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run_command_line(["sweep", str(file), "--dry-run", "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert "4 cells, 4 of them different runs" in text
    assert text.count("waiting") == 4
    assert "this store has no costs of any" in text
    data = next(line.split() for line in text.splitlines() if line.strip().startswith("data "))
    assert data[:4] == ["data", "4", "1", "1"]
    assert not out.exists()


def test_a_dry_run_names_each_cell_that_cannot_be(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = yaml.safe_load(file.read_text())
    content["grid"]["split"] = ["20pct", "half"]
    file.write_text(yaml.safe_dump(content))
    assert run_command_line(["sweep", str(file), "--dry-run", "--out", str(tmp_path)]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    for line in errors:
        assert line.startswith("error: sweep 'pair_of_two', cell generator=")
        assert "split=half: unknown split 'half'" in line


def test_status_of_a_sweep_that_was_begun_of_its_file_and_of_a_run(
    file: Path, here: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = find_sweep(str(file)).around({"samples": 30})
    run_sweep(asked, here)
    out = ["--out", str(here.out)]
    for names in ([], ["pair_of_two"], [str(file)]):
        assert run_command_line(["status", *names, *out, "--json"]) == 1
        (told,) = json.loads(capsys.readouterr().out)["sweeps"]
        assert (told["done"], told["failed"], told["waiting"]) == (2, 2, 0), names
        assert {run["state"] for run in told["runs"]} == {"done", "failed"}
    done = next(Path(run["folder"]) for run in told["runs"] if run["state"] == "done")
    for name in (done.name, str(done)):
        assert run_command_line(["status", name, *out]) == 0
        assert "1 done" in capsys.readouterr().out
    assert run_command_line(["status", *out]) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "pair_of_two: 2 done, 2 failed" in text
    assert "the moon is" in text


def test_status_of_nothing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["status", "--out", str(tmp_path)]) == 2
    assert "holds no sweep that was begun" in capsys.readouterr().err
    assert run_command_line(["status", "generator", "--out", str(tmp_path)]) == 2
    assert "did you mean 'generators'" in capsys.readouterr().err
