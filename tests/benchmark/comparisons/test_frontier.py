"""Relative FID, the Pareto front, and whether the aim is reached."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import numpy as np
import pytest

from benchmark.comparisons.frontier import FRONTIER_COLUMNS, Point, frontier, relative, verdict
from benchmark.comparisons.run_scores import run_scores
from benchmark.records.tables import METRICS_COLUMNS, write_table
from benchmark.reports.figures.frontier import plot_frontier
from skeletons.errors import InputError
from tests.benchmark.run_folders import DIGITS, run_of

JUDGES = ("st_trans", "gru")
SHARED = np.random.default_rng(0).normal(0.0, 1.0, 20)
"""What draws of all points have in common."""


def point(folder: Path, evaluations: int, fids: tuple[float, float], **told) -> Point:
    """A point with a FID under each judge, and draws that vary as those of other points do."""
    name = f"ddim, {evaluations} steps"
    run = run_of(folder, f"{evaluations}-{fids}", judges=JUDGES, fid=fids[0], arms=("real",))
    place = {"dataset": "kinematic12", "split": "10pct", "generator": "ddpm"}
    own = np.random.default_rng(evaluations).normal(0.0, told.pop("spread", 0.1), 20)
    rows = [
        {**place, "extractor": f"{judge}-{DIGITS}", "reference": "test", "metric": "fid"}
        | {"repetition": number, "generator_seed": 0, "value": fid * (1 + 0.05 * (shared + one))}
        for judge, fid in zip(JUDGES, fids, strict=True)
        for number, (shared, one) in enumerate(zip(SHARED, own, strict=True))
    ]
    write_table(run.path / "metrics.csv", METRICS_COLUMNS, rows)
    reference = told.pop("reference", False)
    return Point(
        name, "ddim", evaluations, evaluations, evaluations / 100, reference, run_scores(run)
    )


@pytest.fixture
def best(tmp_path: Path) -> Point:
    return point(tmp_path, 1000, (30.0, 10.0), reference=True)


def test_the_ratio_of_a_run_with_itself_is_one_without_doubt_and_shared_draws_cancel():
    draws = 30.0 + SHARED
    assert relative(draws, draws) == pytest.approx((1.0, 1.0, 1.0))
    ratio, low, high = relative(1.2 * draws, draws)
    assert (ratio, low, high) == pytest.approx((1.2, 1.2, 1.2))
    _, low, high = relative(30.0 + SHARED[::-1], draws)
    assert high - low > 0.05
    assert all(isnan(one) for one in relative(draws[:3], draws))


@pytest.mark.parametrize(
    ("fids", "spread", "told"),
    [
        ((30.3, 10.1), 0.1, "every judge: reached by ddim, 10 steps, 100 times as fast as ddim"),
        ((30.3, 12.0), 0.1, "every judge: not reached, nearest is ddim, 10 steps"),
        ((30.3, 10.1), 3.0, "every judge: cannot be told, nearest is ddim, 10 steps"),
    ],
)
def test_the_aim_is_held_to_every_judge_and_to_the_whole_interval(
    best: Point, tmp_path: Path, fids: tuple[float, float], spread: float, told: str
) -> None:
    few = point(tmp_path, 10, fids, spread=spread)
    near = point(tmp_path, 11, (30.0, 10.0))
    sentence = verdict(frontier([best, few, near]))
    assert told in sentence
    assert sentence.count(". ") == 0


def test_without_few_evaluations_the_sentence_says_so(best: Point, tmp_path: Path) -> None:
    many = point(tmp_path, 25, (30.0, 10.0))
    assert "no point has so few evaluations" in verdict(frontier([best, many]))


def test_on_the_front_is_what_nothing_beats(best: Point, tmp_path: Path) -> None:
    worse = point(tmp_path, 50, (40.0, 9.0))
    cheap = point(tmp_path, 10, (35.0, 12.0))
    rows = frontier([best, worse, cheap])
    front = {(row.kind, row.point.evaluations) for row in rows if row.pareto}
    # Means of the tables are the first judge's for both.
    assert front == {(kind, count) for kind in JUDGES for count in (10, 1000)}
    table = [row.row() for row in rows]
    assert tuple(table[0]) == FRONTIER_COLUMNS
    picture = plot_frontier(rows, tmp_path / "frontier.png")
    assert picture.read_bytes() == plot_frontier(rows, tmp_path / "again.png").read_bytes()


def test_a_frontier_needs_its_reference(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="most steps"):
        frontier([point(tmp_path, 10, (30.0, 10.0))])
