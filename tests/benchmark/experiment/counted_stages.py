"""What worker processes of a counted sweep import first: their stages are entered in a ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmark.engine.artefacts import Artefact
from benchmark.engine.job import Job, Lineage
from benchmark.engine.store import Claim
from benchmark.engine.task import Task
from tests.benchmark import preloaded  # noqa: F401  # the stand-ins
from tests.benchmark.experiment.ledger import BEGUN, PLACED, note

_function, _complete = Task.function, Claim.complete


def _begins(task: Task) -> Callable[[Job], Lineage]:
    function = _function(task)

    def run(job: Job) -> Lineage:
        note(job.store.root, BEGUN, task.kind, task.key)
        return function(job)

    return run


def _completes(claim: Claim, meta: Mapping[str, Any]) -> Artefact:
    artefact = _complete(claim, meta)
    note(claim.store.root, PLACED, claim.kind, claim.key)
    return artefact


Task.function = _begins  # type: ignore[method-assign]
Claim.complete = _completes  # type: ignore[method-assign]
