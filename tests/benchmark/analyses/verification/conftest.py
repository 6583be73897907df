from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmark.experiment.api import run
from tests.benchmark import fakes
from tests.benchmark.analyses.verification.stored_runs import METRICS, inline
from tests.benchmark.conftest import tiny_spec


@pytest.fixture(scope="package")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one run, made once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, module in fakes.modules().items():
            patch.setitem(sys.modules, name, module)
        for name, value in fakes.attributes().items():
            patch.setattr(name, value)
        out = tmp_path_factory.mktemp("verify") / "results"
        assert run(tiny_spec(metrics=METRICS), inline(out)).status == "ok"
    return out


@pytest.fixture
def out(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(original, tmp_path / "results"))
