"""The command ``leaderboard``."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.commands.app import run_command_line
from tests.benchmark.reports.latex_reader import tables_of
from tests.benchmark.run_folders import make_run


def test_it_writes_the_tables_of_all_runs_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run(tmp_path / "runs" / "one")
    assert run_command_line(["leaderboard", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out.split()
    assert str(tmp_path / "leaderboard.md") in printed
    assert all(Path(path).is_file() for path in printed)


def test_it_writes_the_tables_for_a_paper_with_the_command_that_made_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run(tmp_path / "runs" / "one")
    file = tmp_path / "my tables.tex"
    arguments = ["leaderboard", "--out", str(tmp_path), "--latex", str(file)]
    assert run_command_line(arguments) == 0
    assert str(file) in capsys.readouterr().out.splitlines()
    text = file.read_text()
    command = f"% Made by: python -m benchmark leaderboard --out {tmp_path} --latex '{file}'"
    assert text.splitlines()[0] == command
    assert [table.headings[0] for table in tables_of(text)] == ["generator", "recognizer"]
    assert run_command_line(arguments) == 0
    assert file.read_text() == text
