"""A whole sweep in this process, on a tiny data set and with quick stand-ins."""

from __future__ import annotations

import csv
import errno
import importlib
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmark.engine.files import why_unwritable
from benchmark.experiment import api
from benchmark.experiment.api import SweepResult, Workplace, run, run_sweep
from benchmark.experiment.run_outputs import write_run_folder
from benchmark.experiment.sweep import Sweep
from benchmark.spec import RunSpec
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.conftest import in_this_process, put_stand_ins
from tests.benchmark.experiment.test_sweep import BASE

pytestmark = pytest.mark.usefixtures("stand_ins")

TABLES = ("sweep.csv", "sweep.md", "sweep.yaml")


def noise_sweep(base: dict[str, Any] | None = None, **axes: Any) -> Sweep:
    content = {
        "title": "Noise and split",
        "base": {**BASE, "judges": ["st_trans"], **(base or {})},
        "axes": {
            "noise": {"set": "noise", "values": [0.25, 0.5, 1, 4]},
            "split": {"field": "split", "values": ["20pct", "50pct"]},
            **axes,
        },
    }
    return Sweep.parse(content, "tiny")


def generator_sweep(*names: str, **base: Any) -> Sweep:
    values = [f"{fakes.HERE}:{name}" for name in names]
    content = {
        "base": {
            key: value
            for key, value in {**BASE, "judges": ["st_trans"], **base}.items()
            if key != "generator"
        },
        "axes": {"generator": {"field": "generator", "values": values}},
    }
    return Sweep.parse(content, "makers")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def no_executor(stages: int) -> Any:
    raise AssertionError("there was something to do")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> SweepResult:
    """The sweep over noise, made once."""
    workplace = in_this_process(tmp_path_factory.mktemp("swept") / "results")
    with pytest.MonkeyPatch.context() as patch:
        put_stand_ins(patch)
        return run_sweep(noise_sweep(), workplace)


@pytest.fixture
def again(swept: SweepResult, tmp_path: Path) -> Workplace:
    """A copy of what it left, where nothing is left to do."""
    out = Path(shutil.copytree(swept.folder.parents[1], tmp_path / "again"))
    return Workplace(out=out, device="cpu", executor=no_executor)


def test_a_sweep_leaves_its_tables_plots_and_runs(swept: SweepResult) -> None:
    result, out = swept, swept.folder.parents[1]
    assert result.exit_code == 0
    assert result.folder == out / "sweeps" / "tiny"
    files = {
        path.relative_to(result.folder).as_posix()
        for path in result.folder.rglob("*")
        if path.is_file()
    }
    plots = {"plots/noise.png", "plots/split.png"}
    assert files == {*TABLES, "sweep.html", "cost.csv", *plots}
    rows = rows_of(result.folder / "sweep.csv")
    assert list(rows[0]) == [
        "axis", "value", "run", "dataset", "split", "generator", "generator_seed", "status",
        "extractor", "reference", "metric", "mean", "ci95_low", "ci95_high", "real_floor", "reason",
    ]  # fmt: skip
    assert len(rows) == (4 + 2) * 4 * 2  # points, metrics, references
    for row in rows:
        summary = rows_of(out / "runs" / row["run"] / "summary.csv")
        (found,) = [
            one
            for one in summary
            if (one["reference"], one["metric"]) == (row["reference"], row["metric"])
        ]
        assert (row["mean"], row["real_floor"]) == (found["mean"], found["real_floor"])
    assert len(list(out.glob("runs/*"))) == 5, "the base lies on both axes"
    assert len(rows_of(out / "leaderboard.csv")) == 5


def test_its_runs_are_those_that_the_command_run_makes(again: Workplace) -> None:
    result = run(RunSpec.parse({**BASE, "judges": ["st_trans"], "settings": {"noise": 4}}), again)
    assert result.status == "ok"
    assert all(stage.cached for stage in result.stages)


def test_a_second_time_nothing_is_made_and_the_tables_are_the_same(again: Workplace) -> None:
    folder = again.out / "sweeps" / "tiny"
    names = [*TABLES, "sweep.html", "cost.csv", "plots/noise.png"]
    before = {name: (folder / name).read_bytes() for name in names}
    assert run_sweep(noise_sweep(), again).folder == folder
    assert {name: (folder / name).read_bytes() for name in names} == before


def test_two_stores_give_the_same_tables(swept: SweepResult, here: Workplace) -> None:
    second = run_sweep(noise_sweep(), here).folder
    for name in (*TABLES, "plots/split.png"):
        assert (swept.folder / name).read_bytes() == (second / name).read_bytes()


def test_the_page_marks_the_base_and_does_not_rank_over_splits(here: Workplace) -> None:
    sweep = replace(noise_sweep(), trainings=2)
    page = (run_sweep(sweep, here).folder / "sweep.md").read_text()
    noise, split = page.split("## ")[1:3]
    assert "| 0.5 (base) |" in noise
    assert "**" in noise
    assert "not ranked" in split
    assert "| 20pct |" in split
    assert "**" not in split


