"""A run as a command of its own, for tests that kill it; its one argument is ``out``."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmark.experiment.api import Workplace, run
from tests.benchmark.conftest import tiny_spec

if __name__ == "__main__":
    workplace = Workplace(
        out=Path(sys.argv[1]), device="cpu", workers=1, preload=("tests.benchmark.preloaded",)
    )
    metrics = ("fid", "accuracy", "bone_change")
    result = run(tiny_spec(seeds=1, samples=40, repetitions=2, metrics=metrics), workplace)
    heavy = sorted({"torch", "matplotlib", "scipy"} & sys.modules.keys())
    print(result.status, sum(not stage.cached for stage in result.stages), *heavy)
