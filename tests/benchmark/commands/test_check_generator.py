from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.analyses.conformance.checks import (
    CHECKS,
    FAILED,
    OK,
    SKIPPED,
    CheckResult,
    run_checks,
)
from benchmark.analyses.conformance.overfit import nearest_sample, overfit
from benchmark.analyses.conformance.subject import Subject, clips_for_checks, first_of_each_class
from benchmark.commands.app import run_command_line
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from tests.conftest import moving_clips

BROKEN = "tests.benchmark.broken_generators"


def results_of(name: str, folder: Path) -> dict[str, CheckResult]:
    clips, held_back = clips_for_checks(moving_clips(24, classes=4))
    subject = Subject(f"{BROKEN}:{name}", clips, held_back, folder)
    return {result.check.name: result for result in run_checks(subject)}


@pytest.mark.parametrize("name", ["Sound", "Crops"])
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


def test_the_nearest_sample_of_the_class_counts_wherever_it_stands_and_faces() -> None:
    train = moving_clips(3)
    clips = [clip.joints for clip in (train[0], train[1], train[2])]
    turned = clips[0][..., [2, 1, 0]] * np.asarray([-1, 1, 1]) + np.asarray([3.0, 0.0, -2.0])
    shifted = np.array(clips[1])
    shifted[:, 5:] += np.asarray([0.0, 0.0, 0.24])
    far = np.array(clips[1]) + np.linspace(0, 9, len(clips[1]))[:, None, None]
    samples = ClipSet.of(
        train.skeleton, train.classes, [turned, far, shifted, clips[2], clips[1]], [0, 1, 1, 2, 2]
    )
    found = nearest_sample(train, samples)
    share_of_joints = (len(train.skeleton) - 5) / len(train.skeleton)
    assert found.errors == pytest.approx([0, 0.24 * share_of_joints, 0], abs=1e-3)
    assert found.error == pytest.approx(found.errors.mean())
    assert found.share == pytest.approx(found.error / found.yardstick)


def test_the_yardstick_is_the_mean_distance_between_classes() -> None:
    train = moving_clips(2, classes=2)
    swapped = ClipSet.of(
        train.skeleton, train.classes, [train[1].joints, train[0].joints], [0, 1], name="swapped"
    )
    assert nearest_sample(train, swapped).share == pytest.approx(1.0)


def test_overfit_errors_say_what_is_missing() -> None:
    train = moving_clips(6)
    with pytest.raises(InputError, match="two classes"):
        nearest_sample(train.select(train.labels == 0), train)
    with pytest.raises(InputError, match="no sample of class 2"):
        nearest_sample(train, train.select(train.labels < 2))


def test_a_generator_that_copies_overfits_and_one_of_other_clips_does_not() -> None:
    train = moving_clips(12)
    copies = overfit(f"{BROKEN}:Sound", train, settings={"noise": 0.0})
    assert copies.learnt()
    assert not overfit(f"{BROKEN}:Sound", train, settings={"noise": 0.3}).learnt()


def test_poses_count_apart_from_the_path() -> None:
    train = moving_clips(4, classes=2)
    walked = [clip.joints + np.linspace(0, 5, len(clip.joints))[:, None, None] for clip in train]
    samples = ClipSet.of(train.skeleton, train.classes, walked, train.labels)
    assert nearest_sample(train, samples, poses_only=True).error == pytest.approx(0, abs=1e-3)
    assert nearest_sample(train, samples).error > 1.0


def on_moving_clips(*arguments: str) -> list[str]:
    return ["check-generator", *arguments, "--dataset", f"{BROKEN}:Moving"]


def test_the_command_shows_a_table_and_exits_with_0_where_nothing_failed(capsys) -> None:
    assert run_command_line(on_moving_clips(f"{BROKEN}:Sound")) == 0
    output = capsys.readouterr().out
    assert "16 ok, 0 failed, 0 skipped" in output
    assert all(f"{check.name} " in output for check in CHECKS)


def test_the_command_shows_the_traceback_of_the_users_code_once_and_exits_with_1(capsys) -> None:
    assert run_command_line(on_moving_clips(f"{BROKEN}:NeedsALabel")) == 1
    output = capsys.readouterr().out
    assert "15 ok, 1 failed" in output
    assert output.count("Traceback") == 1
    assert 'assert len(labels) > 0, "no labels"' in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ddmp"], "unknown generator 'ddmp': did you mean 'ddpm'"),
        (["ddpm", "--set", "widht=64"], "did you mean 'width'"),
        (["ddpm", "--profile", "smok"], "did you mean 'smoke'"),
        (["ddpm", "--dataset", "kinematic"], "unknown dataset 'kinematic'"),
        (["ddpm", "--device", "gpu"], "unknown device 'gpu'"),
        (["ddpm", "--overfit", "--overfit-limit", "0"], "--overfit-limit 0.0 is not above 0"),
        ([], "generator"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, message, capsys) -> None:
    assert run_command_line(["check-generator", *arguments]) == 2
    output = capsys.readouterr()
    assert message in output.err.lower() if not arguments else message in output.err
    assert len(output.err.splitlines()) == 1
    assert output.out == ""


def test_the_overfit_test_says_how_close_and_whether_that_is_enough(capsys) -> None:
    overfitting = on_moving_clips(f"{BROKEN}:Sound", "--overfit")
    assert run_command_line([*overfitting, "--set", "noise=0.0"]) == 0
    output = capsys.readouterr().out
    assert "fitted on 3 clips" in output
    assert "pass (limit 25 %)" in output
    assert run_command_line([*overfitting, "--set", "noise=0.3"]) == 1
    assert "not learnt" in capsys.readouterr().out
