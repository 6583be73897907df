"""Carry out a plan: what is missing, in the order that ends soonest, whatever fails on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.engine.executors import Executor
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.outcomes import (
    LOST,
    OK,
    SKIPPED,
    LostError,
    Outcome,
    UsageError,
    lost,
    outcome_of,
)
from benchmark.engine.store import Store
from benchmark.engine.task import News, Surroundings, Task, carry_out, check_seen, news_of
from benchmark.engine.writers import Mark

SECONDS_BETWEEN_LOOKS = 0.5
MOST_TRIES = 3
"""How often a stage is begun whose machine, or whose watcher there, is lost each time."""


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


class Watcher:
    """Is told how a run goes on. This one shows nothing; a progress display does."""

    def runs(self, stages_of: Mapping[str, Collection[str]]) -> None:
        """The plan holds several runs, with these stages."""

    def found(self, results: Sequence[StageResult]) -> None:
        """Stages that need not be made; told before all others."""

    def begin(self, missing: Mapping[str, float], cached: int) -> None:
        """Stages to be made with their expected cost, and how many are there already."""

    def started(self, stage: str) -> None:
        """A worker has taken it up."""

    def progressed(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` steps."""

    def noted(self, stage: str, text: str) -> None:
        """What it is waiting for."""

    def finished(self, result: StageResult) -> None:
        """It ended, well or not, or was skipped."""

    def end(self) -> None:
        """Nothing more will come."""


