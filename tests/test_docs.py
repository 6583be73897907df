"""The pages that users copy from must run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmark.analyses.conformance.candidate import Candidate, clips_for_checks
from benchmark.analyses.conformance.checks import CHECKS, FAILED, run_checks
from benchmark.commands.app import run_command_line
from generators.protocol import FitContext
from generators.registry import load_generator, make_generator
from tests.conftest import moving_clips

PAGE = Path(__file__).parent.parent / "docs" / "adding-a-generator.md"


@pytest.fixture
def mixing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the page's code as ``mixing.py``, where Python finds it."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    assert len(code.splitlines()) < 60
    (tmp_path / "mixing.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_the_generator_of_the_docs_is_short_and_works(mixing: Path) -> None:
    generator = make_generator("mixing:Mixing", "quick", {})
    clips = moving_clips(9)
    generator.fit(clips, FitContext(seed=0))
    generator.save(mixing)
    labels = np.asarray([2, 0, 0, 1])
    samples = load_generator("mixing:Mixing", mixing).sample(labels, 5)
    assert samples.labels.tolist() == [2, 0, 0, 1]
    assert np.array_equal(samples.frames, generator.sample(labels, 5).frames)
    assert np.isfinite(samples.frames).all()
    assert len(generator.sample(labels[:0], 0)) == 0


def test_the_generator_of_the_docs_keeps_its_promises(mixing: Path) -> None:
    clips, held_back = clips_for_checks(moving_clips(36, classes=6))
    candidate = Candidate("mixing:Mixing", clips, held_back, mixing / "work")
    failed = [result for result in run_checks(candidate) if result.status == FAILED]
    assert not failed, [(result.check.name, result.reason) for result in failed]


def test_the_output_in_the_docs_is_what_the_command_prints(
    mixing: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")  # the page's lines are not broken
    dataset = "tests.benchmark.broken_generators:Moving"
    assert run_command_line(["check-generator", "mixing:Mixing", "--dataset", dataset]) == 0
    printed, page = capsys.readouterr().out, PAGE.read_text()
    for check in CHECKS:
        (shown,) = re.findall(rf"^{check.name} +(?:ok|skipped) .*?(?= *\d\.\d$)", page, re.M)
        assert shown in printed
