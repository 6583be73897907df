"""A run in a process of its own, for tests that kill it; as a command, its one argument is
``out``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmark.experiment.api import RunResult, Workplace, run
from tests.benchmark.conftest import tiny_spec


def tiny_run(out: Path) -> RunResult:
    """Carry it out with one worker."""
    workplace = Workplace(out=out, device="cpu", workers=1, preload=("tests.benchmark.preloaded",))
    metrics = ("fid", "accuracy", "bone_change")
    return run(tiny_spec(seeds=1, samples=40, repetitions=2, metrics=metrics), workplace)


def tiny_run_with(environment: Mapping[str, str], out: Path) -> None:
    """Carry it out with more in the environment, which its worker inherits."""
    os.environ.update(environment)
    tiny_run(out)


if __name__ == "__main__":
    result = tiny_run(Path(sys.argv[1]))
    heavy = sorted({"torch", "matplotlib", "scipy"} & sys.modules.keys())
    print(result.status, sum(not stage.cached for stage in result.stages), *heavy)
