"""Verification of whole runs on a tiny data set: what follows passes, what does not is named."""

from __future__ import annotations

import csv
import json
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.application import Workplace, run, run_sweep
from benchmark.cli import run_command_line
from benchmark.executors.inline import InlineExecutor
from benchmark.scheduler import StageResult
from benchmark.store import file_sha256
from benchmark.sweep import Sweep
from benchmark.verification.finding import CHANGED_CODE, MISSING, UNHASHED, WRONG, Finding
from benchmark.verification.verify import Verification, verify
from skeletons.annotations import read_annotations, write_annotations
from skeletons.errors import InputError
from skeletons.seeds import named_rng
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec

pytestmark = pytest.mark.usefixtures("stand_ins")

METRICS = ["fid", "accuracy", "diversity", "multimodality", "class_accuracy", "jerk"]
CSVS = ("metrics", "summary", "classes", "confusion", "downstream", "predictions")


def inline(out: Path) -> Workplace:
    return Workplace(
        out=out, device="cpu", executor=lambda surroundings, stages: InlineExecutor(surroundings)
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A results folder with one run, made once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in fakes.modules().items():
            patch.setitem(sys.modules, name, module)
        for name, value in fakes.attributes().items():
            patch.setattr(name, value)
        out = tmp_path_factory.mktemp("verify") / "results"
        assert run(tiny_spec(metrics=METRICS), inline(out)).status == "ok"
        yield out


@pytest.fixture
def out(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(original, tmp_path / "results"))


def the_run(out: Path) -> Path:
    (folder,) = out.glob("runs/*")
    return folder


def findings(out: Path, quick: bool = True) -> tuple[Finding, ...]:
    return verify(inline(out), quick=quick).findings


def stored(out: Path, kind: str, holding: str = "") -> Path:
    """An artefact's folder; the one whose ``meta.json`` holds some text, where there are more."""
    (folder,) = [
        path.parent for path in out.glob(f"store/{kind}/*/meta.json") if holding in path.read_text()
    ]
    return folder


def hash_again(folder: Path) -> None:
    """Make ``meta.json`` agree with files that were changed, as a forger would."""
    meta = json.loads((folder / "meta.json").read_text())
    meta["files"] = {
        name: [(folder / name).stat().st_size, file_sha256(folder / name)] for name in meta["files"]
    }
    (folder / "meta.json").write_text(json.dumps(meta))


def edit_json(path: Path, change: Callable[[Any], None]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def edit_arrays(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with np.load(path) as content:
        arrays = dict(content)
    change(arrays)
    np.savez(path, **arrays)


def flip_a_digit(path: Path, rng: np.random.Generator) -> tuple[int, str, str, str]:
    """Change one digit of one cell; its row, column, and the cell after and before."""
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    cells = [
        (row, column)
        for row, line in enumerate(rows)
        for column, cell in enumerate(line)
        if any(letter in "0123456789" for letter in cell)
    ]
    row, column = cells[rng.integers(len(cells))]
    before = rows[row][column]
    places = [place for place, letter in enumerate(before) if letter in "0123456789"]
    place = places[rng.integers(len(places))]
    digit = str((int(before[place]) + int(rng.integers(1, 10))) % 10)
    rows[row][column] = before[:place] + digit + before[place + 1 :]
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return row + 1, header[column], rows[row][column], before


def test_a_run_follows_from_its_store_and_nothing_is_written(out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    verification = verify(inline(out))
    assert verification.findings == ()
    assert verification.exit_code() == 0
    the_run_, leaderboard = verification.checked
    kinds = [path.parts[-3] for path in out.glob("store/*/*/meta.json")]
    assert the_run_.artefacts == len(kinds)
    again = ("featurise", "measure", "score", "downstream", "tables")
    assert the_run_.derived == sum(kind in again for kind in kinds)
    assert the_run_.compared > 5000
    assert leaderboard.compared > 50
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


@pytest.mark.parametrize("table", CSVS)
def test_one_flipped_digit_is_named_by_file_row_and_column(out: Path, table: str) -> None:
    path = the_run(out) / f"{table}.csv"
    row, column, says, should_be = flip_a_digit(path, named_rng("flip", table))
    place = path.relative_to(out).as_posix()
    assert findings(out) == (Finding(WRONG, place, says, should_be, row, column),)


def test_flipped_digits_in_all_tables_are_all_named(out: Path) -> None:
    rng = np.random.default_rng(7)
    paths = [*(the_run(out) / f"{table}.csv" for table in CSVS), out / "leaderboard.csv"]
    for _ in range(4):
        expected = set()
        kept = {path: path.read_bytes() for path in paths}
        for path in paths:
            row, column, says, should_be = flip_a_digit(path, rng)
            place = path.relative_to(out).as_posix()
            expected.add(Finding(WRONG, place, says, should_be, row, column))
        assert set(findings(out)) == expected
        for path, content in kept.items():
            path.write_bytes(content)


def test_a_number_in_the_leaderboards_page_is_found_by_its_line(out: Path) -> None:
    page = out / "leaderboard.md"
    lines = page.read_text().splitlines()
    line = next(number for number, text in enumerate(lines) if text.startswith(f"| {fakes.HERE}"))
    page.write_text(page.read_text().replace(lines[line], lines[line] + " 1"))
    (found,) = findings(out)
    assert (found.severity, found.file, found.row) == (WRONG, "leaderboard.md", line + 1)


@pytest.mark.parametrize("table", ["summary.csv", "predictions.csv"])
def test_rows_and_columns_that_were_taken_out_are_found(out: Path, table: str) -> None:
    path = the_run(out) / table
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:3], *lines[4:]]))
    (found,) = findings(out)
    assert found.says == f"{len(lines) - 2} rows"
    assert (found.should_be, found.row) == (f"{len(lines) - 1} rows", 3)
    path.write_text("".join(line.partition(",")[2] for line in lines))
    (found,) = findings(out)
    assert (found.says, found.column) == ("not there", lines[0].partition(",")[0])


