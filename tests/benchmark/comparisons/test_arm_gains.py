from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import binomtest, ttest_1samp

from benchmark.comparisons.arm_gains import (
    PAIRED_COLUMNS,
    arm_accuracy,
    arm_gains,
)
from benchmark.records.run_folder import read_run
from benchmark.records.tables import reason_of
from benchmark.statistics.accuracy import accuracy_estimate
from benchmark.statistics.pairing import outcomes
from benchmark.statistics.sign_flip import sign_flip_p_value
from skeletons.arrays import IntArray
from tests.benchmark.run_folders import make_run


def table(right: dict[str, IntArray]) -> pd.DataFrame:
    """Predictions from whether each ``[seeds, clips]`` was right."""
    return pd.DataFrame(
        [
            {"recognizer": "gru", "arm": arm, "seed": seed, "clip_id": f"c{clip:03d}"}
            | {"subject": "", "label": 1, "predicted": int(correct)}
            for arm, seeds in right.items()
            for seed, clips in enumerate(seeds)
            for clip, correct in enumerate(clips)
        ]
    )


def test_the_difference_is_that_of_the_two_accuracies_in_points() -> None:
    rng = np.random.default_rng(0)
    real, more = rng.integers(0, 2, (3, 50)), rng.integers(0, 2, (3, 50))
    result = arm_gains(table({"real": real, "real+synthetic": more}))
    assert tuple(result.columns) == PAIRED_COLUMNS
    row = result.iloc[0]
    assert row["difference"] == pytest.approx(100 * (more.mean() - real.mean()))
    assert row["ci95_low"] < row["difference"] < row["ci95_high"]
    assert (row["seeds"], row["clips"], row["varies"]) == (3, 50, "clips and seeds")
    assert (row["arm"], row["control"]) == ("real+synthetic", "real")


def test_the_order_of_the_rows_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    predictions = table({"real": rng.integers(0, 2, (2, 40)), "b": rng.integers(0, 2, (2, 40))})
    shuffled = predictions.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(arm_gains(predictions), arm_gains(shuffled))


def test_one_seed_is_mcnemars_test_and_a_paired_t_interval_over_clips() -> None:
    rng = np.random.default_rng(2)
    real, more = rng.integers(0, 2, (1, 60)), rng.integers(0, 2, (1, 60))
    row = arm_gains(table({"real": real, "aug": more})).iloc[0]
    gained, lost = int((more > real).sum()), int((more < real).sum())
    assert row["p_value"] == pytest.approx(binomtest(gained, gained + lost, 0.5).pvalue)
    assert row["varies"] == "clips"
    bounds = ttest_1samp(100.0 * (more - real)[0], 0.0).confidence_interval(0.95)
    assert (row["ci95_low"], row["ci95_high"]) == pytest.approx((bounds.low, bounds.high))


def test_the_p_value_is_about_these_very_trainings_and_the_interval_about_others_too() -> None:
    real = np.zeros((3, 40), int)
    more = np.zeros((3, 40), int)
    more[0] = 1  # one training of three is better, on every clip
    row = arm_gains(table({"real": real, "aug": more})).iloc[0]
    assert row["p_value"] == sign_flip_p_value(more - real) < 1e-9
    assert row["ci95_low"] < 0.0 < row["ci95_high"]


def test_two_clips_are_the_least() -> None:
    one = table({"real": np.ones((3, 1), int), "aug": np.ones((3, 1), int)})
    assert "two test clips, there are 1" in reason_of(arm_gains(one).iloc[0]["difference"])


def reason(predictions: pd.DataFrame) -> str:
    """Why the only pair has no difference: all its numbers say the same."""
    (cells,) = arm_gains(predictions).to_dict("records")
    assert (cells["recognizer"], cells["arm"], cells["control"]) == ("gru", "aug", "real")
    numbers = {cells[name] for name in PAIRED_COLUMNS[3:]}
    assert len(numbers) == 1
    return reason_of(numbers.pop())


def test_arms_tested_on_other_clips_are_not_compared() -> None:
    wrong = table({"real": np.ones((1, 144), int), "aug": np.ones((1, 130), int)})
    told = reason(wrong)
    assert "tested on 130 and 144 clips, 130 of them shared" in told
    assert "same test clips" in told


