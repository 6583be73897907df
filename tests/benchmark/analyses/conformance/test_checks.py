"""Each check finds the generator that breaks its promise, and no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.analyses.conformance import follows_data
from benchmark.analyses.conformance.candidate import (
    Candidate,
    clips_for_checks,
    equal,
    first_of_each_class,
)
from benchmark.analyses.conformance.checks import (
    CHECKS,
    FAILED,
    OK,
    SKIPPED,
    CheckResult,
    run_checks,
)
from benchmark.analyses.conformance.follows_data import other_clips
from tests.benchmark.broken_generators import RemembersInAFile
from tests.conftest import moving_clips
from tests.new_processes import forking_pool

BROKEN = "tests.benchmark.broken_generators"


@pytest.fixture(autouse=True)
def quick_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follows_data, "LocalPool", forking_pool)


def results_of(name: str, folder: Path) -> dict[str, CheckResult]:
    clips, held_back = clips_for_checks(moving_clips(24, classes=4))
    candidate = Candidate(f"{BROKEN}:{name}", clips, held_back, folder)
    return {result.check.name: result for result in run_checks(candidate)}


@pytest.mark.parametrize("name", ["Sound", "Crops", "RemembersByContent"])
def test_a_sound_generator_passes_all_checks(name: str, tmp_path: Path) -> None:
    results = results_of(name, tmp_path)
    assert {result.status for result in results.values()} == {OK}
    assert list(results) == [check.name for check in CHECKS]


@pytest.mark.parametrize(
    ("name", "check", "reason"),
    [
        ("NeedsTwo", "fits on 1", "ZeroDivisionError: variance of one clip"),
        ("NeedsALabel", "labels", "AssertionError: no labels"),
        ("WrongOrder", "labels", "asked for the labels"),
        ("NoClips", "clips", "sample returns list, not a ClipSet"),
        ("NotANumber", "clips", "NaN or infinite coordinates"),
        ("SameIds", "clips", "two clips have the same id"),
        ("Millimetres", "unit", "another unit"),
        ("OneLength", "lengths", "have one length, real ones differ"),
        ("TooLong", "lengths", "gives the sample away"),
        ("Unseeded", "deterministic", "sampled twice"),
        ("FitsUnseeded", "deterministic", "fitted twice"),
        ("RemembersClips", "follows its data", "still gives the samples of the first ones"),
        ("RemembersByShape", "follows its data", "still gives the samples of the first ones"),
        ("RemembersItsMean", "follows its data", "part of an earlier fit is kept"),
        ("RemembersLengths", "follows its data", "part of an earlier fit is kept"),
        ("IgnoresSeed", "not constant", "another seed gives the same clips"),
        ("Constant", "not constant", "have the same poses"),
        ("Lossy", "save and load", "gives other clips"),
        ("RemembersItsFolder", "save and load", "FileNotFoundError"),
        ("Pickles", "files", "state.bin is a pickle"),
        ("TorchSaves", "files", "weights holds a pickle"),
        ("PicklesInArrays", "files", "means.npz cannot be read without pickles"),
        ("StartsAgain", "resumes", "starts again from nothing"),
        ("ResumesWrongly", "resumes", "other samples than one that ran through"),
        ("CannotBeStopped", "resumes", "did not end the fit"),
        ("NumpyHog", "memory", "each takes"),
        ("TorchHog", "memory", "each takes"),
        ("LayerWithoutBatches", "memory", "give a network tensors"),
        ("TakesAnyName", "parameters", "is taken without a word"),
        ("TakesAnyValue", "parameters", "give them types"),
        ("MovesClips", "clips untouched", "changes the clips"),
        ("SortsLabels", "clips untouched", "changes the labels"),
        ("SeedsNumpy", "random state", "sample moves the global state of numpy.random"),
        ("SeedsPython", "random state", "sample moves the global state of random"),
        ("SeedsTorch", "random state", "fit moves the global state of torch"),
        ("TripsOverUnknownLabel", "unfitted label", "IndexError"),
    ],
)
def test_a_broken_promise_fails_its_check_and_no_other(
    name: str, check: str, reason: str, tmp_path: Path
) -> None:
    results = results_of(name, tmp_path)
    assert [result.check.name for result in results.values() if result.status == FAILED] == [check]
    assert reason in results[check].reason
    assert "\n" not in results[check].reason


def test_clips_that_are_kept_in_a_file_are_found_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr(RemembersInAFile, "folder", kept, raising=False)
    results = results_of("RemembersInAFile", tmp_path)
    assert results["follows its data"].status == FAILED
    assert "still gives the samples of the first ones" in results["follows its data"].reason


def test_the_other_clips_differ_in_values_and_lengths_alone() -> None:
    clips, _ = clips_for_checks(moving_clips(24, classes=4))
    others = other_clips(clips)
    assert others.frames.shape == clips.frames.shape
    for name in ("labels", "ids", "subjects", "views"):
        np.testing.assert_array_equal(getattr(others, name), getattr(clips, name))
    assert not equal(others, clips)
    for label in range(len(clips.classes)):
        known, new = (sorted(one.lengths[one.labels == label]) for one in (clips, others))
        assert known != new


def test_where_nothing_can_be_sampled_the_reason_is_told_by_the_first_check(
    tmp_path: Path,
) -> None:
    results = results_of("TwoJointsShort", tmp_path)
    assert results["fits"].status == FAILED
    assert "has 22 joints, the skeleton smpl24 has 24" in results["fits"].reason
    others = [name for name, result in results.items() if result.status == FAILED]
    assert others == ["fits", "fits on 1"], "those that make a fit of their own say it again"


def test_where_nothing_can_be_fitted_the_other_checks_are_skipped_and_the_code_is_shown(
    tmp_path: Path,
) -> None:
    results = results_of("CannotFit", tmp_path)
    fits = results.pop("fits")
    assert fits.status == FAILED
    assert fits.reason == "RuntimeError: the moon is in the wrong place"
    assert "broken_generators.py" in fits.traceback
    assert "conformance" not in fits.traceback
    needing_no_shared_fit = ("fits on 1", "parameters", "unfitted label")
    for name, result in results.items():
        assert (result.status == SKIPPED) == (name not in needing_no_shared_fit), name


def test_a_generator_without_progress_and_parameters_skips_what_does_not_apply(
    tmp_path: Path,
) -> None:
    results = results_of("Plain", tmp_path)
    skipped = {name for name, result in results.items() if result.status == SKIPPED}
    assert skipped == {"resumes", "parameters"}
    assert FAILED not in {result.status for result in results.values()}


def test_clips_for_checks_are_ragged_and_the_held_back_ones_are_others() -> None:
    train = moving_clips(40, classes=4)
    clips, held_back = clips_for_checks(train)
    assert clips.class_counts().tolist() == held_back.class_counts().tolist() == [3] * 4
    assert {1, 2} <= set(clips.lengths.tolist())
    assert clips.lengths.max() > train.lengths.max()
    assert not set(clips.ids) & set(held_back.ids)
    assert first_of_each_class(clips).lengths.min() >= train.lengths.min()
