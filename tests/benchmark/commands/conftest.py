"""What tests of commands share."""

from __future__ import annotations

import dataclasses

import pytest


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
