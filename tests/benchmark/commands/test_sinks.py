"""``--sink`` of the commands that carry runs out; the work itself is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.commands.app import run_command_line
from benchmark.comparisons.run_scores import SweepPoint, run_scores
from benchmark.experiment import api
from benchmark.experiment.evaluation import Evaluation
from skeletons.foreign import Foreign
from tests.benchmark.reports.sinks import keepers
from tests.benchmark.run_folders import run_of
from tests.conftest import moving_clips

HERE = keepers.__name__
RUN = ["run", "--generator", "ddpm"]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the runs that a sink is told; every command makes ready ones."""
    first, second = run_of(tmp_path / "runs", "first"), run_of(tmp_path / "runs", "second")
    done = api.RunResult(first.path, "ok", (), 0)
    points = tuple(
        SweepPoint("axis", str(place), None, False, run_scores(*runs))
        for place, runs in enumerate([(first, second), (first,)])
    )
    evaluated = Evaluation(Foreign(moving_clips(3), ()), done)
    made = api.SweepResult(tmp_path, points, (), 0)
    monkeypatch.setattr(api, "run", lambda *given: done)
    monkeypatch.setattr(api, "run_sweep", lambda *given: made)
    evaluate = "benchmark.experiment.evaluation.evaluate_samples"
    monkeypatch.setattr(evaluate, lambda *given, **named: evaluated)
    names: list[str] = []
    monkeypatch.setattr(keepers.Keeper, "record", lambda self, run: names.append(run.name))
    return names


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        (RUN, ["first"]),
        (["sweep", "generators"], ["first", "second"]),
        (["evaluate", "x.npz"], ["first"]),
    ],
)
def test_every_finished_run_is_told_once(
    command: list[str], runs: list[str], told: list[str]
) -> None:
    assert run_command_line([*command, "--sink", f"{HERE}:Keeper"]) == 0
    assert told == runs


def test_a_sink_that_fails_leaves_the_table_and_exit_code_1(
    told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--sink", f"{HERE}:Refuses", "--sink", f"{HERE}:Keeper"]
    assert run_command_line([*RUN, *asked]) == 1
    output = capsys.readouterr()
    assert "run.json" in output.out
    (line,) = [line for line in output.err.splitlines() if line.startswith("error:")]
    assert "nobody answers" in line
    assert told == ["first"]


@pytest.mark.parametrize("command", [RUN, ["sweep", "generators"], ["evaluate", "x.npz"]])
def test_a_sink_that_is_none_is_refused_before_any_work(
    command: list[str], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line([*command, "--sink", f"{HERE}:Keeper", "--sink", "tensorbord"]) == 2
    assert "did you mean 'tensorboard'" in capsys.readouterr().err
    assert not told
