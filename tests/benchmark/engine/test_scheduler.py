"""What is made, what is found, and what a failure costs, on stages without any science."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.executors.inline import InlineExecutor
from benchmark.engine.graph import Plan, Stage, merged
from benchmark.engine.scheduler import Scheduler, StageResult, Watcher
from benchmark.engine.store import Store
from benchmark.engine.task import Surroundings
from tests.benchmark.engine.steps import plan, read, stage


def numbers(**values: int) -> list[Stage]:
    return [stage(name, "number", parameters={"number": v}) for name, v in values.items()]


def carry_out(
    stages: Plan, root: Path, watcher: Watcher | None = None, executor: Executor | None = None
) -> dict[str, StageResult]:
    scheduler = Scheduler(stages, Surroundings(root), watcher)
    return scheduler.run(lambda count: executor or InlineExecutor())


def made(results: dict[str, StageResult]) -> set[str]:
    return {name for name, result in results.items() if not result.cached}


def value(results: dict[str, StageResult], stages: Plan, name: str, root: Path) -> int:
    return read(Store(root).folder(stages[name].kind, results[name].key))


def test_a_second_run_makes_nothing_and_asks_for_no_executor(tmp_path: Path) -> None:
    stages = plan(*numbers(a=3, b=4), stage("sum", "add", "a", "b"))
    first = carry_out(stages, tmp_path)
    assert made(first) == {"a", "b", "sum"}
    assert value(first, stages, "sum", tmp_path) == 7

    def never(count: int) -> Executor:
        raise AssertionError("there was something to do")

    assert made(Scheduler(stages, Surroundings(tmp_path)).run(never)) == set()


def test_an_input_that_comes_out_byte_equal_stops_a_change(tmp_path: Path) -> None:
    def chain(number: int) -> Plan:
        return plan(*numbers(a=number), stage("half", "halve", "a"), stage("sum", "add", "half"))

    carry_out(chain(6), tmp_path)
    again = carry_out(chain(7), tmp_path)
    assert made(again) == {"a", "half"}
    assert made(carry_out(chain(8), tmp_path)) == {"a", "half", "sum"}


def test_changed_code_makes_that_stage_anew_and_stops_where_the_bytes_do(tmp_path: Path) -> None:
    def chain(code: str) -> Plan:
        return plan(
            *numbers(a=6), stage("half", "halve", "a", code=code), stage("s", "add", "half")
        )

    carry_out(chain("one"), tmp_path)
    assert made(carry_out(chain("two"), tmp_path)) == {"half"}


def test_what_was_thrown_away_is_made_again_only_for_what_needs_it(tmp_path: Path) -> None:
    stages = plan(*numbers(a=3, b=4), stage("sum", "add", "a", "b"))
    carry_out(stages, tmp_path)
    shutil.rmtree(tmp_path / "number")
    assert made(carry_out(stages, tmp_path)) == set()
    further = plan(*stages.stages, stage("more", "add", "sum", "a"))
    assert made(carry_out(further, tmp_path)) == {"a", "more"}


def test_a_series_counts_in_its_order_and_only_as_a_whole(tmp_path: Path) -> None:
    parts = numbers(a=3, b=4)
    whole = stage("sum", "add", series={"parts": ("a", "b")})
    turned = stage("sum", "add", series={"parts": ("b", "a")})
    first, second = plan(*parts, whole), plan(*parts, turned)
    assert value(carry_out(first, tmp_path), first, "sum", tmp_path) == 7
    assert made(carry_out(second, tmp_path)) == {"sum"}
    broken = stage("b", "fail")
    lenient = stage("sum", "add", "a", series={"parts": ("a", "b")}, required=("a",))
    partial = plan(parts[0], broken, lenient)
    results = carry_out(partial, tmp_path)
    assert value(results, partial, "sum", tmp_path) == 3 - 1


def test_a_failure_skips_what_needs_it_and_nothing_else(tmp_path: Path) -> None:
    stages = Plan(
        (
            *numbers(a=3),
            stage("bad", "fail"),
            stage("lost", "add", "a", "bad"),
            stage("kept", "halve", "a"),
        ),
        ("lost", "kept"),
    )
    results = carry_out(stages, tmp_path)
    assert (results["bad"].status, results["bad"].phase) == ("error", "fail")
    assert results["bad"].reason == "ValueError: it does not add up"
    assert "ValueError" in results["bad"].traceback
    assert (results["lost"].status, results["lost"].reason) == (
        "skipped",
        "needs 'bad', which is error",
    )
    assert results["kept"].status == "ok"


def test_a_partial_stage_is_told_what_failed_and_is_made_again_when_it_no_longer_does(
    tmp_path: Path,
) -> None:
    def lenient(b: Stage) -> Plan:
        return plan(*numbers(a=3), b, stage("sum", "add", "a", "b", required=("a",)))

    broken, whole = lenient(stage("b", "fail")), lenient(numbers(b=4)[0])
    results = carry_out(broken, tmp_path)
    assert value(results, broken, "sum", tmp_path) == 2
    meta = Store(tmp_path).meta("add", results["sum"].key)
    assert meta["parameters"]["failed"] == [
        {
            "stage": "b",
            "status": "error",
            "phase": "fail",
            "reason": "ValueError: it does not add up",
        }
    ]
    assert value(carry_out(whole, tmp_path), whole, "sum", tmp_path) == 7


def test_equal_stages_of_several_plans_are_made_once(tmp_path: Path) -> None:
    plans = {
        "x": plan(*numbers(a=3, b=4), stage("sum", "add", "a", "b")),
        "y": plan(*numbers(a=3, b=5), stage("sum", "add", "a", "b")),
    }
    whole, names = merged(plans)
    assert names == {
        "x": {"a": "a", "b": "x/b", "sum": "x/sum"},
        "y": {"a": "a", "b": "y/b", "sum": "y/sum"},
    }
    results = carry_out(whole, tmp_path)
    assert {name: value(results, whole, name, tmp_path) for name in whole.wanted} == {
        "x/sum": 7,
        "y/sum": 8,
    }
    assert made(carry_out(plans["y"], tmp_path)) == set()


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_of_the_standard_library_will_do(
    tmp_path: Path, pool: Callable[..., Executor]
) -> None:
    stages = plan(*numbers(a=3, b=4), stage("bad", "fail"), stage("sum", "add", "a", "b"))
    whole = Plan(stages.stages, ("bad", "sum"))
    results = carry_out(whole, tmp_path, executor=pool(2))
    assert value(results, whole, "sum", tmp_path) == 7
    assert results["bad"].reason == "ValueError: it does not add up"


class Losing(InlineExecutor):
    """Forgets every second task, and loses others on the way."""

    slots = 3

    def __init__(self) -> None:
        self.taken = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.taken += 1
        future: Future[Any] = Future()
        if self.taken == 1:
            future.cancel()
            future.set_running_or_notify_cancel()
        else:
            future.set_exception(ConnectionError("the node is gone"))
        return future


def test_a_task_that_its_executor_lost_is_a_row_with_its_reason(tmp_path: Path) -> None:
    stages = Plan(tuple(numbers(a=3, b=4)), ("a", "b"))
    results = carry_out(stages, tmp_path, executor=Losing())
    assert (results["a"].status, results["a"].reason) == ("skipped", "it was cancelled")
    assert results["b"].reason == "ConnectionError: the node is gone"


class Log(Watcher):
    def __init__(self) -> None:
        self.lines: list[tuple[Any, ...]] = []

    def begin(self, missing: Any, cached: int) -> None:
        self.lines.append(("begin", dict(missing), cached))

    def started(self, stage: str) -> None:
        self.lines.append(("started", stage))

    def progressed(self, stage: str, done: int, total: int) -> None:
        self.lines.append(("progressed", stage, done, total))

    def noted(self, stage: str, text: str) -> None:
        self.lines.append(("noted", stage, text))

    def finished(self, result: StageResult) -> None:
        self.lines.append(("finished", result.stage))

    def end(self) -> None:
        self.lines.append(("end",))


def test_a_watcher_is_told_of_every_stage_once_it_began_and_when_it_ended(tmp_path: Path) -> None:
    stages = plan(*numbers(a=3, b=4), stage("sum", "add", "a", "b", weight=5.0))
    carry_out(plan(stages["a"]), tmp_path)
    log = Log()
    carry_out(stages, tmp_path, log)
    assert log.lines == [
        ("begin", {"b": 1.0, "sum": 5.0}, 1),
        ("started", "b"),
        ("finished", "b"),
        ("started", "sum"),
        ("finished", "sum"),
        ("end",),
    ]


def test_progress_and_notes_reach_the_watcher_while_a_stage_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    monkeypatch.setattr("tests.benchmark.engine.steps.time.sleep", lambda seconds: told.wait(20))

    class Listener(Log):
        def noted(self, stage: str, text: str) -> None:
            super().noted(stage, text)
            told.set()

    log = Listener()
    stages = plan(stage("long", "wait", parameters={"note": str(tmp_path / "note")}))
    carry_out(stages, tmp_path / "store", log, ThreadPoolExecutor(1))
    assert [line for line in log.lines if line[0] in ("started", "noted")] == [
        ("started", "long"),
        ("noted", "long", "waiting for Godot"),
    ]
