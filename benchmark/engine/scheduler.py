"""Carry out a plan: what is missing, in the order that ends soonest, whatever fails on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from benchmark.engine.executors import (
    OK,
    SKIPPED,
    Executor,
    Finished,
    Noted,
    Outcome,
    Progressed,
    Started,
    Task,
)
from benchmark.engine.graph import Plan, Stage, stage_key, stage_parameters
from benchmark.engine.store import Store
from benchmark.experiment.stages import KINDS

SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class StageResult:
    """The row of a stage in ``run.json``; ``phase`` is where it ended if not well."""

    stage: str
    status: str
    phase: str = ""
    reason: str = ""
    seconds: float | None = None
    peak_memory_mb: float | None = None
    device: str | None = None
    cached: bool = False
    key: str = ""
    bad_input: bool = False
    traceback: str = ""

    def row(self) -> dict[str, Any]:
        """Plain values for ``run.json``."""
        hidden = ("bad_input", "traceback")
        return {name: value for name, value in vars(self).items() if name not in hidden}


class Watcher(Protocol):
    """Is told how a run goes on; a progress display."""

    def begin(self, missing: Mapping[str, float], cached: int) -> None:
        """Stages to be made with their expected cost, and how many are there already."""
        ...

    def started(self, stage: str) -> None:
        """A worker has taken it up."""
        ...

    def progressed(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` steps."""
        ...

    def noted(self, stage: str, text: str) -> None:
        """What it is waiting for."""
        ...

    def finished(self, result: StageResult) -> None:
        """It ended, well or not, or was skipped."""
        ...

    def end(self) -> None:
        """Nothing more will come."""
        ...


def ended_tasks(executor: Executor, watcher: Watcher) -> Iterator[tuple[str, Outcome]]:
    """Wait a moment for news of the workers; tell the watcher, and give names and outcomes of the
    tasks that ended."""
    for event in executor.wait(SECONDS_BETWEEN_LOOKS):
        match event:
            case Started(name):
                watcher.started(name)
            case Progressed(name, done, total):
                watcher.progressed(name, done, total)
            case Noted(name, text):
                watcher.noted(name, text)
            case Finished(name, outcome):
                yield name, outcome


class Scheduler:
    """One carrying out of one plan."""

    def __init__(self, plan: Plan, store: Store, watcher: Watcher) -> None:
        self._plan = plan
        self._store = store
        self._watcher = watcher
        self._keys = dict(plan.keys)
        self._results: dict[str, StageResult] = {}

    def run(self, make_executor: Callable[[int], Executor]) -> dict[str, StageResult]:
        """Make every missing artefact and return a row for each stage of the plan.

        Args:
            make_executor: given the number of missing stages; not called when nothing is missing.
        """
        missing = self._missing()
        priority = self._plan.priority()
        pending = [stage for stage in self._plan.stages if stage.name in missing]
        # the sort is stable: stages of equal priority keep the plan's order
        pending.sort(key=lambda stage: -priority[stage.name])
        if not pending:
            return self._rows()
        self._watcher.begin(
            {stage.name: KINDS[stage.kind].weight for stage in pending}, len(self._results)
        )
        executor = make_executor(len(pending))
        try:
            self._carry_out(pending, executor)
        finally:
            executor.close()
            self._watcher.end()
        return self._rows()

    def _missing(self) -> set[str]:
        """Stages whose artefact is wanted and not there; nothing behind a hit is wanted."""
        wanted = set(self._plan.wanted)
        missing: set[str] = set()
        for stage in reversed(self._plan.stages):
            if (
                stage.name in wanted
                and self._store.find(stage.kind, self._keys[stage.name]) is None
            ):
                missing.add(stage.name)
                wanted |= set(stage.inputs.values())
        for stage in self._plan.stages:
            if stage.name not in missing:
                self._results[stage.name] = self._ok(stage, cached=True)
        return missing

    def _carry_out(self, pending: list[Stage], executor: Executor) -> None:
        running: dict[str, Stage] = {}
        while pending or running:
            for stage in [stage for stage in pending if self._settled(stage)]:
                if (reason := self._obstacle(stage)) is not None:
                    pending.remove(stage)
                    self._finish(stage, Outcome(SKIPPED, reason))
                elif len(running) < executor.slots:
                    pending.remove(stage)
                    running[stage.name] = stage
                    executor.submit(self._task(stage))
            if not running:
                continue
            for name, outcome in ended_tasks(executor, self._watcher):
                self._finish(running.pop(name), outcome)

    def _settled(self, stage: Stage) -> bool:
        return all(name in self._results for name in stage.inputs.values())

    def _obstacle(self, stage: Stage) -> str | None:
        """Why a stage cannot run: the first input that it needs and that is not there."""
        required = stage.inputs.values() if stage.required is None else stage.required
        for name in required:
            if self._results[name].status != OK:
                needed = self._plan[name].own_name
                return f"needs '{needed}', which is {self._results[name].status}"
        return None

    def _task(self, stage: Stage) -> Task:
        failed = [
            {
                # as its own run calls it: the artefact is the same in whatever plan it is made
                "stage": self._plan[result.stage].own_name,
                "status": result.status,
                "phase": result.phase,
                "reason": result.reason,
            }
            for result in (self._results[name] for name in stage.inputs.values())
            if result.status != OK
        ]
        inputs = {
            role: name for role, name in stage.inputs.items() if self._results[name].status == OK
        }
        self._keys[stage.name] = stage_key(stage, self._keys, inputs.values(), failed)
        return Task(
            name=stage.name,
            kind=stage.kind,
            key=self._keys[stage.name],
            code=stage.code,
            parameters=stage_parameters(stage, failed),
            inputs={
                role: self._store.folder(self._plan[name].kind, self._keys[name])
                for role, name in inputs.items()
            },
            input_keys={role: self._keys[name] for role, name in inputs.items()},
        )

    def _finish(self, stage: Stage, outcome: Outcome) -> None:
        if outcome.status == OK:
            result = self._ok(stage, outcome.cached)
        else:
            result = StageResult(
                stage=stage.name,
                status=outcome.status,
                phase=stage.kind,
                reason=outcome.reason,
                key=self._keys[stage.name],
                bad_input=outcome.bad_input,
                traceback=outcome.traceback,
            )
        self._results[stage.name] = result
        self._watcher.finished(result)

    def _ok(self, stage: Stage, cached: bool) -> StageResult:
        key = self._keys[stage.name]
        meta = self._store.meta(stage.kind, key)
        return StageResult(
            stage=stage.name,
            status=OK,
            seconds=meta.get("seconds"),
            peak_memory_mb=meta.get("peak_memory_mb"),
            device=meta.get("device"),
            cached=cached,
            key=key,
        )

    def _rows(self) -> dict[str, StageResult]:
        return {stage.name: self._results[stage.name] for stage in self._plan.stages}
