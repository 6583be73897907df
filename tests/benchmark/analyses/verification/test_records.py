"""What was recorded of code, machine, keys and the run itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.analyses.verification.finding import CHANGED_CODE, WRONG
from benchmark.analyses.verification.verify import verify
from tests.benchmark.analyses.verification.stored_runs import (
    edit_arrays,
    edit_json,
    findings,
    flip_a_digit,
    hash_again,
    inline,
    stored,
    the_run,
)

pytestmark = pytest.mark.usefixtures("stand_ins")


def test_other_code_is_told_by_stage_and_is_no_error_of_the_numbers(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmark.experiment import stage_making

    version = stage_making.code_version
    monkeypatch.setattr(
        stage_making, "code_version", lambda *parts: "0" + version(*parts)[1:-1] + "z"
    )
    verification = verify(inline(out), quick=True)
    assert {one.severity for one in verification.findings} == {CHANGED_CODE}
    assert any(
        "made by other code or libraries: features/train, features/test, features/synthetic"
        in one.says
        for one in verification.findings
    )
    assert verification.exit_code() == 0
    flip_a_digit(the_run(out) / "metrics.csv", np.random.default_rng(3))
    flip_a_digit(out / "leaderboard.csv", np.random.default_rng(3))
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert {Path(one.file).name for one in wrong} == {"metrics.csv", "leaderboard.csv"}


def test_numbers_that_todays_code_would_change_are_told_as_changed_code(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmark.experiment import stage_making
    from metrics.evaluation import summaries

    version, mean = stage_making.code_version, summaries._mean
    monkeypatch.setattr(stage_making, "code_version", lambda *parts: version(*parts)[::-1])
    monkeypatch.setattr(summaries, "_mean", lambda values: mean(values) + 1)
    found = findings(out)
    assert {one.severity for one in found} == {CHANGED_CODE}
    assert any(one.file.endswith("summary.csv") and one.column == "mean" for one in found)


def test_features_of_another_machine_may_differ_in_their_last_bits_only(out: Path) -> None:
    edit_json(the_run(out) / "run.json", lambda record: record["environment"].update(cpu="other"))
    folder = stored(out, "featurise", '"part": "synthetic"')
    kept = (folder / "features.npz").read_bytes()

    def nudge(by: float) -> Callable[[dict[str, Any]], None]:
        return lambda arrays: arrays["features"].__setitem__(0, arrays["features"][0] * by)

    edit_arrays(folder / "features.npz", nudge(1 + 2e-7))
    hash_again(folder)
    verification = verify(inline(out))
    assert verification.findings == ()
    assert 1e-8 < verification.checked[0].drift < 1e-6
    (folder / "features.npz").write_bytes(kept)
    edit_arrays(folder / "features.npz", nudge(1.01))
    hash_again(folder)
    wrong = [one for one in findings(out, quick=False) if one.severity == WRONG]
    assert [Path(one.file).name for one in wrong] == ["features.npz"]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda record: record["data"].update(n_train=61), "n_train"),
        (lambda record: record["cost"].update(fit_seconds=0.001), "cost.fit_seconds"),
        (lambda record: record["spec"].update(split="full"), "spec.split"),
        (lambda record: record["spec"].update(hash8="00000000"), "spec.hash8"),
        (lambda record: record["stages"][0].update(seconds=77), "stages[0].seconds"),
        (lambda record: record.update(status="error"), "status"),
    ],
)
def test_what_run_json_tells_must_follow_too(
    out: Path, change: Callable[[Any], None], column: str
) -> None:
    edit_json(the_run(out) / "run.json", change)
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert any(one.column.endswith(column) for one in wrong)
    assert {one.file for one in wrong} <= {
        f"runs/{the_run(out).name}/run.json", f"runs/{the_run(out).name}"
    }  # fmt: skip


def test_a_key_that_no_artefact_has_is_wrong_where_the_plan_knows_the_right_one(out: Path) -> None:
    def change(record: Any) -> None:
        row = next(row for row in record["stages"] if row["stage"] == "score/fid")
        row["key"] = "0" * 64

    edit_json(the_run(out) / "run.json", change)
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert ("stages, key of score/fid", "0" * 64) in [(one.column, one.says) for one in wrong]


def test_an_artefact_under_a_key_that_is_not_its_own_is_wrong(out: Path) -> None:
    folder = stored(out, "score", '"fid"')
    edit_json(folder / "meta.json", lambda meta: meta["parameters"].update(repetitions=2))
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert [one.file for one in wrong] == [f"store/score/{folder.name}/meta.json"]


@pytest.mark.parametrize("content", ["{", "[]", '{"spec": 3}', '{"spec": {"generator": "a"}}'])
def test_a_broken_record_is_a_finding(out: Path, content: str) -> None:
    (the_run(out) / "run.json").write_text(content)
    found = findings(out)
    assert any((one.severity, Path(one.file).name) == (WRONG, "run.json") for one in found)