def test_a_table_that_is_gone_is_missing_and_one_too_many_is_wrong(out: Path) -> None:
    (the_run(out) / "summary.csv").unlink()
    (the_run(out) / "samples.gif").write_bytes(b"GIF89a")
    assert {(one.severity, Path(one.file).name) for one in findings(out)} == {
        (MISSING, "summary.csv"),
        (WRONG, "samples.gif"),
    }


def test_a_changed_picture_is_found(out: Path) -> None:
    (the_run(out) / "plots" / "metrics.png").write_text("nicer")
    (found,) = findings(out)
    assert (found.severity, Path(found.file).name) == (WRONG, "metrics.png")


@pytest.mark.parametrize("quick", [True, False])
def test_changed_features_are_found_by_their_hash_and_by_featurising_again(
    out: Path, quick: bool
) -> None:
    folder = stored(out, "featurise", '"part": "synthetic"')
    edit_arrays(folder / "features.npz", lambda arrays: arrays["features"].__setitem__((3, 2), 9.0))
    found = findings(out, quick)
    wrong = [one for one in found if one.severity == WRONG]
    assert {Path(one.file).name for one in wrong} == {"features.npz"}
    assert wrong[0].says.startswith("SHA-256 ")
    if quick:
        # nothing can be derived from it: that is said, and no table is called wrong for it
        assert any("features/synthetic cannot be used" in one.says for one in found)
    else:
        assert [one.column for one in wrong[1:]] == ["features[3, 2]"]
        assert wrong[1].says == "9.0"
        assert len(found) == 2


def test_forged_features_with_a_forged_hash_are_found_with_all_that_they_changed(
    out: Path,
) -> None:
    folder = stored(out, "featurise", '"part": "synthetic"')
    edit_arrays(folder / "features.npz", lambda arrays: arrays["predicted"].__setitem__(0, 99))
    hash_again(folder)
    found = findings(out, quick=False)
    assert [(one.severity, one.column, one.says) for one in found] == [
        (WRONG, "predicted[0]", "99")
    ]


