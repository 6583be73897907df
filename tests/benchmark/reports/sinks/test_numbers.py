"""The numbers of a run as trackers have them."""

from __future__ import annotations

from pathlib import Path

from benchmark.records.tables import METRICS_COLUMNS, undefined, write_table
from benchmark.reports.sinks.numbers import numbers_of, parameters_of
from tests.benchmark.run_folders import run_of

JUDGE = "st_trans-0a1b2c3d"


def test_every_defined_number_stands_under_a_name_of_its_own(tmp_path: Path) -> None:
    run = run_of(tmp_path, "one", fid=30.0, seeds=2, no_multimodality=True, cost={"device": "cpu"})
    found = {(one.name, one.step): one.value for one in numbers_of(run)}
    assert len(found) == len(numbers_of(run))
    names = {name for name, _ in found}
    assert not any(one.startswith(f"{other}/") for one in names for other in names)
    assert found[f"summary/{JUDGE}/test/fid/mean", 0] == 30.0
    assert found[f"summary/{JUDGE}/test/fid/ci95_low", 0] == 28.0
    assert found[f"summary/{JUDGE}/train/fid/real_floor", 0] == 10.9
    trained = run.downstream[run.downstream["arm"] == "real+synthetic"]["top1"].tolist()
    assert [found["top1/stgcn++/real+synthetic", seed] for seed in (0, 1)] == trained
    assert found["summary/top1/stgcn++/real+synthetic", 0] == sum(trained) / 2
    assert not any("multimodality" in name for name, _ in found), "it has no value"
    assert not any(name.startswith("cost") for name, _ in found), "a device is no number"


def test_each_draw_is_a_step_and_an_undefined_one_is_left_out(tmp_path: Path) -> None:
    run = run_of(tmp_path, "one", cost={"fit_seconds": 3.5, "parts": [], "resumed": False})
    head = {"dataset": "d", "split": "full", "generator": "g", "generator_seed": 0}
    of = {**head, "extractor": JUDGE, "reference": "test", "metric": "fid"}
    values = (1.5, undefined("too few clips"), 2.5)
    rows = [{**of, "repetition": step, "value": value} for step, value in enumerate(values)]
    write_table(run.path / "metrics.csv", METRICS_COLUMNS, rows)
    found = [one for one in numbers_of(run) if one.name.startswith("draws/")]
    assert [(one.step, one.value) for one in found] == [(0, 1.5), (2, 2.5)]
    assert [one.name for one in numbers_of(run) if "cost" in one.name] == ["cost/fit_seconds"]


def test_a_specification_is_flat(tmp_path: Path) -> None:
    run = run_of(tmp_path, "one", settings={"width": 32, "channels": [1, 2]}, arms_of=None)
    told = parameters_of(run)
    assert (told["settings.width"], told["settings.channels"]) == (32, "1, 2")
    assert (told["split"], told["arms_of"]) == ("10pct", "None")
