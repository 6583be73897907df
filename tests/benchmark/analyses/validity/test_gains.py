from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.analyses.validity.gains import agreements, turned, why_none
from benchmark.analyses.validity.rank_correlation import RankCorrelation
from metrics.value import Undefined
from tests.benchmark.analyses.validity.leaderboards import leaderboard, rows_of


def test_a_metric_that_ranks_as_the_gain_does_has_tau_one(tmp_path: Path) -> None:
    found = agreements(leaderboard(tmp_path, rows_of([1.0, 2.0, 3.0, 4.0, 5.0])))
    taus = {entry.metric: entry.correlation for entry in found}
    assert taus["fid"] == RankCorrelation(1.0, 1.0, 1.0, 5)
    assert taus["diversity"] == RankCorrelation(1.0, 1.0, 1.0, 5)
    assert why_none(found) == ""


def test_values_are_turned_so_that_more_is_better() -> None:
    values, floors = np.asarray([1.0, 4.0]), np.asarray([3.0, 3.0])
    assert turned(values, floors, "lower").tolist() == [-1.0, -4.0]
    assert turned(values, floors, "higher").tolist() == [1.0, 4.0]
    assert turned(values, floors, "real").tolist() == [-2.0, -1.0]


def test_runs_of_one_generator_count_once_and_settings_stay_apart(tmp_path: Path) -> None:
    rows = rows_of([1.0, 2.0, 3.0, 4.0]) + rows_of([9.0], "10pct") + rows_of([1.0, 2.0], "full")
    found = agreements(leaderboard(tmp_path, rows))
    by_setting = {entry.setting: entry for entry in found if entry.metric == "fid"}
    ten, full = (by_setting[f"kinematic12, {split}, stgcn++"] for split in ("10pct", "full"))
    assert isinstance(ten.correlation, RankCorrelation)
    assert ten.generators == ("g0", "g1", "g2", "g3")
    assert ten.correlation.tau == pytest.approx(0.0)  # g0 is now the one with the worst mean
    assert isinstance(full.correlation, Undefined)


def test_an_undefined_cell_leaves_its_generator_out(tmp_path: Path) -> None:
    rows = rows_of([1.0, 2.0, "undefined (one clip)", 4.0, 5.0])
    found = {entry.metric: entry for entry in agreements(leaderboard(tmp_path, rows))}
    assert found["fid"].generators == ("g0", "g1", "g3", "g4")
    assert len(found["diversity"].generators) == 5


def test_too_few_generators_are_said_to_be_too_few(tmp_path: Path) -> None:
    found = agreements(leaderboard(tmp_path, rows_of([1.0, 2.0, 3.0])))
    assert why_none(found).endswith("the leaderboard has 3")
    assert "has 0" in why_none(agreements(leaderboard(tmp_path, [])))
