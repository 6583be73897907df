"""Whole results folders, from the call or the command line."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.analyses.verification.finding import MISSING, UNFINISHED, WRONG, Finding
from benchmark.analyses.verification.verify import Verification, verify
from benchmark.commands.app import run_command_line
from benchmark.engine.scheduler import StageResult, Watcher
from benchmark.experiment.api import Workplace, run, run_sweep
from benchmark.experiment.sweep import Sweep
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.analyses.verification.stored_runs import (
    findings,
    flip_a_digit,
    inline,
    the_run,
)
from tests.benchmark.conftest import tiny_spec

pytestmark = pytest.mark.usefixtures("stand_ins")


def test_a_run_that_failed_verifies_with_the_rows_that_it_has(tmp_path: Path) -> None:
    here = inline(tmp_path / "results")
    failed = run(tiny_spec(generator=f"{fakes.HERE}:Raises"), here)
    assert failed.status == "error"
    assert verify(here).findings == ()
    flip_a_digit(failed.folder / "downstream.csv", np.random.default_rng(1))
    assert [one.severity for one in verify(here).findings] == [WRONG]


def test_a_sweep_is_built_again_from_its_runs(tmp_path: Path) -> None:
    here = inline(tmp_path / "results")
    base = {"generator": fakes.GENERATOR, "dataset": fakes.DATASET, "recognizers": "none"}
    base |= {"split": "50pct", "samples": 60, "repetitions": 2, "metrics": ["fid"]}
    axes = {"noise": {"set": "noise", "values": [0.25, 0.5]}}
    result = run_sweep(Sweep.parse({"base": base, "axes": axes}, "tiny"), here)
    assert result.exit_code == 0
    verification = verify(here, quick=True)
    assert verification.findings == ()
    assert [one.name for one in verification.checked[-2:]] == ["leaderboard", "sweep tiny"]
    page = result.folder / "sweep.html"
    text = page.read_text("utf-8")
    page.write_text(text.replace('content="sha256:', 'content="sha256:0'), "utf-8")
    (other,) = findings(here.out)
    assert (other.file, other.says) == ("sweeps/tiny/sweep.html", "a page of other tables")
    page.write_text(text, "utf-8")
    path = result.folder / "sweep.csv"
    row, column, says, should_be = flip_a_digit(path, np.random.default_rng(2))
    assert findings(here.out) == (
        Finding(WRONG, "sweeps/tiny/sweep.csv", says, should_be, row, column),
    )
    shutil.rmtree(result.points[0].scores.run.path)
    found = [one for one in findings(here.out) if one.file == "sweeps/tiny"]
    assert [one.severity for one in found] == [MISSING]


def test_what_a_stopped_sweep_has_not_made_yet_is_unfinished_and_not_missing(
    tmp_path: Path,
) -> None:
    here = inline(tmp_path / "results")
    base = {"generator": fakes.GENERATOR, "dataset": fakes.DATASET, "recognizers": "none"}
    base |= {"split": "50pct", "samples": 60, "repetitions": 2, "metrics": ["fid"]}
    small = {"noise": {"set": "noise", "values": [0.25, 0.5]}}
    large = {"noise": {"set": "noise", "values": [0.25, 0.5, 1, 2]}}
    run_sweep(Sweep.parse({"base": base, "axes": small}, "tiny"), here)

    class Stops(Watcher):
        ended = 0

        def finished(self, result: StageResult) -> None:
            self.ended += result.stage.endswith("pictures")
            if self.ended == 1:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(Sweep.parse({"base": base, "axes": large}, "tiny"), here, Stops())
    (written,) = sorted(here.out.glob("runs/*/run.json"), key=lambda one: one.stat().st_mtime)[2:]
    verification = verify(here, quick=True)
    assert [(one.severity, one.file, one.says) for one in verification.findings] == [
        (UNFINISHED, "leaderboard.csv", "it lacks 1 that unfinished sweeps have made"),
        (UNFINISHED, "sweeps/tiny", "3 of 4 runs have ended"),
    ]
    assert verification.exit_code() == 0
    row, column, says, should_be = flip_a_digit(
        here.out / "leaderboard.csv", np.random.default_rng(3)
    )
    wrong = [one for one in findings(here.out) if one.severity == WRONG]
    assert [(one.row, one.column, one.says, one.should_be) for one in wrong] == [
        (row, column, says, should_be)
    ]
    written.unlink()
    begun = [one for one in findings(here.out) if one.says == "no run.json yet"]
    assert [one.file for one in begun] == [f"runs/{written.parent.name}"]
    run_sweep(Sweep.parse({"base": base, "axes": large}, "tiny"), here)
    assert findings(here.out) == ()


def test_a_chosen_run_is_verified_without_the_leaderboard(out: Path) -> None:
    (out / "leaderboard.csv").unlink()
    verification = verify(inline(out), [the_run(out).name], quick=True)
    assert [one.name for one in verification.checked] == [the_run(out).name]
    assert verification.findings == ()
    with pytest.raises(InputError, match="there is no run 'nothing'"):
        verify(inline(out), ["nothing"])
    with pytest.raises(InputError, match="holds no runs"):
        verify(inline(out / "nowhere"))


def test_progress_is_told_for_everything_that_is_derived_again(out: Path) -> None:
    class Listens:
        def __init__(self) -> None:
            self.expected: dict[str, float] = {}
            self.ended: list[str] = []
            self.over = False

        def found(self, cached: tuple[StageResult, ...]) -> None: ...

        def begin(self, missing: dict[str, float], cached: int) -> None:
            self.expected = missing

        def started(self, stage: str) -> None: ...
        def progressed(self, stage: str, done: int, total: int) -> None: ...
        def noted(self, stage: str, text: str) -> None: ...

        def finished(self, result: StageResult) -> None:
            assert result.status == "ok"
            self.ended.append(result.stage)

        def end(self) -> None:
            self.over = True

    watcher = Listens()
    verify(inline(out), watcher=watcher)
    assert sorted(watcher.ended) == sorted(watcher.expected)
    assert any(stage.endswith(": features/st_trans/synthetic") for stage in watcher.ended)
    assert watcher.over


def test_worker_processes_derive_the_same_bits(out: Path) -> None:
    pool = Workplace(out=out, device="cpu", workers=1, preload=("tests.benchmark.preloaded",))
    (folder, _) = verify(pool).checked
    assert folder.findings == ()
    assert (folder.drift, folder.compared > 5000) == (0.0, True)


def test_the_command_says_what_it_found_and_ends_with_its_exit_code(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import benchmark.analyses.verification.verify as module

    real = module.verify

    def in_process(workplace: Workplace, *others: Any, **options: Any) -> Verification:
        return real(inline(workplace.out), *others, **options)

    monkeypatch.setattr(module, "verify", in_process)
    command = ["verify", "--quick", "--out", str(out)]
    assert run_command_line(command) == 0
    assert "ok" in capsys.readouterr().out
    row, column, says, should_be = flip_a_digit(
        the_run(out) / "summary.csv", np.random.default_rng(5)
    )
    listed = out.parent / "findings.csv"
    assert run_command_line([*command, "--csv", str(listed)]) == 1
    printed = capsys.readouterr().out
    assert f"summary.csv, row {row}, column '{column}': says {says}, should be {should_be}" in (
        printed
    )
    with listed.open(newline="") as file:
        (found,) = csv.DictReader(file)
    assert (found["severity"], found["row"], found["column"]) == (WRONG, str(row), column)
    assert run_command_line([*command, "--csv", str(out / "no" / "\0")]) == 2
    assert run_command_line(["verify", "--out", str(out / "nowhere")]) == 2
    assert run_command_line([*command, "nothing"]) == 2
