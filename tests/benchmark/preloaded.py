"""What worker processes of the tests import first: the stand-ins, and pauses in every stage."""

from __future__ import annotations

from typing import Any

from benchmark.engine.task import Task
from tests.benchmark import fakes

fakes.put_in_place()

_function = Task.function


def _pausing(task: Task) -> Any:
    """The stage function, pausing when its folder is full but not yet an artefact."""
    function = _function(task)

    def run(job: Any) -> Any:
        lineage = function(job)
        if task.kind in ("data", "sample", "measure", "score", "tables"):
            fakes.pause_if_asked(task.kind)
        return lineage

    return run


Task.function = _pausing  # type: ignore[method-assign]
