"""Every built-in generator keeps every promise. What breaks one is in ``benchmark/``."""

from __future__ import annotations

import pytest

from benchmark.analyses.conformance.checks import CHECKS, FAILED, SKIPPED, Check, run_check
from benchmark.analyses.conformance.subject import Subject, clips_for_checks
from generators.registry import GENERATORS, check_generator
from tests.conftest import moving_clips


@pytest.fixture(scope="module")
def subject_of(tmp_path_factory: pytest.TempPathFactory):
    """Subjects by name: the checks of one generator share its fits."""
    clips, held_back = clips_for_checks(moving_clips(72, classes=12))
    subjects: dict[str, Subject] = {}

    def subject(name: str) -> Subject:
        if name not in subjects:
            folder = tmp_path_factory.mktemp("conformance")
            subjects[name] = Subject(name, clips, held_back, folder)
        return subjects[name]

    return subject


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name.replace(" ", "_"))
@pytest.mark.parametrize("name", GENERATORS)
def test_a_built_in_generator_keeps_its_promises(name: str, check: Check, subject_of) -> None:
    result = run_check(subject_of(name), check)
    assert result.status != FAILED, f"{result.reason}\n{result.traceback}"
    if result.status == SKIPPED:
        learns = "train_steps" in check_generator(name, "smoke", {})
        assert not learns, f"a trained generator skips '{check.name}': {result.reason}"
        pytest.skip(result.reason)
