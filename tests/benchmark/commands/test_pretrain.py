"""The command ``pretrain``."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.commands.app import run_command_line
from tests.benchmark import fakes


@pytest.mark.usefixtures("stand_ins", "stand_ins_in_workers")
def test_pretrain_tells_the_extractors_name_and_accuracy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["pretrain", "--dataset", fakes.DATASET, "--out", str(tmp_path), "--device", "cpu"]
    arguments += ["--judges", "st_trans"]
    assert run_command_line(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("st_trans-")
    assert "accuracy" in lines[0]
    assert lines[-1].endswith("has no bundled st_trans; runs find this one in the store")
