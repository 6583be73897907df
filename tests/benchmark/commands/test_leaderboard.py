"""The command ``leaderboard``."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.commands.app import run_command_line
from tests.benchmark.run_folders import make_run


def test_it_writes_the_tables_of_all_runs_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run(tmp_path / "runs" / "one")
    assert run_command_line(["leaderboard", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out.split()
    assert str(tmp_path / "leaderboard.md") in printed
    assert all(Path(path).is_file() for path in printed)
