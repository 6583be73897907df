"""Worker processes: what becomes of tasks whose process dies, and of workers whose parent dies."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from benchmark.engine.executors import Finished, Started, Surroundings, Task
from benchmark.engine.executors.carry_out import is_out_of_memory, outcome_of
from benchmark.engine.executors.local import LocalPool, death
from benchmark.engine.peak_memory import peak_memory_mb
from benchmark.engine.scheduler import StageResult
from benchmark.experiment.api import Workplace, run
from benchmark.experiment.plan import data_stage
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec


def _data_task(number: int = 0) -> Task:
    stage = data_stage(fakes.DATASET, "plain", None)
    return Task(f"data/{number}", "data", f"{number:064d}", stage.code, stage.parameters)


def _wait_for(pool: LocalPool, kind: type, seconds: float = 20) -> list[object]:
    events: list[object] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        events.extend(pool.wait(0.2))
        if any(isinstance(event, kind) for event in events):
            return events
    raise AssertionError(f"no {kind.__name__} within {seconds} s: {events}")


def test_a_whole_run_with_a_generator_that_kills_its_process(pool: Workplace) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:Dies", seeds=1), pool)
    stages = {stage.stage: stage for stage in result.stages}
    assert stages["fit"].status == "killed"
    assert "SIGKILL" in stages["fit"].reason
    assert stages["sample/0"].status == "skipped"
    assert stages["downstream/stgcn++/real/0"].status == "ok"
    assert (result.status, result.exit_code) == ("killed", 1)


class Recorder:
    """A watcher that counts how many stages are under way at a time."""

    def __init__(self) -> None:
        self.under_way: set[str] = set()
        self.most = 0
        self.order: list[str] = []

    def begin(self, missing: object, cached: int) -> None: ...

    def started(self, stage: str) -> None:
        self.under_way.add(stage)
        self.order.append(stage)
        self.most = max(self.most, len(self.under_way))

    def progressed(self, stage: str, done: int, total: int) -> None: ...

    def noted(self, stage: str, text: str) -> None: ...

    def finished(self, result: StageResult) -> None:
        self.under_way.discard(result.stage)

    def end(self) -> None: ...


def test_worker_processes_and_this_process_give_the_same_bytes(
    pool: Workplace, tmp_path: Path
) -> None:
    recorder = Recorder()
    parallel = run(tiny_spec(), pool, recorder)
    assert parallel.status == "ok"
    assert recorder.order[0] == "data"
    single = Workplace(
        out=tmp_path / "single", device="cpu", workers=1, preload=("tests.benchmark.preloaded",)
    )
    serial = run(tiny_spec(), single)
    for name in ("metrics.csv", "summary.csv", "downstream.csv", "predictions.csv"):
        assert (parallel.folder / name).read_bytes() == (serial.folder / name).read_bytes()


def test_a_pool_works_on_as_many_tasks_as_it_has_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAUSE_IN", "data")
    monkeypatch.setenv("PAUSE_NOTE", str(tmp_path / "note"))
    pool = LocalPool(Surroundings(tmp_path, "cpu", preload=("tests.benchmark.preloaded",)), 2)
    try:
        pool.submit(_data_task(0))
        pool.submit(_data_task(1))
        seen: set[str] = set()
        while len(seen) < 2:
            seen |= {event.task for event in _wait_for(pool, Started)}  # type: ignore[attr-defined]
        assert seen == {"data/0", "data/1"}
    finally:
        pool.close()


def test_closing_kills_what_is_under_way_and_leaves_no_artefact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "note"
    monkeypatch.setenv("PAUSE_IN", "data")
    monkeypatch.setenv("PAUSE_NOTE", str(note))
    pool = LocalPool(Surroundings(tmp_path, "cpu", preload=("tests.benchmark.preloaded",)), 1)
    pool.submit(_data_task())
    while not note.exists() or not note.read_text():
        pool.wait(0.05)
    pool.close()
    assert not _alive(int(note.read_text()))
    assert not (tmp_path / "data").exists()


def test_an_idle_worker_that_died_is_replaced(tmp_path: Path) -> None:
    pool = LocalPool(Surroundings(tmp_path, "cpu", preload=("tests.benchmark.preloaded",)), 1)
    try:
        pool.submit(_data_task(0))
        _wait_for(pool, Finished)
        os.kill(pool._workers[0].process.pid, signal.SIGKILL)
        time.sleep(0.1)
        assert pool.wait(0.5) == []
        pool.submit(_data_task(1))
        finished = [e for e in _wait_for(pool, Finished) if isinstance(e, Finished)]
        assert finished[0].outcome.status == "ok"
    finally:
        pool.close()


def test_a_worker_that_cannot_start_is_an_error_and_no_endless_loop(tmp_path: Path) -> None:
    pool = LocalPool(Surroundings(tmp_path, "cpu", preload=("no_such_module",)), 1)
    try:
        pool.submit(_data_task())
        finished = [e for e in _wait_for(pool, Finished) if isinstance(e, Finished)]
        assert finished[0].outcome.status == "error"
        assert "exit code 1" in finished[0].outcome.reason
    finally:
        pool.close()


def test_the_ways_in_which_a_process_can_end() -> None:
    assert death(-signal.SIGKILL).status == "killed"
    assert death(-signal.SIGSEGV).reason == "its process was killed (SIGSEGV)"
    assert death(3).status == "error"


def test_errors_become_statuses() -> None:
    assert outcome_of(InputError("one line")).bad_input
    assert outcome_of(MemoryError()).status == "out_of_memory"
    assert outcome_of(SystemExit(3)).status == "error"
    torch_cpu = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 10 bytes")
    assert is_out_of_memory(torch_cpu)
    assert not is_out_of_memory(RuntimeError("shapes differ"))


def test_peak_memory_is_that_of_this_process() -> None:
    assert 10 < peak_memory_mb() < 100_000


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