def test_arms_of_other_seeds_labels_or_without_control_are_not_compared() -> None:
    right = np.ones((2, 5), int)
    predictions = table({"real": right, "aug": right})
    killed = predictions[(predictions["arm"] == "real") | (predictions["seed"] == 0)]
    assert "seeds [0] and [0, 1]" in reason(killed)
    relabelled = predictions.assign(label=np.where(predictions["arm"] == "aug", 2, 1))
    assert "0 of them shared" in reason(relabelled)
    lonely = predictions[predictions["arm"] == "aug"]
    assert "arm 'real': there are no predictions" in reason(lonely)
    twice = pd.concat([predictions, predictions.iloc[:1]])
    assert "clip 'c000' was labelled twice" in reason(twice)
    assert "different clips (seed 0: 4, seed 1: 5)" in reason(predictions.iloc[1:])


def test_an_arm_that_cannot_be_paired_does_not_keep_the_others_from_it() -> None:
    right = np.ones((2, 5), int)
    predictions = table({"real": right, "aug": right, "more": right})
    killed = predictions[(predictions["arm"] != "aug") | (predictions["seed"] == 0)]
    rows = arm_gains(killed)
    assert rows["arm"].tolist() == ["aug", "more"]
    assert "same seeds" in reason_of(rows.iloc[0]["difference"])
    assert rows.iloc[1]["difference"] == 0.0


def test_the_accuracy_of_an_arm_is_a_t_interval_over_seeds_in_log_odds(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path))
    arms = arm_accuracy(run.downstream)
    top1 = run.downstream[run.downstream["arm"] == "real"]["top1"].to_numpy()
    around = ttest_1samp(top1, 0.0).confidence_interval(0.95)
    mean = top1.mean()
    ends = logit(mean) + (np.asarray(around) - mean) / (mean * (1 - mean))
    assert arms["arm"].tolist() == ["real", "real+synthetic"]
    assert arms.iloc[0][["ci95_low", "ci95_high"]].tolist() == pytest.approx(100 * expit(ends))
    assert arms.iloc[1][["n_real", "n_synthetic", "steps", "seeds"]].tolist() == [120, 600, 900, 3]


def test_with_predictions_the_accuracy_covers_people_too(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path, people=9, seeds=1))
    arms = arm_accuracy(run.downstream, run.predictions)
    of_arm = outcomes(run.predictions, "stgcn++", "real")
    expected = accuracy_estimate(of_arm.right, of_arm.subjects)
    assert arms.iloc[0][["top1", "ci95_low", "ci95_high"]].tolist() == pytest.approx(
        [100 * expected.mean, 100 * expected.low, 100 * expected.high]
    )


def test_seeds_that_scatter_do_not_lead_beyond_all_clips() -> None:
    cells = {"recognizer": "gru", "arm": "real", "n_real": 9, "n_synthetic": 0, "steps": 9}
    downstream = pd.DataFrame([{**cells, "top1": top1} for top1 in (0.91, 0.95, 0.97)])
    (row,) = arm_accuracy(downstream).to_dict("records")
    assert 0.0 < row["ci95_low"] < row["top1"] < row["ci95_high"] < 100.0


def test_people_are_the_unit_where_they_are_known() -> None:
    rng = np.random.default_rng(6)
    real, more = rng.integers(0, 2, (3, 54)), rng.integers(0, 2, (3, 54))
    predictions = table({"real": real, "aug": more})
    people = predictions["clip_id"].str[1:].astype(int) % 9
    row = arm_gains(predictions.assign(subject="s" + people.astype(str))).iloc[0]
    by_person = (more - real).reshape(3, 6, 9).sum(axis=1)
    assert (row["people"], row["clips"], row["varies"]) == (9, 54, "people and seeds")
    assert row["p_value"] == pytest.approx(sign_flip_p_value(by_person))
    assert arm_gains(predictions).iloc[0]["people"] == ""


def test_one_seed_has_no_interval_over_seeds(tmp_path: Path) -> None:
    arms = arm_accuracy(read_run(make_run(tmp_path, seeds=1)).downstream)
    assert arms["ci95_low"].isna().all()