def test_a_sweep_file_of_its_own_is_run_again_from_the_store(again: Workplace) -> None:
    content = yaml.safe_load((again.out / "sweeps" / "tiny" / "sweep.yaml").read_text())
    assert run_sweep(Sweep.parse(content, "tiny"), again).exit_code == 0


def test_points_share_what_they_have_in_common(swept: SweepResult) -> None:
    store = swept.folder.parents[1] / "store"
    assert len(list(store.glob("data/*"))) == 1
    assert len(list(store.glob("pretrain/*"))) == 1
    assert len(list(store.glob("fit/*"))) == 5
    assert len(list(store.glob("part/*"))) == 2, "one a split"


@pytest.mark.parametrize(
    ("name", "status", "reason", "code"),
    [
        ("Raises", "error", "RuntimeError: the moon is in the wrong place", 1),
        ("Complains", "error", "shaker: 3 clips are too few, take a larger split", 2),
    ],
)
def test_a_failed_point_leaves_its_rows_and_the_others_go_on(
    here: Workplace, name: str, status: str, reason: str, code: int
) -> None:
    result = run_sweep(generator_sweep(name, "Shaker"), here)
    assert result.exit_code == code
    rows = rows_of(result.folder / "sweep.csv")
    failed = [row for row in rows if row["generator"].endswith(name)]
    assert len(failed) == 4 * 2
    for row in failed:
        assert row["status"] == status
        assert reason in row["reason"]
        assert row["mean"] == f"undefined (fit: {status} in fit ({reason}))"
    well = [row for row in rows if row["generator"].endswith("Shaker")]
    assert {row["status"] for row in well} == {"ok"}
    assert all(float(row["mean"]) >= 0 for row in well)
    page = (result.folder / "sweep.md").read_text()
    assert "## Runs that are not complete" in page
    assert reason in page
    assert f":{name} ({status}) |" in page
    record = json.loads((here.out / "runs" / failed[0]["run"] / "run.json").read_text())
    assert {stage["reason"] for stage in record["stages"] if stage["status"] == "skipped"} >= {
        "needs 'fit', which is error"
    }


def test_a_run_that_failed_in_a_sweep_is_what_it_would_be_alone(
    here: Workplace, tmp_path: Path
) -> None:
    run_sweep(generator_sweep("Raises", "Shaker", recognizers=["stgcn++"], seeds=1), here)
    alone = Workplace(out=tmp_path / "alone", device="cpu", executor=here.executor)
    values = {**BASE, "generator": f"{fakes.HERE}:Raises", "recognizers": ["stgcn++"], "seeds": 1}
    values["judges"] = ["st_trans"]
    folder = run(RunSpec.parse(values), alone).folder
    stages = [
        {
            row["stage"]: (row["key"], row["status"], row["reason"])
            for row in json.loads((out / "runs" / folder.name / "run.json").read_text())["stages"]
        }
        for out in (here.out, alone.out)
    ]
    assert stages[0] == stages[1]


def test_gains_are_rows_where_there_are_recognizers(here: Workplace) -> None:
    base = {"recognizers": ["stgcn++"], "seeds": 2}
    result = run_sweep(generator_sweep("Shaker", "OtherShaker", **base), here)
    rows = rows_of(result.folder / "sweep.csv")
    gains = [row for row in rows if row["metric"] == "gain of stgcn++"]
    board = rows_of(here.out / "leaderboard.csv")
    assert len(gains) == 2
    assert {row["mean"] for row in gains} == {row["gain"] for row in board}
    assert "real + synthetic" in (result.folder / "sweep.md").read_text()


def test_costs_stand_apart_from_what_must_be_equal(here: Workplace) -> None:
    result = run_sweep(generator_sweep("Slow", "OtherSlow"), here)
    costs = rows_of(result.folder / "cost.csv")
    assert [row["status"] for row in costs] == ["ok", "ok"]
    for row in costs:
        assert float(row["fit_seconds"]) >= 0.49
        assert float(row["sampling_seconds"]) >= 0.02
        assert float(row["peak_memory_mb"]) > 0
        assert row["device"] == "cpu"


def test_what_a_generator_says_of_itself_is_a_footnote(here: Workplace) -> None:
    page = (run_sweep(generator_sweep("Confesses", "Shaker"), here).folder / "sweep.md").read_text()
    assert ":Confesses ¹ ² |" in page
    assert "- ² Not stirred." in page


