"""Curves of accuracy against the split, from hand-made run folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.comparisons.accuracy_curves import accuracy_curves
from benchmark.records.run_folder import RunFolder
from metrics.value import Undefined
from tests.benchmark.run_folders import run_of

ARMS = ("real", "real+synthetic", "oracle")


def at(folder: Path, split: str, real: int, **options: object) -> RunFolder:
    """A run at a split of so many real clips."""
    name = f"{split}-{'-'.join(map(str, options.values()))}"
    options = {"arms": ARMS, "people": 6, **options}
    return run_of(folder, name, split=split, n_real=real, **options)


def test_a_curve_has_a_point_a_split_and_arm_with_the_fewest_clips_first(tmp_path: Path) -> None:
    runs = [at(tmp_path, "20shot", 240), at(tmp_path, "5shot", 60)]
    (curve,) = accuracy_curves([(run,) for run in runs])
    assert curve.splits == {"5shot": 60, "20shot": 240}
    assert list(curve.arms) == list(ARMS)
    for points in curve.arms.values():
        assert [point.real for point in points] == [60, 240]
    control, augmented = (curve.arms[arm][0].accuracy for arm in ARMS[:2])
    assert not isinstance(control, Undefined)
    assert not isinstance(augmented, Undefined)
    assert control.low < control.mean < control.high
    assert augmented.mean == pytest.approx(control.mean + 0.1, abs=0.06)
    assert control.varies == "people and seeds"


def test_trainings_of_a_generator_are_one_point(tmp_path: Path) -> None:
    trainings = [
        tuple(at(tmp_path, split, real, generator_seed=seed) for seed in (0, 1))
        for split, real in (("5shot", 60), ("20shot", 240))
    ]
    (curve,) = accuracy_curves(trainings)
    assert {arm: len(points) for arm, points in curve.arms.items()} == dict.fromkeys(ARMS, 2)


@pytest.mark.parametrize(
    "other",
    [
        {"generator": "mdm"},
        {"dataset": "nw_ucla"},
        {"protocol": "official"},
        {"profile": "paper"},
        {"settings": {"steps": 10}},
        {"recipe": {"epochs": 3}},
    ],
    ids=lambda other: next(iter(other)),
)
def test_runs_that_differ_in_more_than_their_split_are_no_curve(
    tmp_path: Path, other: dict[str, object]
) -> None:
    runs = [at(tmp_path, "5shot", 60), at(tmp_path, "20shot", 240, **other)]
    assert accuracy_curves([(run,) for run in runs]) == []


def test_metrics_and_judges_do_not_part_a_curve(tmp_path: Path) -> None:
    runs = [at(tmp_path, "5shot", 60, metrics=["fid"]), at(tmp_path, "20shot", 240, metrics=[])]
    assert len(accuracy_curves([(run,) for run in runs])) == 1


def test_an_arm_without_a_number_says_why(tmp_path: Path) -> None:
    runs = [at(tmp_path, "5shot", 60), at(tmp_path, "20shot", 240)]
    path = runs[0].path / "predictions.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-7]), encoding="utf-8")
    (curve,) = accuracy_curves([(run,) for run in runs])
    told = curve.arms["oracle"][0].accuracy
    assert isinstance(told, Undefined)
    assert "different clips" in told.reason


def test_runs_without_recognizers_have_no_curve(tmp_path: Path) -> None:
    runs = [at(tmp_path, split, 60, arms=()) for split in ("5shot", "20shot")]
    assert accuracy_curves([(run,) for run in runs]) == []
