"""A training that is killed again and again, at random moments, still ends, and with the same."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmark.engine.store import Store
from tests.benchmark.engine.killed_training import STEPS

ROOT = Path(__file__).parents[3]
MOST_KILLS = 60


def _start(root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.benchmark.engine.killed_training", str(root)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _begun(root: Path) -> list[int]:
    """The first step that each attempt came to."""
    try:
        return [int(line) for line in (root / "begun").read_text().splitlines()]
    except OSError:
        return []


@pytest.mark.slow
def test_a_training_that_is_killed_at_random_moments_ends_with_equal_bytes(tmp_path: Path) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    assert _start(undisturbed).communicate()[0].startswith("ok")
    chance = random.Random(0)
    for kills in range(MOST_KILLS):  # noqa: B007
        before = len(_begun(killed))
        with _start(killed) as process:
            while process.poll() is None and len(_begun(killed)) == before:
                time.sleep(0.01)
            try:
                process.wait(chance.uniform(0.2, 3.0))
            except subprocess.TimeoutExpired:
                process.kill()
        if process.returncode == 0:
            break
    else:
        raise AssertionError(f"not done after {MOST_KILLS} kills: began at {_begun(killed)}")
    begun = _begun(killed)
    assert begun == sorted(begun)
    assert 1 < begun[-1] <= STEPS, "it never went on from a checkpoint"
    (folder,), (expected,) = ([*root.glob("fit/*")] for root in (killed, undisturbed))
    name = "weights.safetensors"
    assert (folder / name).read_bytes() == (expected / name).read_bytes()
    assert Store(killed).meta("fit", folder.name)["resumed"]
    print(f"{kills} kills; began at {begun}")
