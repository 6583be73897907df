"""Plug-ins that fall over: what each says, and that it costs nobody else anything."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmark.analyses.conformance.candidate import Candidate, clips_for_checks
from benchmark.analyses.conformance.checks import FAILED, CheckResult, run_checks
from benchmark.commands.app import run_command_line
from benchmark.experiment.api import RunResult, Workplace, run, run_sweep
from benchmark.experiment.sweep import Sweep
from tests.benchmark import fakes
from tests.benchmark.conftest import here, stand_ins, tiny_spec  # noqa: F401
from tests.cases.folders import cases_of, expected
from tests.conftest import moving_clips

SOUND = """
import json
from pathlib import Path

import numpy as np

from skeletons.clips import ClipSet


class Plugin:
    def fit(self, clips, run):
        {fit}
        self.clips = clips

    def sample(self, labels, seed):
        {sample}
        rng = np.random.default_rng(seed)
        rows = [rng.choice(np.flatnonzero(self.clips.labels == label)) for label in labels]
        return self.clips.select(np.asarray(rows, dtype=np.int64)).packed()

    def save(self, folder):
        self.clips.save(folder / "clips.npz")

    @classmethod
    def load(cls, folder):
        made = cls()
        made.clips = ClipSet.load(folder / "clips.npz")
        return made
"""


def plugin(**lines: str) -> str:
    """A module with a generator in which a line stands at the beginning of a method."""
    return SOUND.format(**{"fit": "pass", "sample": "pass", **lines})


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a module where it can be imported, by a name that no other test uses."""
    monkeypatch.syspath_prepend(tmp_path)
    made: list[str] = []

    def write(text: str) -> str:
        name = f"plugin_{tmp_path.name}_{len(made)}".replace("-", "_")
        made.append(name)
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return name

    yield write
    for name in made:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import no_such_library\n", "No module named 'no_such_library' ({file}, line 1)"),
        ("\n\nclass Plugin(:\n    pass\n", "SyntaxError: invalid syntax ({file}, line 3)"),
        ("\nexit(0)\n", "SystemExit: 0 ({file}, line 2)"),
        ("raise ValueError('two\\nlines')\n", "ValueError: two lines ({file}, line 1)"),
        (plugin() + "\n    def __init__(self):\n        raise SystemExit\n", "SystemExit ({file}"),
        ("class Plugin:\n    pass\n", "has no method fit"),
        ("class Plugins:\n    pass\n", "no Plugin in {name}, did you mean 'Plugins'?"),
    ],
)
def test_a_run_of_what_cannot_be_imported_or_made_is_one_line_and_exit_code_2(
    module, text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = module(text)
    arguments = ["run", "--generator", f"{name}:Plugin", "--out", str(tmp_path / "out")]
    assert run_command_line(arguments) == 2
    output = capsys.readouterr()
    (line,) = output.err.splitlines()
    assert line.startswith(f"error: generator '{name}:Plugin'")
    assert told.format(file=f"{name}.py", name=name) in line
    assert output.out == ""
    assert not (tmp_path / "out").exists()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("stand_ins")
def test_a_sweep_by_command_goes_on_without_the_one_that_cannot_be_imported(
    module, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workplace, "make_executor", inline)
    broken = f"{module('raise SystemExit(1)')}:Plugin"
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(sweep_of(broken, f"{fakes.HERE}:Shaker")))
    assert run_command_line(["sweep", str(file), "--out", str(tmp_path / "out")]) == 1
    output = capsys.readouterr()
    (error,) = [line for line in output.err.splitlines() if line.startswith("error:")]
    assert f"generator '{broken}' cannot be imported: SystemExit: 1" in error
    assert "Traceback" not in output.err
    statuses = {
        row["generator"]: row["status"]
        for row in rows_of(tmp_path / "out" / "sweeps" / "mine" / "sweep.csv")
    }
    assert statuses == {broken: "error", f"{fakes.HERE}:Shaker": "ok"}


def inline(self: Workplace, stages: int) -> Any:
    from benchmark.engine.executors.inline import InlineExecutor

    return InlineExecutor()


def sweep_of(*generators: str) -> dict[str, Any]:
    base = tiny_spec().values()
    names = ("dataset", "split", "samples", "repetitions", "judges")
    return {
        "base": {**{name: base[name] for name in names}, "recognizers": ["none"]},
        "axes": {"generator": {"field": "generator", "values": list(generators)}},
    }