def test_a_run_folder_that_takes_nothing_keeps_no_other_run_from_its_own(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = noise_sweep()
    refusing, *others = [point.spec.folder_name for point in sweep.points()]
    folder = here.out / "runs" / refusing

    def write(place: Path, *others: Any) -> None:
        if place == folder:
            partial = place / ".run.json.1.0a1b2c3d.partial"
            raise PermissionError(errno.EACCES, "Permission denied", str(partial))
        write_run_folder(place, *others)

    with monkeypatch.context() as patch, pytest.raises(PermissionError) as told:
        patch.setattr(api, "write_run_folder", write)
        run_sweep(sweep, here)
    assert str(why_unwritable(told.value)).startswith(f"cannot write '{folder}': Permission denied")
    written = {path.parent.name for path in here.out.glob("runs/*/run.json")}
    assert written == set(others) - {refusing}
    again = Workplace(out=here.out, device="cpu", executor=no_executor)
    assert run_sweep(sweep, again).exit_code == 0


def test_a_run_folder_that_is_not_this_users_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = Workplace(out=tmp_path / "out", device="cpu", executor=no_executor)
    sweep = noise_sweep()
    folder = nowhere.out / "runs" / sweep.points()[2].spec.folder_name
    folder.mkdir(parents=True)
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: access(path, mode) and (path != folder or mode == os.F_OK)
    )
    with pytest.raises(InputError, match=f"cannot write to '{folder}'"):
        run_sweep(sweep, nowhere)
    assert not (nowhere.out / "sweeps").exists()


def test_a_bad_point_is_found_out_before_any_work(tmp_path: Path) -> None:
    nowhere = Workplace(out=tmp_path / "out", device="cpu", executor=no_executor)
    with pytest.raises(InputError, match=r"sweep 'makers', generator = .*NoSuch"):
        run_sweep(generator_sweep("Shaker", "NoSuch"), nowhere)
    assert not (tmp_path / "out").exists()


def test_a_generator_that_cannot_be_imported_costs_its_own_row(
    here: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "falls_over.py").write_text("import json\n\nraise SystemExit('no licence')\n")
    monkeypatch.syspath_prepend(tmp_path)
    broken = "falls_over:Plugin"
    sweep = generator_sweep("Shaker")
    (axis,) = sweep.axes
    axis = replace(axis, values=(broken, *axis.values))
    result = run_sweep(replace(sweep, axes=(axis,), trainings=2), here)
    assert result.exit_code == 1
    reason = f"generator '{broken}' cannot be imported: SystemExit: no licence (falls_over.py, line"
    rows = rows_of(result.folder / "sweep.csv")
    (failed,) = [row for row in rows if row["generator"] == broken]
    assert failed["status"] == "error"
    assert reason in failed["reason"]
    assert failed["mean"].startswith("undefined (fit: error in import")
    well = [row for row in rows if row["generator"] != broken]
    assert {row["status"] for row in well} == {"ok"}
    assert {row["generator_seed"] for row in well} == {"0", "1"}
    page = (result.folder / "sweep.md").read_text()
    assert f"| {broken} (error) |" in page
    assert reason in page.split("## Runs that are not complete")[1]
    (row,) = [row for row in result.stages if row.status != "ok"]
    assert row.reason.startswith(reason)
    assert not row.bad_input


def test_what_a_generator_gave_before_it_broke_stays(
    here: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "breaks_later:Plugin"
    path = tmp_path / "breaks_later.py"
    path.write_text("from tests.benchmark.fakes import Shaker as Plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    values = {**BASE, "judges": ["st_trans"], "generator": name, "settings": {"noise": 0.5}}
    folder = run(RunSpec.parse(values), here).folder
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    board = rows_of(here.out / "leaderboard.csv")
    path.write_text("def broken(:\n")
    monkeypatch.delitem(sys.modules, "breaks_later")
    importlib.invalidate_caches()
    sweep = generator_sweep("OtherShaker")
    (axis,) = sweep.axes
    result = run_sweep(replace(sweep, axes=(replace(axis, values=(*axis.values, name)),)), here)
    assert result.exit_code == 1
    assert {path: path.read_bytes() for path in before} == before
    now = rows_of(here.out / "leaderboard.csv")
    assert {row["generator"] for row in now} == {name, f"{fakes.HERE}:OtherShaker"}
    assert len(board) == 1
    (failed,) = [r for r in rows_of(result.folder / "sweep.csv") if r["generator"] == name]
    assert "SyntaxError" in failed["reason"]


def test_a_sweep_of_nothing_that_can_be_imported_is_refused(tmp_path: Path) -> None:
    nowhere = Workplace(out=tmp_path / "out", device="cpu", executor=no_executor)
    sweep = generator_sweep("Shaker")
    (axis,) = sweep.axes
    axis = replace(axis, values=("nowhere.one:A", "nowhere.two:B"))
    with pytest.raises(InputError, match=r"sweep 'makers', generator=nowhere.one:A: .*no module"):
        run_sweep(replace(sweep, axes=(axis,)), nowhere)
    assert not (tmp_path / "out").exists()
