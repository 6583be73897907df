from __future__ import annotations

import math

import pandas as pd
import pytest

from benchmark.comparisons.likeness import Likeness, disagreements, judged, likeness, strictest
from benchmark.records.run_folder import read_run
from benchmark.reports.verdicts import (
    body_verdict,
    class_verdict,
    diverse_verdict,
    judges_verdict,
    natural_verdict,
    new_verdict,
    told_apart_verdict,
)
from tests.benchmark.run_folders import run_of


def like(
    mean: float, half: float, floor: float, metric: str = "fid", judge: str = "gru", at: float = 0.0
) -> Likeness:
    """A value with its half interval, and a floor with the half interval ``at``."""
    ends = {"mean": mean, "ci95_low": mean - half, "ci95_high": mean + half}
    floors = {
        "real_floor": floor,
        "real_floor_low": floor - at,
        "real_floor_high": floor + at,
    }
    return likeness(judge, {"metric": metric, "reference": "test", **ends, **floors})


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (like(11.0, 1.0, 10.9), "like"),
        (like(11.0, 4.0, 10.9), "untold"),  # an interval as wide as the margin proves nothing
        (like(30.0, 1.0, 10.0), "above"),
        (like(12.0, 1.0, 10.0, at=2.0), "untold"),  # the floor may be anywhere in its interval
        (like(5.0, 1.0, 10.0), "like"),  # nearer than other real clips
        (like(0.92, 0.02, 0.93, "accuracy"), "like"),
        (like(0.92, 0.07, 0.93, "accuracy"), "untold"),
        (like(0.80, 0.01, 0.93, "accuracy"), "below"),
        (like(0.99, 0.005, 0.93, "accuracy"), "above"),
        (like(7.0, 0.2, 7.2, "multimodality"), "like"),
        (like(5.0, 0.2, 7.2, "multimodality"), "below"),
        (like(math.nan, 0.0, 7.2, "multimodality"), "untold"),
    ],
)
def test_like_real_clips_needs_the_whole_interval_inside_the_margin(found, outcome):
    assert found.outcome == outcome


def test_fewer_clips_never_make_a_verdict_better():
    for mean in (10.0, 12.0, 14.0, 20.0):
        outcomes = [like(mean, half, 10.0).outcome for half in (0.1, 1.0, 3.0, 30.0)]
        assert "like" not in outcomes[outcomes.index("untold") :] if "untold" in outcomes else True


def test_the_verdict_follows_the_strictest_judge():
    pleased = like(1.0, 0.001, 0.99, "accuracy", "st_trans")
    unsure = like(0.9, 0.08, 0.93, "accuracy", "gru")
    strict = like(0.7, 0.02, 0.95, "accuracy", "stgcn++")
    assert strictest([pleased, unsure, strict]).judge == "stgcn++"
    assert strictest([pleased, unsure]).judge == "gru"
    doubtful = like(0.8, 0.2, 0.93, "accuracy", "stgcn++")
    assert strictest([pleased, unsure, doubtful]).judge == "stgcn++", "the farther from its floor"
    told = class_verdict([pleased, strict, unsure])
    assert "Less often than real clips: 70.0 % (of real clips 95.0 %, stgcn++)" in told
    assert "others: 100.0 % (of real clips 99.0 %, st_trans)" in told


def test_judges_disagree_where_they_differ_by_more_than_on_real_clips():
    one = like(0.99, 0.01, 0.99, "accuracy", "st_trans")
    other = like(0.78, 0.02, 0.95, "accuracy", "gru")
    assert [pair[0].judge for pair in disagreements([one, other])] == ["gru"]
    assert "gru sees the right class in 78.0 % (of real clips 95.0 %" in judges_verdict(
        [one, other]
    )
    # 15 points apart, on the samples as on real clips: one judge is weaker, and that is all
    weaker = like(0.84, 0.01, 0.84, "accuracy", "gru")
    assert judges_verdict([one, weaker]) == ""


def test_sentences_say_what_was_measured():
    assert "Yes, as far as FID can tell: no more than 25 %" in natural_verdict([like(11, 1, 10.9)])
    assert "3.0 times as far from real test clips" in natural_verdict([like(30.0, 1.0, 10.0)])
    assert "nor called like them" in natural_verdict([like(12.0, 3.0, 10.9)])
    spread = [[like(13, 0.5, 13.5, "diversity")], [like(5, 1, 7.2, "multimodality")]]
    assert "over all classes like real clips, within 10 %" in diverse_verdict(spread)
    assert "within a class less than real clips" in diverse_verdict(spread)
    copies = like(0.3, 0.05, 1.0, "memory_ratio")
    assert "Nearer to its training clips" in new_verdict([copies])


def test_a_network_that_tells_samples_from_real_clips_is_held_against_real_ones():
    columns = ["network", "clips", "accuracy", "ci95_low", "ci95_high"]
    rows = pd.DataFrame(
        [["stgcn++", "synthetic", 0.9, 0.8, 0.95], ["stgcn++", "real", 0.52, 0.4, 0.6]],
        columns=columns,
    )
    told = told_apart_verdict(rows)
    assert "stgcn++, trained to do so, can: right 90.0 % of the time [80.0, 95.0]" in told
    assert told.endswith("50 is chance; other real clips 52.0 %.")
    assert "cannot be said to be able to" in told_apart_verdict(
        rows.iloc[[1]].assign(clips="synthetic")
    )
    assert told_apart_verdict(rows.iloc[[1]]) == ""


def test_metrics_of_the_body_have_no_judge(tmp_path):
    run = run_of(tmp_path, "run", judges=("st_trans", "gru"))
    table = pd.read_csv(run.path / "summary.csv")
    table.loc[table["metric"] == "fid", ["extractor", "metric"]] = ["none", "jerk"]
    table.drop_duplicates(["reference", "metric", "extractor"]).to_csv(
        run.path / "summary.csv", index=False
    )
    (jerk,) = judged(read_run(run.path), "jerk")
    assert jerk.judge == ""
    assert [one.judge for one in judged(read_run(run.path), "accuracy")] == ["st_trans", "gru"]


def test_bodies_that_move_unlike_real_ones_have_their_sentence():
    jerky = like(0.65, 0.05, 0.08, "jerk", "")
    slow = like(0.059, 0.004, 0.006, "joint_velocities", "")
    assert "do not move like real ones: distance of jerk 0.650" in body_verdict([jerky, slow])
    calm = like(0.08, 0.01, 0.08, "jerk", "")
    assert "They move like real ones" in body_verdict([calm])
    assert "Cannot be told" in body_verdict([like(0.10, 0.05, 0.08, "jerk", "")])
