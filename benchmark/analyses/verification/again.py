"""Carry stages out again, beside the store, on the artefacts that the store holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from benchmark.analyses.verification.array_differences import load_arrays
from benchmark.engine.executors import OK, Executor, Outcome, Task
from benchmark.engine.executors.carry_out import outcome_of
from benchmark.engine.scheduler import StageResult, Watcher, ended_tasks
from benchmark.experiment.api import Workplace
from benchmark.experiment.stage_making import code_of, module_of, training_code
from benchmark.experiment.stages import KINDS, Job
from benchmark.experiment.stages.data import stored_test
from benchmark.experiment.stages.downstream import training_set, write_predictions, write_result
from skeletons.errors import InputError

SLOW = ("featurise", "measure")
"""Kinds that look at every frame of the clips; ``--quick`` leaves them out."""
RECOUNTED = "downstream"
"""The kind whose training is not repeated: its result is counted again from its predictions."""
WAVES = (SLOW, ("score", RECOUNTED), ("fuse",), ("tables",))
"""Kinds that are derived again, each wave on what came of those before it."""


class Hands:
    """Workers that make artefacts under ``workplace.out``, a folder of their own.

    They have one thread each, as in a run, so that on the same machine they make the same bits.
    """

    def __init__(self, workplace: Workplace, watcher: Watcher) -> None:
        self._workplace = workplace
        self._watcher = watcher
        self._executor: Executor | None = None

    def __enter__(self) -> Hands:
        self._workplace.store.prepare()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._executor is not None:
            self._executor.close()

    def carry_out(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Make each task's artefact; it comes with its outcome as soon as it ended."""
        pending = list(reversed(tasks))
        running: dict[str, Task] = {}
        while pending or running:
            if pending and pending[-1].kind == RECOUNTED:
                yield self._recount(pending.pop())
                continue
            if self._executor is None:
                self._executor = self._workplace.make_executor(len(pending))
            while pending and len(running) < self._executor.slots:
                if pending[-1].kind == RECOUNTED:
                    break
                task = pending.pop()
                running[task.name] = task
                self._executor.submit(task)
            for name, outcome in ended_tasks(self._executor, self._watcher):
                yield self._ended(running.pop(name), outcome)

    def _recount(self, task: Task) -> tuple[Task, Outcome]:
        self._watcher.started(task.name)

        def build(folder: Path) -> Mapping[str, Any]:
            return recount(self._job(task, folder))

        try:
            self._workplace.store.make(task.kind, task.key, build)
        except Exception as error:  # an older artefact may lack anything
            return self._ended(task, outcome_of(error))
        return self._ended(task, Outcome(OK))

    def _job(self, task: Task, folder: Path) -> Job:
        store = self._workplace.store
        return Job(
            name=task.name,
            parameters=task.parameters,
            inputs=task.inputs,
            folder=folder,
            scratch=store.scratch(task.key),
            code=task.code,
            store=store,
            device_option="cpu",
        )

    def _ended(self, task: Task, outcome: Outcome) -> tuple[Task, Outcome]:
        meta = self._workplace.store.meta(task.kind, task.key)
        self._watcher.finished(
            StageResult(
                stage=task.name,
                status=outcome.status,
                reason=outcome.reason,
                seconds=meta.get("seconds"),
                key=task.key,
            )
        )
        return task, outcome


def recount(job: Job) -> dict[str, Any]:
    """Write ``result.json`` of a recognizer from its stored predictions and its training set.

    Its inputs are those of its training and, as ``predictions``, the artefact itself.

    Raises:
        InputError: the predictions are not those of the data's test clips.
    """
    stored = load_arrays(job.inputs["predictions"] / "predictions.npz")
    test = stored_test(job.inputs["data"])
    if not np.array_equal(stored["ids"], test.ids):
        raise InputError("predictions.npz is not about the test clips of the data, in their order")
    wrong = np.flatnonzero(stored["labels"] != test.labels)
    if len(wrong):
        raise InputError(f"predictions.npz has another label for test clip '{test.ids[wrong[0]]}'")
    if "scores" not in stored:
        raise InputError("predictions.npz has no class probabilities, an older version wrote it")
    scores = stored["scores"].astype(np.float32)
    write_predictions(job.folder, test, scores)
    write_result(job.folder, test, scores, training_set(job).sizes)
    return {}


def code_today(kind: str, parameters: Mapping[str, Any]) -> str:
    """Today's code version of a kind that is derived again; ``""`` where its metrics or
    its recognizer are gone."""
    if kind not in KINDS:
        return ""
    try:
        if kind == RECOUNTED:
            return training_code(parameters["recognizer"])
        names = parameters.get("metrics", ()) if kind == "score" else ()
        return code_of(kind, [path for name in names for path in module_of(name)])
    except (ImportError, TypeError, ValueError, KeyError, InputError):
        return ""
