"""The command ``check-generator``."""

from __future__ import annotations

import pytest

from benchmark.analyses.conformance.checks import CHECKS
from benchmark.commands.app import run_command_line

BROKEN = "tests.benchmark.broken_generators"


def on_moving_clips(*arguments: str) -> list[str]:
    return ["check-generator", *arguments, "--dataset", f"{BROKEN}:Moving"]


def test_the_command_shows_a_table_and_exits_with_0_where_nothing_failed(capsys) -> None:
    assert run_command_line(on_moving_clips(f"{BROKEN}:Sound")) == 0
    output = capsys.readouterr().out
    assert "17 ok, 0 failed, 0 skipped" in output
    assert all(f"{check.name} " in output for check in CHECKS)


def test_the_command_shows_the_traceback_of_the_users_code_once_and_exits_with_1(capsys) -> None:
    assert run_command_line(on_moving_clips(f"{BROKEN}:NeedsALabel")) == 1
    output = capsys.readouterr().out
    assert "16 ok, 1 failed" in output
    assert output.count("Traceback") == 1
    assert 'assert len(labels) > 0, "no labels"' in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ddmp"], "unknown generator 'ddmp': did you mean 'ddpm'"),
        (["ddpm", "--set", "widht=64"], "did you mean 'width'"),
        (["ddpm", "--profile", "smok"], "did you mean 'smoke'"),
        (["ddpm", "--dataset", "kinematic"], "unknown dataset 'kinematic'"),
        (["ddpm", "--device", "gpu"], "unknown device 'gpu'"),
        (["ddpm", "--overfit", "--overfit-limit", "0"], "--overfit-limit 0.0 is not above 0"),
        (["ddpm", "--overfit", "--overfit-limit", "nan"], "--overfit-limit nan is not above 0"),
        ([], "generator"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, message, capsys) -> None:
    assert run_command_line(["check-generator", *arguments]) == 2
    output = capsys.readouterr()
    assert message in output.err.lower() if not arguments else message in output.err
    assert len(output.err.splitlines()) == 1
    assert output.out == ""


def test_the_overfit_test_says_how_close_and_whether_that_is_enough(capsys) -> None:
    overfitting = on_moving_clips(f"{BROKEN}:Sound", "--overfit")
    assert run_command_line([*overfitting, "--set", "noise=0.0"]) == 0
    output = capsys.readouterr().out
    assert "fitted on 3 clips" in output
    assert "pass (limit 25 %)" in output
    assert run_command_line([*overfitting, "--set", "noise=0.3"]) == 1
    assert "not learnt" in capsys.readouterr().out
