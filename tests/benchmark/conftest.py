from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.executors.inline import InlineExecutor
from benchmark.experiment import kinds
from benchmark.experiment.api import Workplace
from benchmark.spec import RunSpec
from tests.benchmark import fakes

kinds.CODE = replace(kinds.CODE, packages=(*kinds.CODE.packages, "tests"))
"""Of somebody's own package all modules count; with all tests among them plans would be slow."""


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick stand-ins for training and drawing, in this process."""
    put_stand_ins(monkeypatch)


def put_stand_ins(patch: pytest.MonkeyPatch) -> None:
    for name, module in fakes.modules().items():
        patch.setitem(sys.modules, name, module)
    for name, value in fakes.attributes().items():
        patch.setattr(name, value)


def in_this_process(out: Path) -> Workplace:
    return Workplace(out=out, device="cpu", executor=lambda stages: InlineExecutor())


@pytest.fixture
def here(tmp_path: Path) -> Workplace:
    """A workplace that carries stages out in this process."""
    return in_this_process(tmp_path / "results")


@pytest.fixture
def pool(tmp_path: Path) -> Workplace:
    """A workplace with two worker processes that use the stand-ins."""
    return Workplace(
        out=tmp_path / "results", device="cpu", workers=2, preload=("tests.benchmark.preloaded",)
    )


def tiny_spec(**changes: Any) -> RunSpec:
    values = {
        "generator": fakes.GENERATOR,
        "dataset": fakes.DATASET,
        "split": "50pct",
        "samples": 160,
        "seeds": 2,
        "repetitions": 4,
        "judges": ["st_trans"],
    }
    return RunSpec.parse({**values, **changes})
