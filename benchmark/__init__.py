"""The application: a run as data, its stages, the store of artefacts, tables and the command line.

``benchmark.run(RunSpec(generator="st_guided_ddpm", split="10pct"))`` is what the command line does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.experiment.api import RunResult, Workplace, run
    from benchmark.spec import RunSpec

__all__ = ["RunResult", "RunSpec", "Workplace", "run"]

_HOMES = {
    "RunSpec": "benchmark.spec",
    "RunResult": "benchmark.experiment.api",
    "Workplace": "benchmark.experiment.api",
    "run": "benchmark.experiment.api",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: ``--help`` must not wait for pydantic."""
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'benchmark' has no attribute '{name}'")
