"""The command ``run``, from its options to its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.commands.app import run_command_line
from benchmark.commands.run import spec_of
from tests.benchmark import fakes

TINY = ["--generator", fakes.GENERATOR, "--dataset", fakes.DATASET]


@pytest.fixture
def tiny_run(tmp_path: Path) -> list[str]:
    """A command line of a tiny run, with the stand-ins in this process and in its workers."""
    arguments = ["run", *TINY, "--split", "50pct", "--samples", "40", "--seeds", "1"]
    arguments += ["--repetitions", "2", "--judges", "st_trans", "--metrics", "fid,accuracy"]
    return [*arguments, "--device", "cpu", "--out", str(tmp_path / "out")]


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


@pytest.mark.usefixtures("stages_in_this_process")
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


@pytest.mark.usefixtures("stages_in_this_process")
def test_bad_input_inside_a_stage_is_one_line_and_exit_code_2(
    tiny_run: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line([word.replace("Shaker", "Complains") for word in tiny_run]) == 2
    errors = capsys.readouterr().err
    assert errors.splitlines()[-1] == "error: shaker: 3 clips are too few, take a larger split"
    assert "Traceback" not in errors


@pytest.mark.usefixtures("stages_in_this_process")
@pytest.mark.parametrize(
    ("split", "message"),
    [("2000shot", "no class has 2000 clips"), ("0.001pct", "that is no clip in any class")],
)
def test_a_split_that_the_data_set_cannot_have_is_one_line_and_exit_code_2(
    split: str, message: str, tiny_run: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line([word.replace("50pct", split) for word in tiny_run]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert errors[0].startswith(f"error: split '{split}' of ")
    assert message in errors[0]


def test_a_spec_file_and_options_make_one_spec_and_options_win(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(
        "generator: ddpm\nsplit: 5pct\nsettings: {width: 64, layers: 2}\nrecipe: {batch: 8}\n"
    )
    given = {"split": "10pct", "settings": {"width": 32}, "recipe": {"frames": 24}}
    spec = spec_of(given, path)
    assert (spec.generator, spec.split) == ("ddpm", "10pct")
    assert spec.settings == {"width": 32, "layers": 2}
    assert spec.recipe == {"batch": 8, "frames": 24}


@pytest.mark.usefixtures("stand_ins", "stand_ins_in_workers")
def test_another_executor_leaves_the_same_tables(tiny_run: list[str], tmp_path: Path) -> None:
    assert run_command_line(tiny_run) == 0
    elsewhere = [word.replace(str(tmp_path / "out"), str(tmp_path / "other")) for word in tiny_run]
    threads = ["--executor", "concurrent.futures:ThreadPoolExecutor", "--needs", "minutes=5"]
    assert run_command_line([*elsewhere, *threads, "--workers", "2"]) == 0
    for name in ("metrics.csv", "summary.csv", "downstream.csv", "predictions.csv"):
        (here,) = (tmp_path / "out" / "runs").glob(f"*/{name}")
        (there,) = (tmp_path / "other" / "runs").glob(f"*/{name}")
        assert here.read_bytes() == there.read_bytes()


@pytest.mark.parametrize("command", ["run", "sweep", "evaluate"])
def test_an_executor_that_is_none_is_one_line_and_exit_code_2(
    command: str, tiny_run: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = {"run": tiny_run, "sweep": ["sweep", "generators"], "evaluate": ["evaluate", "x.npz"]}
    needs = ["--executor", "slurm", "--needs", "hours=3", "--out", str(tmp_path / "no")]
    assert run_command_line([*first[command], *needs]) == 2
    assert capsys.readouterr().err.startswith("error: --needs: unknown need 'hours'")
    assert not (tmp_path / "no").exists()