def test_a_value_forged_all_along_the_chain_is_found_in_the_store_and_in_the_table(
    out: Path,
) -> None:
    score = stored(out, "score", '"fid"')
    values = json.loads((score / "values.json").read_text())
    old = values["values"][2]["value"]
    (score / "values.json").write_text(
        (score / "values.json").read_text().replace(repr(old), repr(old + 1))
    )
    tables = stored(out, "tables")
    text = (tables / "metrics.csv").read_text().replace(repr(old), repr(old + 1))
    for folder in (tables, the_run(out)):
        (folder / "metrics.csv").write_text(text)
    for folder in (score, tables):
        hash_again(folder)
    found = findings(out)
    assert {one.severity for one in found} == {WRONG}
    assert {Path(one.file).name for one in found} == {"values.json", "metrics.csv"}
    in_run = [one for one in found if one.file.startswith("runs/")]
    assert [(one.says, one.should_be) for one in in_run] == [(repr(old + 1), repr(old))]


def test_an_accuracy_that_the_stored_predictions_do_not_give_is_found(out: Path) -> None:
    folder = stored(out, "downstream", "downstream/stgcn++/real/1")
    edit_json(folder / "result.json", lambda result: result.update(top1=1.0))
    hash_again(folder)
    (found,) = findings(out)
    assert (found.severity, found.column, found.says) == (WRONG, "top1", "1.0")
    assert found.file == f"store/downstream/{folder.name}/result.json"
    assert 0 < float(found.should_be) < 1


def test_predictions_about_other_clips_are_found(out: Path) -> None:
    folder = stored(out, "downstream", "downstream/stgcn++/real/0")
    edit_arrays(
        folder / "predictions.npz", lambda arrays: arrays.update(labels=1 - arrays["labels"])
    )
    hash_again(folder)
    found = findings(out)
    assert found[0].severity == WRONG
    assert "another label for test clip" in found[0].says


def test_a_missing_artefact_is_named_and_what_rests_on_it_is_not_called_wrong(out: Path) -> None:
    folder = stored(out, "featurise", '"part": "test"')
    shutil.rmtree(folder)
    verification = verify(inline(out))
    assert {one.severity for one in verification.findings} == {MISSING}
    gone = verification.findings[0]
    assert gone.file == f"store/*/{folder.name}"
    assert gone.should_be.endswith("features/test")
    assert verification.exit_code() == 1
    assert verification.exit_code(allow_missing=True) == 0
    row, column, _, _ = flip_a_digit(the_run(out) / "metrics.csv", np.random.default_rng(0))
    wrong = [one for one in findings(out) if one.severity == WRONG]
    assert [(one.row, one.column) for one in wrong] == [(row, column)], "the stored tables know"


def test_a_run_without_its_store_cannot_be_derived_but_must_not_contradict_itself(
    out: Path,
) -> None:
    shutil.rmtree(out / "store")
    (found,) = findings(out)
    assert (found.severity, found.says) == (MISSING, "cannot be re-derived (no store)")
    path = the_run(out) / "downstream.csv"
    rows = path.read_text().splitlines()
    cells = rows[2].split(",")
    cells[6] = "0.123"
    path.write_text("\n".join([*rows[:2], ",".join(cells), *rows[3:]]) + "\n")
    wrong = [one for one in findings(out) if one.file.endswith("downstream.csv")]
    assert [(one.severity, one.row, one.column, one.says) for one in wrong] == [
        (WRONG, 2, "top1", "0.123")
    ]


def test_changed_samples_are_found_by_clip_frame_and_joint(out: Path) -> None:
    path = the_run(out) / "samples.pkl"
    clips, splits = read_annotations(path, fakes.SKELETON, fakes.CLASSES)
    frames = clips.frames.copy()
    frames[clips.starts[5] + 1, 7, 2] += 0.25
    write_annotations(path, replace(clips, frames=frames), splits)
    (found,) = findings(out)
    assert found.severity == WRONG
    assert found.column == "keypoint of 'Shaker-00005', frame 1, joint 7, z"
    assert float(found.says) == pytest.approx(float(found.should_be) + 0.25)


