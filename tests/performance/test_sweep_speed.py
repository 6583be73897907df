"""What planning a grid costs: cells checked and told apart, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_SECONDS = {5_000: 4.0, 100_000: 10.0}
MOST_MB = 500

CHILD = """
import json, resource, sys
from benchmark.experiment.sweep import Sweep
cells = int(sys.argv[1])
grid = {
    "generator": ["ddpm", "st_guided_ddpm", "mdm", "actor", "classical"],
    "split": ["5pct", "10pct", "20pct", "50pct", "full"],
    "recipe.synthetic_share": [0.25, 0.5],
    "recognizers": ["stgcn++", "ctrgcn"],
    "seed": list(range(cells // 100)),
}
sweep = Sweep.parse({"base": {"arms": ["real", "real+synthetic@5"]}, "grid": grid}, "large")
count = sweep.cells.count()
used = resource.getrusage(resource.RUSAGE_SELF)
# Its own peak: that of getrusage begins with the parent's.
with open("/proc/self/status") as status:
    peak = next(line for line in status if line.startswith("VmHWM"))
print(json.dumps({"cells": count.cells, "runs": count.runs, "problems": len(count.problems),
                  "seconds": used.ru_utime + used.ru_stime, "mb": int(peak.split()[1]) / 1024}))
"""


@pytest.mark.parametrize("cells", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_planning_takes_seconds_and_little_memory(benchmark, cells):
    def plan() -> dict[str, float]:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(cells)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(json.loads(done.stdout))

    told = benchmark.pedantic(plan, rounds=1)
    benchmark.extra_info.update(told)
    assert (told["cells"], told["runs"], told["problems"]) == (cells, cells, 0)
    assert told["seconds"] < MOST_SECONDS[cells]
    assert told["mb"] < MOST_MB
