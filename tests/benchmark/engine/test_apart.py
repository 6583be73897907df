"""Stages in processes of their own, whatever the engine that has them watched."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.executors.apart import ApartExecutor
from benchmark.engine.graph import Plan
from benchmark.engine.needs import NeedsOfTasks
from benchmark.engine.scheduler import MOST_TRIES, Scheduler, StageResult, Watcher
from benchmark.engine.store import META, Store
from benchmark.engine.task import Surroundings
from benchmark.experiment.executors import make_executor
from tests.benchmark.engine.processes import alive, wait_until
from tests.benchmark.engine.steps import plan, stage
from tests.benchmark.engine.test_scheduler import numbers

POOL, THREADS = (f"concurrent.futures:{name}PoolExecutor" for name in ("Process", "Thread"))
SUBMITIT = "submitit-local"
ENGINES = (POOL, THREADS, pytest.param(SUBMITIT, marks=pytest.mark.slow))
ROOT = Path(__file__).parents[3]


def carry_out(
    stages: Plan,
    root: Path,
    executor: str = THREADS,
    needs: Mapping[str, float] | None = None,
    watcher: Watcher | None = None,
    workers: int = 2,
) -> dict[str, StageResult]:
    def made(count: int) -> Any:
        return make_executor(executor, Store(root), root / "jobs", workers, needs=needs)

    return Scheduler(stages, Surroundings(root), watcher).run(made)


def bytes_of(root: Path) -> dict[str, bytes]:
    """What lies in a store, but for when and how long each artefact was made."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and path.name != META)
    kept = (path for path in files if path.relative_to(root).parts[0] not in ("locks", "jobs"))
    return {str(path.relative_to(root)): path.read_bytes() for path in kept}


def some_stages() -> Plan:
    return Plan(
        (
            *numbers(a=3, b=4),
            stage("dead", "die"),
            stage("bad", "fail"),
            stage("sum", "add", "a", "b", "dead", required=("a", "b")),
        ),
        ("bad", "sum"),
    )


def test_every_engine_leaves_the_same_store_and_the_same_rows(tmp_path: Path) -> None:
    rows, stores = [], []
    for executor in ("local", POOL, THREADS):
        root = tmp_path / executor.replace(":", "-")
        results = carry_out(some_stages(), root, executor, workers=4)
        rows.append({name: (one.status, one.reason, one.key) for name, one in results.items()})
        stores.append(bytes_of(root))
    assert rows[0]["dead"][0] == "killed"
    assert "SIGKILL" in rows[0]["dead"][1]
    assert rows[0]["bad"][1] == "ValueError: it does not add up"
    assert rows[0]["sum"][0] == "ok"
    assert rows[1:] == rows[:1] * 2
    assert stores[1:] == stores[:1] * 2


def test_jobs_of_submitit_leave_the_same_store_and_no_logs_where_all_ends_well(
    tmp_path: Path,
) -> None:
    pytest.importorskip("submitit")
    stages = plan(*numbers(a=6), stage("half", "halve", "a"))
    for executor in ("local", SUBMITIT):
        results = carry_out(stages, tmp_path / executor, executor)
        assert {one.status for one in results.values()} == {"ok"}
    assert bytes_of(tmp_path / SUBMITIT) == bytes_of(tmp_path / "local")
    assert not list((tmp_path / SUBMITIT / "jobs").iterdir())