def run_of(name: str, here: Workplace) -> RunResult:  # noqa: F811
    return run(tiny_spec(generator=f"{name}:Plugin", recognizers=["none"]), here)


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize(
    ("lines", "stage", "told"),
    [
        ({"fit": "raise MemoryError('the GPU is full')"}, "fit", "MemoryError: the GPU is full"),
        ({"fit": "raise SystemExit(3)"}, "fit", "SystemExit: 3"),
        ({"sample": "raise RuntimeError('class 2')"}, "sample/0", "RuntimeError: class 2"),
        ({"sample": "json.loads('{')"}, "sample/0", "JSONDecodeError: Expecting property name"),
    ],
)
def test_what_fails_in_fit_or_sample_has_its_reason_and_the_others_keep_theirs(
    module,
    here: Workplace,  # noqa: F811
    lines: dict[str, str],
    stage: str,
    told: str,
) -> None:
    broken, sound = module(plugin(**lines)), module(plugin())
    names = [f"{one}:Plugin" for one in (broken, sound)]
    result = run_sweep(Sweep.parse(sweep_of(*names), "two"), here)
    assert result.exit_code == 1
    rows = rows_of(result.folder / "sweep.csv")
    failed = [row for row in rows if row["generator"] == names[0]]
    assert failed
    assert all(f"{stage}: " in row["reason"] and told in row["reason"] for row in failed)
    assert {row["status"] for row in rows if row["generator"] == names[1]} == {"ok"}
    record = json.loads((here.out / "runs" / failed[0]["run"] / "run.json").read_text())
    done = {row["stage"]: row["status"] for row in record["stages"]}
    assert done["data"] == "ok"
    assert done["fit"] == ("ok" if stage != "fit" else failed[0]["status"])
    traces = {row.traceback for row in result.stages if row.traceback}
    assert len(traces) == ("MemoryError" not in told), "of what nobody foresaw"
    for trace in traces:
        assert told in trace.splitlines()[-1]
        assert f"{broken}.py" in trace


def checked(target: str, folder: Path) -> dict[str, CheckResult]:
    clips, held_back = clips_for_checks(moving_clips(72, classes=12))
    candidate = Candidate(target, clips, held_back, folder)
    return {result.check.name: result for result in run_checks(candidate)}


@pytest.mark.parametrize(
    ("lines", "check"),
    [
        ({"sample": "np.random.seed(0)"}, "random state"),
        ({"fit": "np.random.seed(run.seed); np.random.rand()"}, "random state"),
        ({"sample": "import torch; torch.manual_seed(1)"}, "random state"),
        ({"fit": "clips = vars(type(self)).get('kept') or clips; type(self).kept = clips"}, "data"),
        ({"fit": "import sys; clips = sys.__dict__.setdefault('kept_clips', clips)"}, "data"),
    ],
)
def test_what_outlives_a_call_fails_the_check_of_that(
    module, lines: dict[str, str], check: str, tmp_path: Path
) -> None:
    try:
        results = checked(f"{module(plugin(**lines))}:Plugin", tmp_path / "work")
    finally:
        vars(sys).pop("kept_clips", None)
    named = "follows its data" if check == "data" else check
    assert results[named].status == FAILED
    other = "random state" if check == "data" else "follows its data"
    assert results[other].status != FAILED


@pytest.mark.parametrize("joints", [22, 25, 1])
def test_another_skeleton_is_one_line_with_both_numbers(
    module, joints: int, tmp_path: Path
) -> None:
    lines = (
        "return ClipSet.of(self.clips.skeleton, self.clips.classes, "
        f"[np.zeros((5, {joints}, 3))] * len(labels), labels)"
    )
    results = checked(f"{module(plugin(sample=lines))}:Plugin", tmp_path / "work")
    reason = results["fits"].reason
    assert results["fits"].status == FAILED
    assert f"has {joints} joints, the skeleton smpl24 has 24" in reason
    assert "\n" not in reason
    assert results["fits"].traceback == ""


@pytest.fixture
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """A shared case on the import path, with its module forgotten afterwards."""
    folder: Path = request.param
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop(expected(folder)["values"]["target"].partition(":")[0], None)


@pytest.mark.parametrize("case", cases_of("generator"), indirect=True)
def test_the_shared_case_fails_as_it_should(case: Path, tmp_path: Path) -> None:
    values = expected(case)["values"]
    results = checked(values["target"], tmp_path / "work")
    failed = {name: result for name, result in results.items() if result.status == FAILED}
    if "failed_check" in values:
        assert values["failed_check"] in failed
    elif "second_fit_gives_first_data" in values:
        assert "gives the samples of the first ones" in failed["follows its data"].reason
    elif "joints" in values:
        told = f"has {values['joints']} joints, the skeleton smpl24 has "
        assert f"{told}{values['joints_of_skeleton']}" in failed["fits"].reason
    else:
        assert any(
            values["word"] in r.traceback.splitlines()[-1] for r in failed.values() if r.traceback
        )