def test_samples_that_say_the_same_in_other_bytes_pass(out: Path) -> None:
    path = the_run(out) / "samples.pkl"
    path.write_bytes(pickle.dumps(pickle.loads(path.read_bytes()), protocol=5))
    assert findings(out) == ()


def test_a_hostile_pickle_is_wrong_and_is_not_run(out: Path, tmp_path: Path) -> None:
    trace = tmp_path / "was here"

    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (trace,)

    (the_run(out) / "samples.pkl").write_bytes(pickle.dumps(Hostile()))
    (found,) = findings(out)
    assert found.severity == WRONG
    assert "is not a PYSKL annotation file" in found.says
    assert not trace.exists()


def test_artefacts_without_hashes_are_unhashed_and_still_derived(out: Path) -> None:
    for path in out.glob("store/*/*/meta.json"):
        edit_json(path, lambda meta: meta.pop("files"))
    verification = verify(inline(out), quick=True)
    assert {one.severity for one in verification.findings} == {UNHASHED}
    assert verification.exit_code() == 0
    flip_a_digit(the_run(out) / "classes.csv", np.random.default_rng(3))
    assert [one.severity for one in findings(out)].count(WRONG) == 1


def test_other_code_is_told_by_stage_and_is_no_error_of_the_numbers(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmark import stage_making

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
    from benchmark import stage_making
    from metrics import engine

    version, summarise = stage_making.code_version, engine._mean
    monkeypatch.setattr(stage_making, "code_version", lambda *parts: version(*parts)[::-1])
    monkeypatch.setattr(engine, "_mean", lambda values: summarise(values) + 1)  # type: ignore[operator]
    found = findings(out)
    assert {one.severity for one in found} == {CHANGED_CODE}
    assert any(one.file.endswith("values.json") and "mean" in one.column for one in found)


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
    path = result.folder / "sweep.csv"
    row, column, says, should_be = flip_a_digit(path, np.random.default_rng(2))
    assert findings(here.out) == (
        Finding(WRONG, "sweeps/tiny/sweep.csv", says, should_be, row, column),
    )
    shutil.rmtree(result.points[0].entry.run.path)
    found = [one for one in findings(here.out) if one.file == "sweeps/tiny"]
    assert [one.severity for one in found] == [MISSING]


def test_tables_without_runs_are_compared_with_the_tables_beside_them(
    original: Path, tmp_path: Path
) -> None:
    reference = tmp_path / "reference"
    for path in (original / "leaderboard.csv", *original.glob("runs/*/*.csv")):
        if path.stem in ("leaderboard", "summary", "downstream"):
            target = reference / (path.name if path.parent == original else
                                  f"{path.parent.name}/{path.name}")  # fmt: skip
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    assert {one.severity for one in findings(reference)} == {MISSING}
    text = (reference / "leaderboard.csv").read_text()
    header, row = next(csv.reader([text.splitlines()[0]])), text.splitlines()[1].split(",")
    place = header.index("diversity_mean")
    row[place] = "1" + row[place]
    (reference / "leaderboard.csv").write_text("\n".join([text.splitlines()[0], ",".join(row), ""]))
    wrong = [one for one in findings(reference) if one.severity == WRONG]
    assert [(one.file, one.row, one.column) for one in wrong] == [
        ("leaderboard.csv", 1, "diversity_mean")
    ]


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
    assert any(stage.endswith(": features/synthetic") for stage in watcher.ended)
    assert watcher.over


def test_worker_processes_derive_the_same_bits(out: Path) -> None:
    pool = Workplace(out=out, device="cpu", workers=1, preload=("tests.benchmark.preloaded",))
    (folder, _) = verify(pool).checked
    assert folder.findings == ()
    assert (folder.drift, folder.compared > 5000) == (0.0, True)


def test_the_command_says_what_it_found_and_ends_with_its_exit_code(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import benchmark.verification.verify as module

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