@pytest.mark.parametrize("executor", ENGINES)
def test_a_stage_that_takes_too_long_is_ended_with_all_that_it_started(
    executor: str, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    stages = plan(stage("long", "brood", parameters={"note": str(note)}))
    results = carry_out(stages, tmp_path / "store", executor, {"minutes": 2 / 60})
    assert results["long"].status == "timeout"
    assert "longer than 0.0333333 minutes" in results["long"].reason
    assert 2 < (results["long"].seconds or 0) < 20
    for pid in note.read_text().split():
        wait_until(lambda pid=pid: not alive(int(pid)))


def test_a_stage_that_takes_too_much_memory_is_ended_and_the_others_go_on(tmp_path: Path) -> None:
    big = stage("big", "swell", parameters={"memory_mb": 600})
    stages = Plan((big, *numbers(a=3)), ("big", "a"))
    results = carry_out(stages, tmp_path, needs={"memory_gb": 0.4})
    assert results["big"].status == "out_of_memory"
    assert "0.4 GiB" in results["big"].reason
    assert (results["big"].peak_memory_mb or 0) > 400
    assert results["a"].status == "ok"


@pytest.mark.parametrize("executor", [POOL, pytest.param(SUBMITIT, marks=pytest.mark.slow)])
def test_a_stage_whose_babysitter_is_killed_is_begun_again(executor: str, tmp_path: Path) -> None:
    note = tmp_path / "note"
    lost = stage("lost", "lose", parameters={"note": str(note), "times": 1, "number": 5})
    results = carry_out(Plan((lost, *numbers(a=3)), ("lost", "a")), tmp_path / "store", executor)
    assert {name: one.status for name, one in results.items()} == {"lost": "ok", "a": "ok"}
    (worker,) = note.read_text().split()
    assert not alive(int(worker))


def test_a_stage_that_is_lost_every_time_is_one_row(tmp_path: Path) -> None:
    note = tmp_path / "note"
    lost = stage("lost", "lose", parameters={"note": str(note), "times": 99, "number": 5})
    after = stage("after", "halve", "lost")
    results = carry_out(plan(lost, after), tmp_path / "store", POOL)
    assert results["lost"].status == "lost"
    assert "BrokenProcessPool" in results["lost"].reason
    assert results["after"].reason == "needs 'lost', which is lost"
    assert len(note.read_text().split()) == MOST_TRIES


def test_an_engine_that_takes_nothing_is_a_row_and_no_endless_loop(tmp_path: Path) -> None:
    class Refusing:
        slots, asks = None, False

        def submit(self, call: Any, needs: Any) -> Future[Any]:
            raise OSError("no route to the cluster")

        def stop(self, futures: Any) -> None: ...

        def close(self) -> None: ...

    refusing = ApartExecutor(Refusing, tmp_path / "stop", NeedsOfTasks(Store(tmp_path), {}))
    results = Scheduler(plan(*numbers(a=3)), Surroundings(tmp_path)).run(lambda count: refusing)
    assert (results["a"].status, results["a"].reason) == (
        "lost",
        "OSError: no route to the cluster",
    )


class Impatient(Watcher):
    """Ctrl-C, once a stage says something."""

    def noted(self, stage: str, text: str) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("executor", ENGINES)
def test_ctrl_c_ends_what_is_under_way_drops_what_is_queued_and_the_rest_goes_on_later(
    executor: str, tmp_path: Path
) -> None:
    note, store = tmp_path / "note", tmp_path / "store"
    long = stage("long", "wait", parameters={"note": str(note)}, weight=9.0)
    stages = Plan((long, *numbers(a=3, b=4)), ("long", "a", "b"))
    with pytest.raises(KeyboardInterrupt):
        carry_out(stages, store, executor, watcher=Impatient(), workers=1)
    wait_until(lambda: not alive(int(note.read_text())))
    assert not (store / "wait").exists()
    assert not list((store / "jobs").iterdir())
    results = carry_out(Plan(stages.stages[1:], ("a", "b")), store, executor)
    assert {one.status for one in results.values()} == {"ok"}


SCRIPT = """
import signal, sys
# a job in a shell's background would start with Ctrl-C ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from tests.benchmark.engine.steps import plan, stage
from tests.benchmark.engine.test_apart import carry_out
carry_out(
    plan(stage("long", "brood", parameters={"note": sys.argv[2]})),
    Path(sys.argv[1]),
    "tests.benchmark.engine.test_apart:one_process",
)
"""


def one_process() -> ProcessPoolExecutor:
    """The owner of its only process, so that none waits for ever where the owner is killed."""
    return ProcessPoolExecutor(1)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_interrupted_or_killed_leaves_no_process_of_ours(
    ending: signal.Signals, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "store"), str(note)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: note.exists() and len(note.read_text().split()) == 2)
        pids = [int(pid) for pid in note.read_text().split()]
        babysitter = int(Path(f"/proc/{pids[0]}/stat").read_text().rpartition(")")[2].split()[1])
        process.send_signal(ending)
        process.wait(timeout=30)
    for pid in (*pids, babysitter):
        wait_until(lambda pid=pid: not alive(pid))


def test_progress_and_notes_pass_through_the_store(tmp_path: Path) -> None:
    said: list[tuple[Any, ...]] = []

    class Listener(Impatient):
        def started(self, stage: str) -> None:
            said.append(("started", stage))

        def noted(self, stage: str, text: str) -> None:
            said.append(("noted", stage, text))
            super().noted(stage, text)

    note = str(tmp_path / "note")
    stages = plan(stage("long", "wait", parameters={"note": note}))
    with pytest.raises(KeyboardInterrupt):
        carry_out(stages, tmp_path / "store", watcher=Listener())
    assert said == [("started", "long"), ("noted", "long", "waiting for Godot")]


def test_a_worker_that_cannot_start_is_a_row_with_its_reason(tmp_path: Path) -> None:
    made = make_executor(THREADS, Store(tmp_path), tmp_path / "jobs", preload=("no_such_module",))
    results = Scheduler(plan(*numbers(a=3)), Surroundings(tmp_path)).run(lambda count: made)
    assert (results["a"].status, results["a"].reason) == (
        "error",
        "its process ended with exit code 1",
    )
