"""What tests of commands share."""

from __future__ import annotations

import dataclasses

import pytest


@pytest.fixture
def stages_in_this_process(stand_ins: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker processes: they are not what is tested, and each takes seconds to start."""
    from benchmark.engine.executors.inline import InlineExecutor
    from benchmark.experiment.api import Workplace

    monkeypatch.setattr(Workplace, "make_executor", lambda workplace, stages: InlineExecutor())


@pytest.fixture
def stand_ins_in_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmark.experiment import api

    plain = api.Workplace
    monkeypatch.setattr(
        api,
        "Workplace",
        lambda **fields: dataclasses.replace(
            plain(**fields), preload=("tests.benchmark.preloaded",)
        ),
    )
