"""The command ``sweep``."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.commands.app import run_command_line
from tests.benchmark import fakes
from tests.benchmark.reports.latex_reader import tables_of


@pytest.fixture
def tiny_sweep(tmp_path: Path) -> list[str]:
    """A command line of a sweep over two generators, one of which cannot be fitted."""
    (tmp_path / "pair.yaml").write_text(
        f"""
        base: {{dataset: "{fakes.DATASET}", split: 50pct, recognizers: none, repetitions: 2}}
        axes:
          maker: {{field: generator, values: ["{fakes.GENERATOR}", "{fakes.HERE}:Raises"]}}
        """
    )
    options = ["--samples", "40", "--device", "cpu", "--out", str(tmp_path / "out")]
    return ["sweep", str(tmp_path / "pair.yaml"), *options]


@pytest.mark.usefixtures("stand_ins", "stand_ins_in_workers")
def test_a_sweep_ends_with_its_tables_and_the_exit_code_of_its_worst_point(
    tiny_sweep: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    latex = tmp_path / "pair.tex"
    options = ["--metrics", "fid,accuracy", "--seed", "3", "--latex", str(latex)]
    assert run_command_line([*tiny_sweep, *options]) == 1
    output = capsys.readouterr()
    assert "FID" in output.out
    assert "diversity" not in output.out
    assert "Not done: tests.benchmark.fakes:Raises: fit: error" in " ".join(output.out.split())
    assert str(tmp_path / "out" / "sweeps" / "pair" / "sweep.csv") in output.out
    assert f"maker={fakes.GENERATOR}/fit: done in" in output.err
    assert output.err.splitlines()[-1].endswith("RuntimeError: the moon is in the wrong place")
    table, *_ = tables_of(latex.read_text())
    assert table.headings == ["maker", "FID ↓", "accuracy ↑"]
    assert table.column("maker")[0] == "real clips"
    assert f"{fakes.HERE}:Raises (error)" in table.column("maker")
    (run_json,) = (tmp_path / "out" / "runs").glob("*Shaker*/run.json")
    assert '"samples": 40' in run_json.read_text()
    assert '"seed": 3' in run_json.read_text()
