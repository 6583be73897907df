from __future__ import annotations

from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest, ttest_1samp

from benchmark.reports.paired import (
    PAIRED_COLUMNS,
    arm_accuracy,
    crossed_mean,
    paired_differences,
    paired_or_reason,
    sign_flip_p_value,
)
from benchmark.reports.run_folder import read_run
from benchmark.reports.tables import reason_of
from skeletons.errors import InputError
from tests.benchmark.reports_runs import make_run


def table(right: dict[str, NDArray[np.int64]]) -> pd.DataFrame:
    """Predictions from whether each ``[seeds, clips]`` was right."""
    return pd.DataFrame(
        [
            {"recognizer": "gru", "arm": arm, "seed": seed, "clip_id": f"c{clip:03d}"}
            | {"label": 1, "predicted": int(correct)}
            for arm, seeds in right.items()
            for seed, clips in enumerate(seeds)
            for clip, correct in enumerate(clips)
        ]
    )


def test_the_difference_is_that_of_the_two_accuracies_in_points() -> None:
    rng = np.random.default_rng(0)
    real, more = rng.integers(0, 2, (3, 50)), rng.integers(0, 2, (3, 50))
    result = paired_differences(table({"real": real, "real+synthetic": more}))
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
    pd.testing.assert_frame_equal(paired_differences(predictions), paired_differences(shuffled))


def test_one_seed_is_a_paired_t_interval_over_clips() -> None:
    values = np.random.default_rng(2).integers(-1, 2, (1, 60)).astype(float)
    estimate = crossed_mean(values)
    expected = ttest_1samp(values[0], 0.0).confidence_interval(0.95)
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high))
    assert estimate.varies == "clips"


def test_where_only_seeds_differ_it_is_a_t_interval_over_seeds() -> None:
    values = np.repeat([[0.1], [0.2], [0.6]], 80, axis=1)
    estimate = crossed_mean(values)
    expected = ttest_1samp([0.1, 0.2, 0.6], 0.0).confidence_interval(0.95)
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("seed_spread", [0.0, 0.15, 1.0])
def test_the_interval_covers_the_truth_about_as_often_as_it_says(seed_spread: float) -> None:
    rng = np.random.default_rng(3)
    hits, trials = 0, 400
    for _ in range(trials):
        values = (
            0.5
            + seed_spread * rng.normal(size=(3, 1))
            + rng.normal(size=(1, 60))
            + rng.normal(size=(3, 60))
        )
        estimate = crossed_mean(values)
        hits += estimate.low <= 0.5 <= estimate.high
    assert 0.92 <= hits / trials <= 0.995


def test_two_clips_are_the_least() -> None:
    with pytest.raises(InputError, match="two test clips, there are 1"):
        crossed_mean(np.zeros((3, 1)))


@pytest.mark.parametrize(("gained", "lost"), [(9, 2), (1, 0), (5, 5), (300, 240)])
def test_with_one_seed_the_p_value_is_mcnemars(gained: int, lost: int) -> None:
    values = np.asarray([[1] * gained + [-1] * lost + [0] * 40])
    expected = binomtest(gained, gained + lost, 0.5).pvalue
    assert sign_flip_p_value(values) == pytest.approx(expected)


def test_the_p_value_counts_all_sign_flips() -> None:
    values = np.random.default_rng(4).integers(-1, 2, (3, 9))
    sums = values.sum(axis=0)
    signs = np.asarray(np.meshgrid(*[[-1, 1]] * 9)).reshape(9, -1)
    expected = (np.abs(sums @ signs) >= abs(sums.sum())).mean()
    assert sign_flip_p_value(values) == pytest.approx(expected)
    assert sign_flip_p_value(np.zeros((2, 5), np.int64)) == 1.0
    assert sign_flip_p_value(np.ones((1, 10), np.int64)) == pytest.approx(2 / 2**10 * comb(10, 0))


def test_arms_tested_on_other_clips_are_not_compared() -> None:
    wrong = table({"real": np.ones((1, 144), int), "aug": np.ones((1, 130), int)})
    with pytest.raises(InputError, match=r"tested on 130 and 144 clips, 130 of them shared"):
        paired_differences(wrong)
    assert "same test clips" in reason_of(paired_or_reason(wrong).iloc[0]["difference"])


def test_arms_of_other_seeds_labels_or_without_control_are_not_compared() -> None:
    right = np.ones((2, 5), int)
    predictions = table({"real": right, "aug": right})
    killed = predictions[(predictions["arm"] == "real") | (predictions["seed"] == 0)]
    with pytest.raises(InputError, match=r"seeds \[0\] and \[0, 1\]"):
        paired_differences(killed)
    relabelled = predictions.assign(label=np.where(predictions["arm"] == "aug", 2, 1))
    with pytest.raises(InputError, match="0 of them shared"):
        paired_differences(relabelled)
    with pytest.raises(InputError, match="no predictions of 'real'"):
        paired_differences(predictions[predictions["arm"] == "aug"])
    with pytest.raises(InputError, match=r"clip 'c000' was labelled twice"):
        paired_differences(pd.concat([predictions, predictions.iloc[:1]]))
    with pytest.raises(InputError, match=r"different clips \(seed 0: 4, seed 1: 5\)"):
        paired_differences(predictions.iloc[1:])


def test_the_accuracy_of_an_arm_is_a_t_interval_over_seeds(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path))
    arms = arm_accuracy(run.downstream)
    top1 = 100 * run.downstream[run.downstream["arm"] == "real"]["top1"].to_numpy()
    expected = ttest_1samp(top1, 0.0).confidence_interval(0.95)
    assert arms["arm"].tolist() == ["real", "real+synthetic"]
    assert arms.iloc[0][["ci95_low", "ci95_high"]].tolist() == pytest.approx(
        [expected.low, expected.high]
    )
    assert arms.iloc[1][["n_real", "n_synthetic", "steps", "seeds"]].tolist() == [120, 600, 900, 3]


def test_one_seed_has_no_interval_over_seeds(tmp_path: Path) -> None:
    arms = arm_accuracy(read_run(make_run(tmp_path, seeds=1)).downstream)
    assert arms["ci95_low"].isna().all()
