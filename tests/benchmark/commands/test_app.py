from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmark.commands.app import run_command_line
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
    ("what", "name"),
    [
        ("generators", "st_guided_ddpm"),
        ("datasets", "nw_ucla"),
        ("recognizers", "stgcn++"),
        ("metrics", "fid"),
        ("splits", "<p>pct"),
        ("protocols", "skelgen-v1"),
        ("sweeps", "generators"),
    ],
)
def test_list_prints_a_name_and_a_sentence_a_line(
    what: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["list", what]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"{name}  ") for line in lines)


@pytest.mark.parametrize(
    "command", [[], ["run"], ["sweep"], ["list"], ["pretrain"], ["leaderboard"]]
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


@pytest.fixture
def tiny_run(tmp_path: Path) -> list[str]:
    """A command line of a tiny run, with the stand-ins in this process and in its workers."""
    arguments = ["run", *TINY, "--split", "50pct", "--samples", "40", "--seeds", "1"]
    return [*arguments, "--repetitions", "2", "--device", "cpu", "--out", str(tmp_path / "out")]


@pytest.fixture
def stand_ins_in_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    from benchmark.experiment import api

    plain = api.Workplace
    monkeypatch.setattr(
        api,
        "Workplace",
        lambda **fields: dataclasses.replace(
            plain(**fields), preload=("tests.benchmark.preloaded",)
        ),
    )


@pytest.mark.usefixtures("stand_ins", "stand_ins_in_workers")
def test_a_run_ends_with_a_table_and_the_leaderboard_is_written(
    tiny_run: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(tiny_run) == 0
    output = capsys.readouterr()
    assert "real + synthetic" in output.out
    assert "run.json" in output.out
    assert "fit: done in" in output.err
    assert run_command_line(["leaderboard", "--out", str(tmp_path / "out")]) == 0
    assert "leaderboard.md" in capsys.readouterr().out
    assert "Shaker" in (tmp_path / "out" / "leaderboard.md").read_text()


@pytest.mark.usefixtures("stand_ins", "stand_ins_in_workers")
def test_a_stage_that_fails_is_told_in_one_line_with_its_traceback_and_exit_code_1(
    tiny_run: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = [word.replace("Shaker", "Raises") for word in tiny_run]
    assert run_command_line(command) == 1
    errors = capsys.readouterr().err
    assert errors.splitlines()[-1] == (
        "error: fit: error: RuntimeError: the moon is in the wrong place"
    )
    assert "Traceback (most recent call last)" in errors


@pytest.mark.usefixtures("stand_ins", "stand_ins_in_workers")
def test_bad_input_inside_a_stage_is_one_line_and_exit_code_2(
    tiny_run: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line([word.replace("Shaker", "Complains") for word in tiny_run]) == 2
    errors = capsys.readouterr().err
    assert errors.splitlines()[-1] == "error: shaker: 3 clips are too few, take a larger split"
    assert "Traceback" not in errors


@pytest.mark.usefixtures("stand_ins", "stand_ins_in_workers")
def test_pretrain_tells_the_extractors_name_and_accuracy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["pretrain", "--dataset", fakes.DATASET, "--out", str(tmp_path), "--device", "cpu"]
    assert run_command_line(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("st_trans-")
    assert "accuracy" in lines[0]
    assert lines[-1].endswith("has no bundled extractor; runs find this one in the store")


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
    assert run_command_line([*tiny_sweep, "--metrics", "fid,accuracy", "--seed", "3"]) == 1
    output = capsys.readouterr()
    assert "FID" in output.out
    assert "diversity" not in output.out
    assert "Not done: tests.benchmark.fakes:Raises: fit: error" in " ".join(output.out.split())
    assert str(tmp_path / "out" / "sweeps" / "pair" / "sweep.csv") in output.out
    assert f"maker={fakes.GENERATOR}/fit: done in" in output.err
    assert output.err.splitlines()[-1].endswith("RuntimeError: the moon is in the wrong place")
    (run_json,) = (tmp_path / "out" / "runs").glob("*Shaker*/run.json")
    assert '"samples": 40' in run_json.read_text()
    assert '"seed": 3' in run_json.read_text()


def test_a_spec_file_and_options_make_one_spec_and_options_win(tmp_path: Path) -> None:
    from benchmark.commands.run import _spec

    path = tmp_path / "run.yaml"
    path.write_text("generator: ddpm\nsplit: 5pct\nsettings: {width: 64, layers: 2}\n")
    spec = _spec(path, {"split": "10pct"}, ["width=32"])
    assert (spec.generator, spec.split) == ("ddpm", "10pct")
    assert spec.parameters == {"width": 32, "layers": 2}


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
        end = time.monotonic() + 30
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
