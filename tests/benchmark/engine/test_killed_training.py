"""A training that is killed again and again, at random moments, still ends, and with the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.engine.executors.inline import InlineExecutor
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.scheduler import Scheduler
from benchmark.engine.store import Store
from benchmark.engine.task import Surroundings
from tests.benchmark.engine.killed_training import STEPS

ROOT = Path(__file__).parents[3]
WEIGHTS = "weights.safetensors"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_training_that_is_killed_at_random_moments_ends_with_equal_bytes(tmp_path: Path) -> None:
    killed, undisturbed = Store(tmp_path / "killed"), Store(tmp_path / "undisturbed")
    command = [sys.executable, "-m", "tests.benchmark.engine.killed_training", str(killed.root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] >= 1, "it was never killed"
    assert told["begun"] == sorted(told["begun"])
    assert 1 < told["begun"][-1] <= STEPS, "it never went on from a checkpoint"
    stage = Stage("fit", "fit", "tests.benchmark.engine.killed_training:train", {}, code="1")
    plan = Plan((stage,), ("fit",))
    surroundings = Surroundings(undisturbed.root)
    key = Scheduler(plan, surroundings).run(lambda count: InlineExecutor())["fit"].key
    weights = [store.folder("fit", key) / WEIGHTS for store in (killed, undisturbed)]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    assert killed.meta("fit", key)["resumed"]
    print(told)
