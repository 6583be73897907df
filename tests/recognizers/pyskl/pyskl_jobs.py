"""PYSKL jobs for tests, with the test doubles in fake_pyskl/."""

from __future__ import annotations

import stat
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizers.pyskl.availability import chosen_way
from recognizers.pyskl.job import train_and_score_job
from recognizers.recipe_table import RECIPES
from recognizers.training import Batches
from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet

DOUBLES = Path(__file__).parent / "fake_pyskl"
ROOM = Path(__file__).parents[3]
STEPS = 5
RECIPE = replace(RECIPES["stgcn++", "quick"], batch=4)

Run = Callable[..., Float32Array]


def program(path: Path, *words: object) -> Path:
    """A program that is another one with its first words."""
    path.write_text('#!/bin/sh\nexec {} "$@"\n'.format(" ".join(f"'{word}'" for word in words)))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def pyskl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    python = program(tmp_path / "python", sys.executable, DOUBLES / "python.py")
    monkeypatch.setenv("PYSKL_ROOT", str(DOUBLES / "root"))
    monkeypatch.setenv("PYSKL_PYTHON", str(python))
    monkeypatch.setenv("PYTHONPATH", str(ROOM))
    for name in ("PYSKL_WAY", "PYSKL_GPUS", "PYSKL_TIMEOUT", "FAKE_PYSKL", "FAKE_GPUS"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def run(pyskl: pytest.MonkeyPatch, clips: ClipSet, tmp_path: Path) -> Run:
    train = clips.select(np.arange(20), "train")
    test = clips.select(np.arange(30)[::-2], "test")

    def call(**changes: object) -> Float32Array:
        recipe = changes.pop("recipe", RECIPE)
        batches = Batches(len(train), recipe.batch, 0)
        settings = {
            "recipe": recipe,
            "order": np.concatenate([batches.rows(step) for step in range(STEPS)]),
            "steps": STEPS,
            "seed": 0,
            "folder": tmp_path / "job",
            "job": chosen_way(),
            "progress": lambda done, total: None,
            **changes,
        }
        parts = {"train": train, "test": test, **settings}
        return train_and_score_job("stgcn++", "joint", **parts)

    call.test = test
    return call


def expected(test: ClipSet) -> Float32Array:
    """What the double in tools/train.py says of the test clips."""
    rows = []
    for clip in (test[row] for row in range(len(test))):
        logits = np.zeros(len(test.classes), np.float32)
        logits[clip.label] = 1.0
        logits[0] += clip.joints.sum()
        rows.append(np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum())
    return np.asarray(rows)


def alive(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def assert_ended(folder: Path, count: int) -> None:
    """All processes of the double have ended, or do so within seconds."""
    processes = [int(file.read_text()) for file in (folder / "work").glob("process-*")]
    assert len(processes) == count
    deadline = time.monotonic() + 10
    while any(alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(process) for process in processes)
