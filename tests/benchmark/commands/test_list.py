"""The command ``list``."""

from __future__ import annotations

import pytest

from benchmark.commands.app import run_command_line


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("generators", "st_guided_ddpm"),
        ("datasets", "nw_ucla"),
        ("recognizers", "stgcn++"),
        ("metrics", "fid"),
        ("splits", "<p>pct"),
        ("protocols", "skelgen-v2"),
        ("sweeps", "generators"),
    ],
)
def test_list_prints_a_name_and_a_sentence_a_line(
    what: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["list", what]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"{name}  ") for line in lines)
