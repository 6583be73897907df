"""Every built-in generator keeps every promise. What breaks one is in ``benchmark/``."""

from __future__ import annotations

import pytest

from benchmark.analyses.conformance import follows_data
from benchmark.analyses.conformance.candidate import Candidate, clips_for_checks
from benchmark.analyses.conformance.checks import CHECKS, FAILED, SKIPPED, Check, run_check
from generators.registry import GENERATORS, check_generator
from tests.conftest import moving_clips
from tests.new_processes import forking_pool


@pytest.fixture(scope="module")
def candidate_of(tmp_path_factory: pytest.TempPathFactory):
    """Candidates by name: the checks of one generator share its fits."""
    clips, held_back = clips_for_checks(moving_clips(72, classes=12))
    candidates: dict[str, Candidate] = {}

    def candidate(name: str) -> Candidate:
        if name not in candidates:
            folder = tmp_path_factory.mktemp("conformance")
            candidates[name] = Candidate(name, clips, held_back, folder)
        return candidates[name]

    return candidate


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name.replace(" ", "_"))
@pytest.mark.parametrize("name", GENERATORS)
def test_a_built_in_generator_keeps_its_promises(
    name: str, check: Check, candidate_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follows_data, "LocalPool", forking_pool)
    result = run_check(candidate_of(name), check)
    assert result.status != FAILED, f"{result.reason}\n{result.traceback}"
    if result.status == SKIPPED:
        learns = "train_steps" in check_generator(name, "smoke", {})
        assert not learns, f"a trained generator skips '{check.name}': {result.reason}"
        pytest.skip(result.reason)
