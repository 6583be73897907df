"""The program: exit codes, errors in one line, help."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmark.commands.app import COMMANDS, run_command_line
from tests.benchmark import fakes

ROOT = Path(__file__).parents[3]
TINY = ["--generator", fakes.GENERATOR, "--dataset", fakes.DATASET]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "run needs --generator"),
        (["run", "--generator", "ddmp"], "unknown generator 'ddmp': did you mean 'ddpm'"),
        (["run", "--generator", "ddpm", "--split", "ten"], "unknown split 'ten'"),
        (["run", "--generator", "ddpm", "--dataset", "ntu"], "unknown dataset 'ntu'"),
        (["run", "--generator", "ddpm", "--arms", "real,fake"], "unknown arm 'fake'"),
        (["run", "--generator", "ddpm", "--metrics", "fdi"], "did you mean 'fid'"),
        (["run", "--generator", "ddpm", "--seeds", "0"], "seeds"),
        (["run", "--generator", "ddpm", "--seeds", "two"], "--seeds"),
        (["run", "--generator", "ddpm", "--set", "widht=64"], "did you mean 'width'"),
        (["run", "--generator", "ddpm", "--set", "width"], "--set takes key=value"),
        (["run", "--generator", "ddpm", "--device", "gpu"], "unknown device 'gpu'"),
        (["run", "--generator", "ddpm", "--profile", "big"], "profile"),
        (["run", "--generator", "ddpm", "--spec", "no.yaml"], "cannot read no.yaml"),
        (["run", "--generatr", "ddpm"], "--generatr"),
        (["run", *TINY, "--data-root", "/nowhere"], "there is no folder '/nowhere'"),
        (["run", *TINY, "--out", "/dev/null/x"], "cannot write to '/dev/null/x"),
        (["list", "things"], "things"),
        (["pretrain", "--dataset", "ntu"], "unknown dataset 'ntu'"),
        (["leaderboard", "--out", "/nowhere"], "'/nowhere' holds no runs"),
        (["sweep", "generators", "--latex", "a.pdf"], "--latex 'a.pdf': give a .tex file"),
        (["sweep", "generators", "--latex", "/dev/null/a.tex"], "in a folder that can be written"),
        (["runn"], "runn"),
        (["run", "--generator", "ddpm", "--recognizer", "none,stgcn++"], "'none' stands alone"),
        (["sweep"], "NAME_OR_FILE"),
        (["sweep", "st_guided_dppm"], "did you mean 'st_guided_ddpm'"),
        (["sweep", "no.yaml"], "cannot read no.yaml"),
        (["sweep", "st_guided_ddpm", "--split", "ten"], "unknown split 'ten'"),
        (["sweep", "st_guided_ddpm", "--set", "widht=64"], "did you mean 'width'"),
        (["sweep", "st_guided_ddpm", "--generator", "ddpm"], "guidance_scale"),
    ],
)
def test_bad_input_is_one_line_on_standard_error_and_exit_code_2(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SKELGENBENCH_DATA", raising=False)
    assert run_command_line(arguments) == 2
    output = capsys.readouterr()
    lines = output.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert message in lines[0]
    assert output.out == ""


@pytest.mark.parametrize(
    "command", [[], ["run"], ["sweep"], ["frontier"], *([name] for name in COMMANDS)], ids=str
)
def test_help_has_examples(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line([*command, "--help"]) == 0
    assert f"python -m benchmark {(command or ['run'])[0]}" in capsys.readouterr().out


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from benchmark.commands.app import run_command_line; "
        "run_command_line(['--help']); "
        "print(sorted({'torch', 'pandas', 'scipy', 'matplotlib', 'pydantic'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_ctrl_c_ends_with_one_line_and_no_workers(tmp_path: Path) -> None:
    note = tmp_path / "note"
    environment = {**os.environ, "PAUSE_IN": "fit", "PAUSE_NOTE": str(note)}
    code = (
        # a job in a shell's background would start with Ctrl-C ignored
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from benchmark.commands import app; from benchmark.experiment import api; "
        "from dataclasses import replace; "
        "plain = api.Workplace; api.Workplace = lambda **fields: "
        "replace(plain(**fields), preload=('tests.benchmark.preloaded',)); "
        "sys.exit(app.run_command_line(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "run", *TINY, "--device", "cpu", "--out", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        end = time.monotonic() + 120
        while not (note.exists() and note.read_text()):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "interrupted: the same command goes on from here"
    assert "Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)
