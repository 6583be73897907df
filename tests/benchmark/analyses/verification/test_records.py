"""What was recorded of code, machine, keys and the run itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.analyses.verification.finding import CHANGED_CODE, MISSING, WRONG
from benchmark.analyses.verification.verify import verify
from benchmark.experiment import kinds
from benchmark.experiment.kinds import CODE
from skeletons.clips import ClipSet
from tests.benchmark import fakes
from tests.benchmark.analyses.verification.stored_runs import (
    edit_json,
    findings,
    flip_a_digit,
    inline,
    stored,
    the_run,
)

pytestmark = pytest.mark.usefixtures("stand_ins")


@pytest.fixture
def other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every line of code had changed since the run was made."""

    class Changed:
        def version(self, *parts: Any) -> str:
            return CODE.version(*parts)[::-1]

    monkeypatch.setattr(kinds, "CODE", Changed())


def scaled_features(monkeypatch: pytest.MonkeyPatch, by: float) -> None:
    """Let the extractor see other features from now on."""
    featurise = fakes.FakeExtractor.featurise

    def scaled(self: fakes.FakeExtractor, clips: ClipSet) -> tuple[np.ndarray, np.ndarray]:
        features, logits = featurise(self, clips)
        return (features * by).astype(np.float32), logits

    monkeypatch.setattr(fakes.FakeExtractor, "featurise", scaled)


@pytest.mark.usefixtures("other_code")
def test_other_code_is_told_by_stage_and_is_no_error_of_the_numbers(out: Path) -> None:
    verification = verify(inline(out), quick=True)
    assert {one.severity for one in verification.findings} == {CHANGED_CODE}
    assert any(
        "made by other code or libraries: features/st_trans/train, features/st_trans/dev"
        in one.says
        for one in verification.findings
    )
    assert verification.exit_code() == 0
    flip_a_digit(the_run(out) / "metrics.csv", np.random.default_rng(3))
    flip_a_digit(out / "leaderboard.csv", np.random.default_rng(3))
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert {Path(one.file).name for one in wrong} == {"metrics.csv", "leaderboard.csv"}


@pytest.mark.usefixtures("other_code")
def test_numbers_that_todays_code_would_change_are_told_where_they_change(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaled_features(monkeypatch, 1.5)
    found = findings(out, quick=False)
    assert {one.severity for one in found} == {CHANGED_CODE}
    changed = {Path(one.file).name for one in found if one.file.startswith("store/")}
    assert changed == {"features.npz"}, "metrics are derived from the features that are stored"


def test_features_of_another_machine_may_differ_in_their_last_bits_only(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_json(the_run(out) / "run.json", lambda record: record["environment"].update(cpu="other"))
    (the_run(out) / "report.html").unlink()  # it tells of the record as it was
    scaled_features(monkeypatch, 1 + 2e-7)
    verification = verify(inline(out))
    assert verification.findings == ()
    assert 1e-8 < verification.checked[0].drift < 1e-6
    scaled_features(monkeypatch, 1.01)
    wrong = [one for one in findings(out, quick=False) if one.severity == WRONG]
    assert "features.npz" in {Path(one.file).name for one in wrong}


def test_features_of_this_machine_must_not_differ_at_all(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaled_features(monkeypatch, 1 + 2e-7)
    wrong = [one for one in findings(out, quick=False) if one.severity == WRONG]
    assert "features.npz" in {Path(one.file).name for one in wrong}


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
        row = next(row for row in record["stages"] if row["stage"] == "score/st_trans/fid")
        row["key"] = "0" * 64

    edit_json(the_run(out) / "run.json", change)
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert ("stages, key of score/st_trans/fid", "0" * 64) in [
        (one.column, one.says) for one in wrong
    ]


def test_inputs_that_a_stage_was_not_made_from_are_wrong(out: Path) -> None:
    def change(record: Any) -> None:
        rows = {row["stage"]: row for row in record["stages"]}
        train, test = rows["features/st_trans/train"], rows["features/st_trans/test"]
        train["key"], test["key"] = test["key"], train["key"]

    edit_json(the_run(out) / "run.json", change)
    wrong = [one for one in findings(out) if one.severity == WRONG]
    columns = {one.column for one in wrong if "was made from" in one.should_be}
    assert columns == {
        "stages, key of features/st_trans/train",
        "stages, key of features/st_trans/test",
    }


def test_a_run_whose_plan_cannot_be_made_today_is_derived_from_its_store(out: Path) -> None:
    workplace = replace(inline(out), data_root=out / "nowhere")
    (found,) = verify(workplace, quick=True).findings
    assert found.severity == MISSING
    assert "today's plan cannot be made: tiny: there is no folder" in found.should_be
    flip_a_digit(the_run(out) / "metrics.csv", np.random.default_rng(3))
    assert [one.severity for one in verify(workplace, quick=True).findings].count(WRONG) == 1


def test_an_artefact_under_a_key_that_is_not_its_own_is_wrong(out: Path) -> None:
    folder = stored(out, "score", '"fid"')
    edit_json(folder / "meta.json", lambda meta: meta["parameters"].update(repetitions=2))
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert [one.file for one in wrong] == [f"store/score/{folder.name}/meta.json"]


def test_an_artefact_that_does_not_say_what_it_was_made_from_cannot_be_derived(out: Path) -> None:
    folder = stored(out, "score", '"fid"')
    edit_json(folder / "meta.json", lambda meta: meta.pop("contents"))
    found = findings(out)
    assert {one.severity for one in found} == {MISSING}
    assert found[0].says == "says nothing of 'contents'"


def test_runs_of_one_name_from_two_places_are_verified_side_by_side(
    out: Path, tmp_path: Path
) -> None:
    twin = tmp_path / "elsewhere" / the_run(out).name
    shutil.copytree(the_run(out), twin)
    flip_a_digit(twin / "metrics.csv", np.random.default_rng(3))
    verification = verify(inline(out), [the_run(out).name, str(twin)], quick=True)
    assert sorted(len(one.findings) for one in verification.checked) == [0, 1]


@pytest.mark.parametrize("content", ["{", "[]", '{"spec": 3}', '{"spec": {"generator": "a"}}'])
def test_a_broken_record_is_a_finding(out: Path, content: str) -> None:
    (the_run(out) / "run.json").write_text(content)
    found = findings(out)
    assert any((one.severity, Path(one.file).name) == (WRONG, "run.json") for one in found)