class Scheduler:
    """One carrying out of one plan."""

    def __init__(
        self, plan: Plan, surroundings: Surroundings, watcher: Watcher | None = None
    ) -> None:
        self._plan = plan
        self._surroundings = surroundings
        self._store = Store(surroundings.store)
        self._watcher = watcher or Watcher()
        self._keys: dict[str, str] = {}
        self._contents: dict[str, str] = {}
        self._results: dict[str, StageResult] = {}
        self._tries: Counter[str] = Counter()

    def run(self, make_executor: Callable[[int], Executor]) -> dict[str, StageResult]:
        """Make every missing artefact and return a row for each stage of the plan.

        Args:
            make_executor: given the number of missing stages; not called when nothing is missing.
        """
        with self._store.hold() as held:
            return self._run(make_executor, held)

    def _run(self, make_executor: Callable[[int], Executor], held: Mark) -> dict[str, StageResult]:
        missing = self._missing(held)
        priority = self._plan.priority()
        pending = [stage for stage in self._plan if stage.name in missing]
        # the sort is stable: stages of equal priority keep the plan's order
        pending.sort(key=lambda stage: -priority[stage.name])
        if pending:
            expected = {stage.name: stage.weight for stage in pending}
            self._watcher.found(tuple(self._results.values()))
            executor = make_executor(len(pending))
            try:
                self._watcher.begin(expected, len(self._results))
                self._carry_out(pending, executor, held)
            finally:
                executor.shutdown(wait=False, cancel_futures=True)
                self._watcher.end()
        return {stage.name: self._results[stage.name] for stage in self._plan}

    def _missing(self, held: Mark) -> set[str]:
        """Stages whose artefact is wanted and not there; nothing behind a hit is wanted."""
        for stage in self._plan:
            if all(name in self._contents for name in stage.needs):
                key = self._keys[stage.name] = stage.key(self._contents)
                content = self._store.content(stage.kind, key)
                if content is not None:
                    self._contents[stage.name] = content
        held.say(keys=[*self._keys.values()])
        wanted, missing = set(self._plan.wanted), set()
        for stage in reversed(self._plan.stages):
            if stage.name in wanted and not self._is_there(stage):
                missing.add(stage.name)
                wanted |= set(stage.needs)
        for stage in self._plan:
            if stage.name in missing:
                self._contents.pop(stage.name, None)  # it may come out otherwise this time
            else:
                key = self._keys.get(stage.name, "")
                meta = self._store.meta(stage.kind, key) if key else {}
                self._results[stage.name] = self._ok(stage, True, meta)
        return missing

    def _is_there(self, stage: Stage) -> bool:
        key = self._keys.get(stage.name)
        if key is None or self._store.find(stage.kind, key) is None:
            return False
        self._store.touch(stage.kind, key)
        return True

    def _carry_out(self, pending: list[Stage], executor: Executor, held: Mark) -> None:
        slots: int | None = getattr(executor, "slots", None)
        running: dict[Future[Outcome], tuple[Stage, News | None]] = {}
        while pending or running:
            for stage in [stage for stage in pending if self._settled(stage)]:
                reason = self._obstacle(stage)
                if reason is None and slots is not None and len(running) >= slots:
                    continue
                pending.remove(stage)
                if reason is not None:
                    self._finish(stage, Outcome(SKIPPED, reason))
                    continue
                task = self._task(stage)
                held.say(keys=[*self._keys.values()])
                if self._is_there(stage):  # what it is made from came out as it was
                    self._finish(stage, Outcome(OK, cached=True))
                else:
                    self._store.news(task.key).unlink(missing_ok=True)
                    running[executor.submit(carry_out, task, self._surroundings)] = stage, None
            if running:
                ended, _ = wait(running, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
                for future in ended:
                    stage, before = running.pop(future)
                    if before is None:
                        self._watcher.started(stage.name)
                    outcome = _outcome(future, getattr(executor, "apart", False))
                    if self._is_tried_again(stage, outcome):
                        pending.insert(0, stage)
                    else:
                        self._finish(stage, outcome)
                for future, (stage, before) in running.items():
                    running[future] = stage, self._tell(stage, before)

    def _is_tried_again(self, stage: Stage, outcome: Outcome) -> bool:
        """Whether a stage that was lost is begun anew; it goes on from its checkpoints."""
        self._tries[stage.name] += 1
        if outcome.status != LOST or self._tries[stage.name] >= MOST_TRIES:
            return False
        self._watcher.noted(stage.name, f"lost, begun again ({outcome.reason})")
        return True

    def _tell(self, stage: Stage, before: News | None) -> News | None:
        """Tell the watcher what is new of a stage under way; returns what is known now."""
        now = news_of(self._store, self._keys[stage.name])
        if now is None or now == before:
            return before
        if before is None:
            self._watcher.started(stage.name)
        if now.note:
            self._watcher.noted(stage.name, now.note)
        elif now.total:
            self._watcher.progressed(stage.name, now.done, now.total)
        return now

    def _settled(self, stage: Stage) -> bool:
        return all(name in self._results for name in stage.needs)

    def _obstacle(self, stage: Stage) -> str | None:
        """Why a stage cannot run: the first input that it needs and that is not there."""
        for name in stage.needs if stage.required is None else stage.required:
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
            for result in (self._results[name] for name in stage.needs)
            if result.status != OK
        ]
        there = {name for name in stage.needs if self._results[name].status == OK}
        inputs = {role: name for role, name in stage.inputs.items() if name in there}
        series = {role: names for role, names in stage.series.items() if there.issuperset(names)}
        key = self._keys[stage.name] = stage.key(self._contents, failed)
        return Task(
            name=stage.own_name,
            kind=stage.kind,
            target=stage.target,
            key=key,
            code=stage.code,
            parameters=stage.told(failed),
            inputs={role: self._folder(name) for role, name in inputs.items()},
            series={role: tuple(map(self._folder, names)) for role, names in series.items()},
            made_from={
                column: {role: of[name] for role, name in inputs.items()}
                | {role: [of[name] for name in names] for role, names in series.items()}
                for column, of in (("inputs", self._keys), ("contents", self._contents))
            },
            uses_device=stage.uses_device,
        )

    def _folder(self, name: str) -> Path:
        return self._store.folder(self._plan[name].kind, self._keys[name])

    def _finish(self, stage: Stage, outcome: Outcome) -> None:
        if outcome.meta is not None:
            try:
                check_seen(self._folder(stage.name))
            except UsageError as error:
                outcome = outcome_of(error)
        if outcome.status == OK:
            kind, key = stage.kind, self._keys[stage.name]
            meta = self._store.meta(kind, key) if outcome.meta is None else outcome.meta
            content = meta.get("content") or self._store.content(kind, key)
            if content is not None:
                self._contents[stage.name] = content
            result = self._ok(stage, outcome.cached, meta, outcome.reason)
        else:
            result = StageResult(
                stage=stage.name,
                status=outcome.status,
                phase=stage.kind,
                reason=outcome.reason,
                seconds=outcome.seconds,
                peak_memory_mb=outcome.peak_memory_mb,
                key=self._keys.get(stage.name, ""),
                bad_input=outcome.bad_input,
                traceback=outcome.traceback,
            )
        self._results[stage.name] = result
        self._watcher.finished(result)

    def _ok(
        self, stage: Stage, cached: bool, meta: Mapping[str, Any], doubt: str = ""
    ) -> StageResult:
        return StageResult(
            stage=stage.name,
            status=OK,
            reason=doubt,
            seconds=meta.get("seconds"),
            peak_memory_mb=meta.get("peak_memory_mb"),
            device=meta.get("device"),
            cached=cached,
            key=self._keys.get(stage.name, ""),
        )


def _outcome(future: Future[Outcome], apart: bool) -> Outcome:
    """What became of a task, also where the executor lost it."""
    try:
        return future.result()
    except CancelledError:
        return lost(LostError("its engine cancelled it")) if apart else _CANCELLED
    except Exception as error:
        return lost(error) if apart else outcome_of(error)


_CANCELLED = Outcome(SKIPPED, "it was cancelled")
