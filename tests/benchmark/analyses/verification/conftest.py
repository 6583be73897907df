from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmark.experiment.api import run
from tests.benchmark.analyses.verification.stored_runs import METRICS, inline
from tests.benchmark.conftest import put_stand_ins, tiny_spec


@pytest.fixture(scope="package")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one run, made once."""
    with pytest.MonkeyPatch.context() as patch:
        put_stand_ins(patch)
        out = tmp_path_factory.mktemp("verify") / "results"
        assert run(tiny_spec(metrics=METRICS), inline(out)).status == "ok"
    return out


@pytest.fixture
def out(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(original, tmp_path / "results"))
