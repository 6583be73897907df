"""The command ``doctor``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.analyses.doctor import examination
from benchmark.analyses.doctor.machine import Finding
from benchmark.commands.app import run_command_line

ROOT = Path(__file__).parents[3]

GOOD = Finding("torch", "ok", "2.13 [cpu]", required=True)
OPTIONAL = Finding("PYSKL", "missing", "it is not here", "git clone [pyskl] " + "x" * 100)
FATAL = Finding("disk", "broken", "0.1 GiB free", "--out FOLDER", True)


@pytest.fixture
def doctor_finds(monkeypatch, capsys):
    def run(findings: list[Finding], *arguments: str):
        monkeypatch.setattr(examination, "examine", lambda data_root, out: findings)
        code = run_command_line(["doctor", *arguments])
        return code, capsys.readouterr().out

    return run


def test_what_is_optional_and_missing_is_no_failure(doctor_finds) -> None:
    code, text = doctor_finds([GOOD, OPTIONAL])
    assert code == 0
    assert "All that is required is here." in text
    assert f"PYSKL: {OPTIONAL.mend}\n" in text, "what to type is on one line"
    assert "2.13 [cpu]" in text


def test_what_is_required_and_broken_is_exit_code_1(doctor_finds) -> None:
    code, text = doctor_finds([GOOD, OPTIONAL, FATAL])
    assert code == 1
    assert "Something required is missing." in text
    assert "disk: --out FOLDER" in text


def test_json_holds_all_findings(doctor_finds) -> None:
    code, text = doctor_finds([GOOD, FATAL], "--json")
    told = json.loads(text)
    assert code == 1
    assert told["fit"] is False
    assert told["findings"] == [
        {"what": "torch", "status": "ok", "found": "2.13 [cpu]", "mend": "", "required": True},
        {
            "what": "disk",
            "status": "broken",
            "found": "0.1 GiB free",
            "mend": "--out FOLDER",
            "required": True,
        },
    ]


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; import benchmark.commands.doctor; "
        "print(sorted({'torch', 'numpy', 'rich.table', 'packaging'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
