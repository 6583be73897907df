"""Disks that are full or read-only, and writers that are killed, at every step."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.cleaning import Cleaner
from benchmark.engine.executors.inline import InlineExecutor
from benchmark.engine.files import why_unwritable, write_atomically
from benchmark.engine.outcomes import outcome_of
from benchmark.engine.store import Store
from benchmark.experiment import api
from benchmark.experiment.api import Workplace
from skeletons.errors import InputError
from tests.benchmark.engine.faults import KILL_AFTER, KILL_BEFORE, KILL_IN_A_WRITE, faults
from tests.benchmark.engine.steps import plan, stage
from tests.new_processes import forks

KEY = "c" * 64
FORKS = forks()
MADE, NOT_WRITTEN, KILLED = 0, 3, -9


def _make(store: Store) -> None:
    with store.claim("fit", KEY) as claim:
        if claim.found is None:
            claim.scratch.mkdir(parents=True, exist_ok=True)
            (claim.scratch / "it.checkpoint").write_bytes(b"step 7")
            (claim.folder / "inner").mkdir()
            (claim.folder / "inner" / "numbers.txt").write_text("1 2 3")
            claim.complete({"seconds": 1.0})


def _make_with_a_fault(root: Path, at: int, how: Any, for_good: bool, calls: Any) -> None:
    with faults(root, at, how, for_good) as these:
        try:
            _make(Store(root))
        except OSError as error:
            raise SystemExit(NOT_WRITTEN if why_unwritable(error) else 1) from error
        finally:
            calls.value = these.calls


def _is_whole(store: Store) -> bool:
    found = store.find("fit", KEY)
    return found is not None and (found.folder / "inner" / "numbers.txt").read_text() == "1 2 3"


@pytest.mark.parametrize(
    ("how", "for_good"),
    [
        (errno.ENOSPC, False),
        (errno.ENOSPC, True),
        (KILL_BEFORE, False),
        (KILL_AFTER, False),
        (KILL_IN_A_WRITE, False),
    ],
    ids=str,
)
def test_a_fault_at_any_step_leaves_a_whole_artefact_or_none(
    tmp_path: Path, how: int | str, for_good: bool
) -> None:
    ends = set()
    for at in range(1, 200):
        root = tmp_path / str(at)
        calls = FORKS.Value("i", -1)
        child = FORKS.Process(target=_make_with_a_fault, args=(root, at, how, for_good, calls))
        child.start()
        child.join()
        store = Store(root)
        assert child.exitcode in (MADE, NOT_WRITTEN, KILLED), f"step {at}"
        there = store.folder("fit", KEY).exists()
        assert there == _is_whole(store), f"step {at}: half an artefact"
        assert there or child.exitcode != MADE, f"step {at}"
        _make(store)
        assert _is_whole(store)
        assert store.content("fit", KEY) == store.find("fit", KEY).meta["content"]
        Cleaner(root).look()
        for folder in ("partial", "writers"):
            left = [path for path in (root / folder).glob("*") if not path.name.startswith(".")]
            assert not left, f"step {at}: {left}"
        ends.add(child.exitcode)
        if child.exitcode == MADE and calls.value < at:
            break
    else:
        raise AssertionError("more steps than that?")
    assert at > 12
    assert ends == {MADE, KILLED if isinstance(how, str) else NOT_WRITTEN}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_nothing_is_one_line_and_the_users_to_mend(number: int) -> None:
    outcome = outcome_of(OSError(number, "it says so", "/there/numbers.txt"))
    assert (outcome.status, outcome.bad_input, outcome.traceback) == ("error", True, "")
    assert outcome.reason.startswith("cannot write '/there/numbers.txt': ")
    assert len(outcome.reason.splitlines()) == 1


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_place_that_is_not_this_users_is_one_line_with_its_folder(
    number: int, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "mine"
    folder.mkdir(parents=True)
    with faults(folder, 1, number, for_good=True), pytest.raises(PermissionError) as told:
        write_atomically(folder / "run.json", b"new")
    reason = why_unwritable(told.value)
    assert reason is not None
    assert reason.startswith(f"cannot write '{folder}': ")
    assert "choose another --out" in reason
    assert outcome_of(told.value).bad_input


def test_a_file_that_is_not_this_users_to_read_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clips.pkl"
    path.touch()
    monkeypatch.setattr(os, "access", lambda place, mode: mode == os.F_OK)
    error = PermissionError(errno.EACCES, "Permission denied", str(path))
    assert str(why_unwritable(error)).startswith(f"cannot read '{path}': Permission denied")
    assert why_unwritable(PermissionError(errno.EACCES, "a port below 1024")) is None


def test_a_library_that_tells_of_a_full_disk_in_its_own_way_is_understood() -> None:
    said = "Error while serializing: I/O error: No space left on device (os error 28)"
    assert "No space left on device; free some room" in outcome_of(RuntimeError(said)).reason
    assert not outcome_of(RuntimeError("no space in my head")).bad_input
    assert not outcome_of(OSError(errno.ENOENT, "not there")).bad_input


def test_a_file_that_could_not_be_replaced_is_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_atomically(path, b"old")
    for at in (2, 3, 4):  # before them a folder is made that is there
        with faults(tmp_path, at, errno.ENOSPC), pytest.raises(OSError, match="No space"):
            write_atomically(path, b"new")
        assert path.read_bytes() == b"old"
        assert [one.name for one in tmp_path.iterdir()] == ["run.json"]


def test_what_is_all_there_in_a_read_only_store_is_read_and_what_is_missing_is_refused(
    tmp_path: Path,
) -> None:
    there = stage("one", "number", parameters={"number": 5})
    missing = stage("two", "halve", "one")
    workplace = Workplace(out=tmp_path, device="cpu", executor=lambda count: InlineExecutor())
    api.carry_out_plan(plan(there), workplace)
    before = sorted(tmp_path.rglob("*"))
    with faults(tmp_path, 1, errno.EROFS, for_good=True):
        results = api.carry_out_plan(plan(there), workplace)
        assert (results["one"].status, results["one"].cached) == ("ok", True)
        with pytest.raises(InputError, match=r"cannot write to .*Read-only file system") as told:
            api.carry_out_plan(plan(there, missing), workplace)
    assert len(str(told.value).splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_stops_a_stage_with_one_line_and_the_others_go_on(tmp_path: Path) -> None:
    stages = plan(
        stage("one", "number", parameters={"number": 5}),
        stage("two", "number", parameters={"number": 6}),
        stage("sum", "add", "one", "two"),
    )

    full = True

    class FullForOne(InlineExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            if full and args[0].name == "one":
                with faults(tmp_path, 1, errno.ENOSPC, for_good=True):
                    return super().submit(fn, *args, **kwargs)
            return super().submit(fn, *args, **kwargs)

    workplace = Workplace(out=tmp_path, device="cpu", executor=lambda count: FullForOne())
    results = api.carry_out_plan(stages, workplace)
    assert {name: row.status for name, row in results.items()} == {
        "one": "error",
        "two": "ok",
        "sum": "skipped",
    }
    assert "No space left on device; free some room" in results["one"].reason
    assert api.exit_code_of(tuple(results.values())) == 2
    full = False
    assert api.carry_out_plan(stages, workplace)["sum"].status == "ok"
