"""Worker processes: what becomes of calls whose process dies, and of workers whose parent dies."""

from __future__ import annotations

import os
import pickle
import signal
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from benchmark.engine.executors.local import LocalPool
from benchmark.engine.outcomes import ProcessDiedError, is_out_of_memory, outcome_of
from benchmark.engine.peak_memory import peak_memory_mb
from benchmark.engine.scheduler import Scheduler, StageResult, Watcher
from benchmark.engine.task import Surroundings
from benchmark.experiment.api import Workplace, run
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec
from tests.benchmark.engine.steps import plan, stage


def test_a_whole_run_with_a_generator_that_kills_its_process(pool: Workplace) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:Dies", seeds=1), pool)
    stages = {stage.stage: stage for stage in result.stages}
    assert stages["fit"].status == "killed"
    assert "SIGKILL" in stages["fit"].reason
    assert stages["sample/0"].status == "skipped"
    assert stages["downstream/stgcn++/real/0"].status == "ok"
    assert (result.status, result.exit_code) == ("killed", 1)


class Order(Watcher):
    """The stages in the order in which they started."""

    def __init__(self) -> None:
        self.started_stages: list[str] = []

    def started(self, stage: str) -> None:
        self.started_stages.append(stage)

    def finished(self, result: StageResult) -> None:
        assert result.cached or result.stage in self.started_stages


def test_worker_processes_and_this_process_give_the_same_bytes(
    pool: Workplace, tmp_path: Path
) -> None:
    order = Order()
    spec = tiny_spec(seeds=1, samples=40, repetitions=2, metrics=["fid", "accuracy", "bone_change"])
    parallel = run(spec, pool, order)
    assert parallel.status == "ok"
    assert order.started_stages[0] == "data"
    single = Workplace(
        out=tmp_path / "single", device="cpu", workers=1, preload=("tests.benchmark.preloaded",)
    )
    serial = run(spec, single)
    for name in ("metrics.csv", "summary.csv", "downstream.csv", "predictions.csv"):
        assert (parallel.folder / name).read_bytes() == (serial.folder / name).read_bytes()


def pid_after(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def refuse() -> None:
    raise InputError("no")


class UnreadableError(Exception):
    def __init__(self, one: str, other: str) -> None:
        super().__init__(one)


def raise_what_cannot_be_read() -> None:
    raise UnreadableError("one", "other")


def note_and_sleep(note: Path) -> None:
    note.write_text(str(os.getpid()))
    time.sleep(60)


def test_a_pool_works_on_as_many_calls_as_it_has_workers() -> None:
    pool = LocalPool(2)
    try:
        futures = [pool.submit(pid_after, 0.5) for _ in range(4)]
        pids = {future.result(timeout=30) for future in futures}
        assert len(pids) == 2
        assert os.getpid() not in pids
    finally:
        pool.shutdown()


def test_errors_pass_through_and_the_worker_stays() -> None:
    pool = LocalPool(1)
    try:
        before = pool.submit(pid_after, 0.0).result(timeout=30)
        with pytest.raises(InputError, match="no"):
            pool.submit(refuse).result(timeout=30)
        with pytest.raises(TypeError, match="other"):  # as pickle has it
            pool.submit(raise_what_cannot_be_read).result(timeout=30)
        assert pool.submit(pid_after, 0.0).result(timeout=30) == before
    finally:
        pool.shutdown()


def test_a_call_that_cannot_be_sent_or_taken_up_is_an_error_and_the_pool_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = LocalPool(1)
    try:
        with pytest.raises((AttributeError, pickle.PicklingError)):
            pool.submit(lambda: 1)
        with monkeypatch.context() as patch:
            patch.setattr(LocalPool, "_start", lambda pool: (_ for _ in ()).throw(OSError("full")))
            with pytest.raises(OSError, match="full"):
                pool.submit(pid_after, 0.0).result(timeout=30)
        assert pool.submit(pid_after, 0.0).result(timeout=30) != os.getpid()
    finally:
        pool.shutdown()


def test_a_pending_call_can_be_cancelled_and_shutting_down_waits_for_the_rest() -> None:
    pool = LocalPool(1)
    first, second, third = (pool.submit(pid_after, 0.3) for _ in range(3))
    assert second.cancel()
    pool.shutdown()
    assert first.done() and third.done() and second.cancelled()
    with pytest.raises(RuntimeError, match="shut down"):
        pool.submit(pid_after, 0.0)


def test_shutting_down_at_once_kills_what_is_under_way(tmp_path: Path) -> None:
    note = tmp_path / "note"
    pool = LocalPool(1)
    running, waiting = pool.submit(note_and_sleep, note), pool.submit(pid_after, 0.0)
    _wait_until(lambda: note.exists() and note.read_text() != "")
    pool.shutdown(cancel_futures=True)
    assert not _alive(int(note.read_text()))
    assert isinstance(running.exception(timeout=1), ProcessDiedError)
    assert waiting.cancelled()


def test_a_stage_that_was_killed_leaves_no_artefact(tmp_path: Path) -> None:
    note = tmp_path / "note"
    stages = plan(stage("long", "wait", parameters={"note": str(note)}))

    class Impatient(Watcher):
        def noted(self, stage: str, text: str) -> None:
            raise KeyboardInterrupt

    store = tmp_path / "store"
    with pytest.raises(KeyboardInterrupt):
        Scheduler(stages, Surroundings(store), Impatient()).run(lambda count: LocalPool(1))
    assert not _alive(int(note.read_text()))
    assert not (store / "wait").exists()
    dead = plan(stage("dead", "die"))
    results = Scheduler(dead, Surroundings(store)).run(lambda count: LocalPool(1))
    assert results["dead"].status == "killed"


def test_an_idle_worker_that_died_is_replaced() -> None:
    pool = LocalPool(1)
    try:
        before = pool.submit(pid_after, 0.0).result(timeout=30)
        os.kill(before, signal.SIGKILL)
        _wait_until(lambda: not pool._workers)
        assert pool.submit(pid_after, 0.0).result(timeout=30) != before
    finally:
        pool.shutdown()


def test_a_worker_that_cannot_start_is_an_error_and_no_endless_loop() -> None:
    pool = LocalPool(1, preload=("no_such_module",))
    try:
        future: Future[int] = pool.submit(pid_after, 0.0)
        outcome = outcome_of(future.exception(timeout=30) or AssertionError("it started"))
        assert (outcome.status, "exit code 1" in outcome.reason) == ("error", True)
    finally:
        pool.shutdown()


def test_the_ways_in_which_a_process_can_end() -> None:
    assert outcome_of(ProcessDiedError(-signal.SIGKILL)).status == "killed"
    segfault = outcome_of(ProcessDiedError(-signal.SIGSEGV))
    assert segfault.reason == "its process was killed (SIGSEGV)"
    assert outcome_of(ProcessDiedError(3)).status == "error"


def test_errors_become_statuses() -> None:
    assert outcome_of(InputError("one line")).bad_input
    assert outcome_of(MemoryError()).status == "out_of_memory"
    assert outcome_of(SystemExit(3)).status == "error"
    torch_cpu = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 10 bytes")
    assert is_out_of_memory(torch_cpu)
    assert not is_out_of_memory(RuntimeError("shapes differ"))


def test_peak_memory_is_that_of_this_process() -> None:
    assert 10 < peak_memory_mb() < 100_000


def _wait_until(condition: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
