from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.comparisons.run_arms import ALL, arm_rows
from benchmark.reports.arm_tables import arms_table, has_more_arms, rows_of_runs, write_arms
from benchmark.statistics.paired_test import paired_test

ARMS = ("real", "classical", "real+synthetic")
CLIPS, SEEDS = 40, 4


def a_run(name: str, recognizers: tuple[str, ...], right: dict[tuple[str, str], float]) -> Any:
    """A run of some seeds in which each cell is right so often."""
    rng = np.random.default_rng(len(name))
    cells, said = [], []
    for recognizer in recognizers:
        for arm in ARMS:
            for seed in range(SEEDS):
                hit = rng.random(CLIPS) < right.get((recognizer, arm), 0.5)
                cells.append((recognizer, arm, seed, hit.mean(), 10, 20 * (arm != "real"), 99))
                said += [
                    (recognizer, arm, seed, f"c{clip}", "", 1, int(one))
                    for clip, one in enumerate(hit)
                ]
    columns = ["recognizer", "arm", "seed", "top1", "n_real", "n_synthetic", "steps"]
    predictions = ["recognizer", "arm", "seed", "clip_id", "subject", "label", "predicted"]
    return SimpleNamespace(
        name=name,
        downstream=pd.DataFrame(cells, columns=columns),
        predictions=pd.DataFrame(said, columns=predictions),
    )


@pytest.fixture
def run() -> Any:
    right = {("one", "classical"): 1.0, ("two", "classical"): 1.0}
    return a_run("first", ("one", "two"), right)


def outcome(run: Any, recognizer: str, arm: str) -> np.ndarray:
    table = run.predictions
    rows = table[(table["recognizer"] == recognizer) & (table["arm"] == arm)]
    rows = rows.sort_values(["seed", "clip_id"])
    return (rows["predicted"] == rows["label"]).to_numpy().reshape(SEEDS, CLIPS).astype(int)


def test_each_arm_is_compared_with_real_clips_on_the_same_clips_and_seeds(run: Any) -> None:
    rows = {(row["recognizer"], row["arm"]): row for row in arm_rows("here", run)}
    difference = outcome(run, "one", "classical") - outcome(run, "one", "real")
    row = rows["one", "classical"]
    assert row["difference"] == pytest.approx(100 * difference.mean())
    assert row["top1"] == pytest.approx(outcome(run, "one", "classical").mean())
    assert "difference" not in rows["one", "real"]


def test_the_mean_over_recognizers_has_an_interval_of_its_own(run: Any) -> None:
    rows = {(row["recognizer"], row["arm"]): row for row in arm_rows("here", run)}
    both = sum(
        outcome(run, name, "classical") - outcome(run, name, "real") for name in ("one", "two")
    )
    row, test = rows[ALL, "classical"], paired_test(both, [""] * CLIPS, 2)
    assert row["difference"] == pytest.approx(50 * test.mean)
    assert (row["ci95_low"], row["ci95_high"]) == pytest.approx((50 * test.low, 50 * test.high))
    alone = rows["one", "classical"]
    assert row["ci95_high"] - row["ci95_low"] < alone["ci95_high"] - alone["ci95_low"]
    assert rows[ALL, "real"]["top1"] == pytest.approx(
        np.mean([outcome(run, name, "real").mean() for name in ("one", "two")])
    )
    single = a_run("second", ("one",), {})
    assert ALL not in {row["recognizer"] for row in arm_rows("there", single)}


def test_only_what_differs_from_the_control_is_bold(run: Any) -> None:
    table = arms_table(list(arm_rows("here", run)), "run").splitlines()
    assert table[0].count("|") == 9
    cells = [line.split("|") for line in table[2:]]
    assert [line[2].strip() for line in cells] == ["one", "two", ALL]
    for line in cells:
        assert line[4].strip().startswith("**+")
        assert "**" not in line[5]
        assert line[6].strip() == str(SEEDS)
        assert line[7].strip() == str(CLIPS)
        assert line[8].strip() == "–"


def test_an_arm_that_cannot_be_paired_says_why_and_the_others_stand(run: Any) -> None:
    table = run.predictions
    run.predictions = table[
        ~((table["recognizer"] == "two") & (table["arm"] == "classical") & (table["seed"] == 1))
    ]
    rows = {(row["recognizer"], row["arm"]): row for row in arm_rows("here", run)}
    assert str(rows["two", "classical"]["difference"]).startswith("undefined")
    assert rows["two", "real+synthetic"]["difference"] is not None
    assert (ALL, "classical") not in rows
    assert (ALL, "real+synthetic") in rows
    assert "undefined" in arms_table(list(rows.values()), "run")


def test_the_table_is_for_runs_with_more_than_two_arms(run: Any) -> None:
    assert has_more_arms([run])
    run.downstream = run.downstream[run.downstream["arm"] != "classical"]
    assert not has_more_arms([run])


def test_equal_runs_give_equal_bytes(run: Any, tmp_path: Path) -> None:
    written = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        blocks = write_arms(
            folder, rows_of_runs({"here": run, "there": run}), "run", "Does it help?"
        )
        files = (folder / "arms.csv", folder / "plots" / "arms.png")
        written.append((blocks, *(path.read_bytes() for path in files)))
    assert written[0] == written[1]
    assert written[0][1].decode().count("\n") == 1 + 2 * 9
