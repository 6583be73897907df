from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmark.analyses.claims.corrections import WAYS
from benchmark.analyses.claims.trainings import ARMS
from benchmark.commands.app import run_command_line
from tests.benchmark import fakes

TINY = ["claims", "--dataset", fakes.DATASET, "--generator", "copy", "--shots", "4"]
TINY += ["--synthetic", "40", "--epochs", "2", "--seeds", "2", "--device", "cpu"]


def test_the_command_leaves_a_row_a_correction_and_a_row_a_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = []
    for name in ("a", "b"):
        arguments = [*TINY, "--classes", "jump,wave", "--out", str(tmp_path / name)]
        assert run_command_line(arguments) == 0
        folders.append(tmp_path / name / "claims" / "TinyDataset-jump-wave-gru")
    output = capsys.readouterr()
    with (folders[0] / "gains.csv").open() as stream:
        assert [row["correction"] for row in csv.DictReader(stream)] == [
            way.correction for way in WAYS
        ]
    with (folders[0] / "trainings.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(ARMS) * 2 * 2
    assert {(row["arm"], row["steps"]) for row in rows if row["arm"] == ARMS[0]} == {
        (ARMS[0], "1"),
        (ARMS[0], "2"),
    }
    told = " ".join(output.out.split())
    assert "8 real clips and 40 of copy" in told
    assert "It is noise." in told
    assert "no claim may choose its checkpoint" in told
    for name in ("gains.csv", "trainings.csv"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--classes", "wave,jum"], "unknown class 'jum': did you mean 'jump'"),
        (["--shots", "21"], "21 shots: 'wave' has 20 training clips"),
        (["--recognizer", "gur"], "unknown recognizer 'gur': did you mean 'gru'"),
        (["--generator", "ddmp"], "unknown generator 'ddmp': did you mean 'ddpm'"),
        (["--set", "strength=1"], "strength"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line([*TINY, *arguments, "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err.splitlines()
    assert error[-1].startswith("error: ")
    assert message in error[-1]
    assert not list(tmp_path.iterdir())
