"""What worker processes of the tests import first: the stand-ins, and pauses in every stage."""

from __future__ import annotations

from typing import Any

from benchmark.experiment import stages
from tests.benchmark import fakes

fakes.put_in_place()

_function = stages.Kind.function


def _pausing(kind: stages.Kind) -> Any:
    """The stage function, pausing when its folder is full but not yet an artefact."""
    name = next(name for name, other in stages.KINDS.items() if other is kind)
    function = _function(kind)

    def run(job: stages.Job) -> stages.Lineage:
        lineage = function(job)
        if name in ("data", "sample", "measure", "score", "tables"):
            fakes.pause_if_asked(name)
        return lineage

    return run


stages.Kind.function = _pausing  # type: ignore[method-assign]
