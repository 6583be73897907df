"""Files of samples after public reports, where they lie beside the checkout; each is judged by the
command line as a user would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.commands.app import run_command_line
from benchmark.engine.executors.inline import InlineExecutor
from benchmark.experiment.api import Workplace

CASES = Path(__file__).parents[2] / ".." / "shared" / "cases"
if not CASES.is_dir():
    pytest.skip("the cases are not beside this checkout", allow_module_level=True)


def expected(case: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    return told


SAMPLES = [one for one in sorted(CASES.iterdir()) if (one / "expected.json").exists()]
SAMPLES = [one for one in SAMPLES if expected(one)["use"] == "samples"]
CHEAP = ("--recognizer", "none", "--judges", "gru", "--repetitions", "2", "--split", "10pct")


def doors(case: Path) -> list[Path]:
    return [one for one in sorted(case.iterdir()) if one.suffix not in (".json", ".txt")]


def check(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Exit code and findings of ``--check``, or the error line of a file that is not readable."""
    code = run_command_line(["evaluate", str(path), "--check", "--json"])
    out, err = capsys.readouterr()
    if err.startswith("error:"):
        assert err.count("\n") == 1
        return code, {"findings": [{"level": "refused", "text": err, "facts": {}}]}
    return code, json.loads(out)[str(path)]


@pytest.mark.parametrize("case", SAMPLES, ids=lambda case: case.name)
def test_a_file_is_taken_or_refused_as_it_should_be(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = expected(case)
    for path in doors(case):
        code, found = check(path, capsys)
        answer = "accept" if code == 0 else "refuse"
        assert answer in {told["must"], told.get("also_fine", told["must"])}, found
        assert code in (0, 2)
        facts = {key: one for row in found["findings"] for key, one in row["facts"].items()}
        texts = " ".join(row["text"] for row in found["findings"])
        if code == 0:
            assert found["clips"] == told["values"]["clips"]
        for name in set(told["values"]) & set(facts) - {"bone_change"}:
            # Bones are held against the data set's people here, against one cast there.
            near = 1 if name.startswith("bones_wrong") else 0
            assert facts[name] == pytest.approx(told["values"][name], abs=near), name
        for name in ("joints_in_file", "joints_of_skeleton", "unknown", "nearest", "largest"):
            if code and name in told["values"]:
                assert str(told["values"][name]) in texts
        if "up_of_z_up" in told["values"] and path.name == "z_up.npz":
            assert facts["up"] == told["values"]["up_of_z_up"]
            assert facts["determinant"] == told["values"]["rotation_has_determinant"]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(autouse=True)
def stages_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker process would import torch anew for each file."""
    monkeypatch.setattr(Workplace, "make_executor", lambda workplace, stages: InlineExecutor())


def judged(path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    arguments = ["evaluate", str(path), "--name", "mine", "--json", "--out", str(out), *CHEAP]
    assert run_command_line(arguments) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    told["metrics"] = pd.read_csv(Path(told["run"]) / "metrics.csv")
    told["metrics"]["number"] = pd.to_numeric(told["metrics"]["value"], errors="coerce")
    return told


@pytest.mark.parametrize("name", ["C41-time-last", "C46-z-up", "C62-five-doors"])
def test_one_set_of_clips_gives_one_row_however_it_is_saved(
    name: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = [judged(path, out, capsys)["metrics"] for path in doors(CASES / name)]
    assert len(first)
    assert others
    for other in others:
        pd.testing.assert_frame_equal(first, other, check_exact=True)


def test_a_collapsed_model_has_no_spread_and_a_finite_distance(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = judged(CASES / "C56-one-motion-only" / "samples.npz", out, capsys)
    mean = told["metrics"].groupby("metric")["number"].mean()
    assert mean["diversity"] == pytest.approx(0.0, abs=1e-6)
    assert mean["multimodality"] == pytest.approx(0.0, abs=1e-6)
    assert mean["fid"] > 10
    assert {"distinct_clips": 1} in [row["facts"] for row in told["findings"]]


def test_five_clips_and_absent_classes_are_judged_as_far_as_they_go(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = judged(CASES / "C55-five-clips" / "samples.npz", out, capsys)
    values = few["metrics"].set_index("metric")["number"]
    assert values["multimodality"].isna().all()
    assert values["fid"].notna().all()
    holes = judged(CASES / "C57-a-class-without-samples" / "samples.npz", out, capsys)
    assert holes["metrics"].query("metric == 'fid'")["number"].notna().all()
    confusion = pd.read_csv(Path(holes["run"]) / "confusion.csv")
    asked = confusion.groupby("asked")["clips"].sum()
    assert sorted(asked[asked == 0].index) == ["drink", "phone"]
