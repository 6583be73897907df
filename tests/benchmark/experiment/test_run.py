"""A whole run, stage after stage in this process, on a tiny data set and with quick stand-ins."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.store import Store
from benchmark.experiment.api import Workplace, pretrain, run
from metrics.registry import metric_names
from skeletons.errors import InputError
from skeletons.formats.pyskl import read_annotations
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec

pytestmark = pytest.mark.usefixtures("stand_ins")


CSVS = (
    "metrics.csv",
    "summary.csv",
    "classes.csv",
    "confusion.csv",
    "feature_map.csv",
    "downstream.csv",
    "predictions.csv",
)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def no_executor(stages: int) -> Any:
    raise AssertionError("there was something to do")


def test_a_run_leaves_the_files_of_the_contract(here: Workplace) -> None:
    result = run(tiny_spec(), here)
    assert (result.status, result.exit_code) == ("ok", 0)
    files = {
        path.relative_to(result.folder).as_posix()
        for path in result.folder.rglob("*")
        if path.is_file()
    }
    assert files == {*CSVS, "run.json", "samples.pkl", "report.html", "plots/metrics.png"}
    assert (here.out / "leaderboard.csv").exists()
    assert (here.out / "leaderboard.md").exists()
    assert (here.out / "leaderboard.html").exists()


def test_the_tables_hold_every_repetition_arm_seed_and_clip(here: Workplace) -> None:
    folder = run(tiny_spec(), here).folder
    metrics = rows_of(folder / "metrics.csv")
    assert len(metrics) == 4 * 2 * 4  # metrics, references, repetitions
    assert {row["reference"] for row in metrics} == {"train", "test"}
    assert len(rows_of(folder / "summary.csv")) == 4 * 2
    downstream = rows_of(folder / "downstream.csv")
    assert [(row["arm"], row["seed"]) for row in downstream] == [
        ("real", "0"),
        ("real", "1"),
        ("real+synthetic", "0"),
        ("real+synthetic", "1"),
    ]
    assert {row["n_real"] for row in downstream} == {"30"}
    assert [row["n_synthetic"] for row in downstream] == ["0", "0", "160", "160"]
    assert len({row["steps"] for row in downstream}) == 1, "arms differ in optimiser steps"
    predictions = rows_of(folder / "predictions.csv")
    assert len(predictions) == 4 * 36
    assert {row["subject"] for row in predictions} == {""}, "nobody knows who made the clips"
    first = [row for row in predictions if (row["arm"], row["seed"]) == ("real", "0")]
    right = sum(row["label"] == row["predicted"] for row in first) / len(first)
    assert float(downstream[0]["top1"]) == pytest.approx(right)


def test_the_record_tells_where_everything_came_from(here: Workplace) -> None:
    spec = tiny_spec()
    folder = run(spec, here).folder
    record = json.loads((folder / "run.json").read_text())
    assert record["spec"]["hash8"] == spec.resolved().hash8
    assert record["spec"]["settings"] == {"noise": 0.5, "steps": 3}
    assert record["data"]["caveats"] == ["It is noise."]
    assert record["data"]["n_split"] == len(record["lineage"]["split"]["ids"]) == 30
    assert [record["data"][f"n_{part}"] for part in ("train", "dev", "test")] == [60, 15, 36]
    (judge,) = record["judges"]
    assert judge["name"].startswith("st_trans-")
    assert 0.5 < judge["test_accuracy"] <= 1
    assert 0.5 < judge["dev_accuracy"] <= 1
    assert "represented_accuracy" not in judge, "this generator does not offer it"
    assert record["lineage"]["generator"]["clips"] == 30
    assert record["lineage"]["generator"]["parts"][0]["name"] == "means"
    assert set(record["recipes"]) == {"stgcn++"}
    assert record["environment"]["packages"]["torch"]
    stages = {stage["stage"]: stage for stage in record["stages"]}
    assert {stage["status"] for stage in stages.values()} == {"ok"}
    assert stages["fit"]["seconds"] >= 0
    assert stages["fit"]["peak_memory_mb"] > 0


def test_synthetic_clips_are_numbered_across_shards_and_marked(here: Workplace) -> None:
    folder = run(tiny_spec(), here).folder
    clips, splits = read_annotations(folder / "samples.pkl", fakes.SKELETON, fakes.CLASSES)
    assert len(clips) == 160
    assert clips.ids[0] == "Shaker-00000"
    assert clips.ids[-1] == "Shaker-00159"
    assert splits == {"synthetic": clips.ids.tolist()}
    assert clips.class_counts().tolist() == [54, 53, 53]


def test_the_same_command_again_starts_nothing_and_writes_the_same_tables(
    here: Workplace,
) -> None:
    first = run(tiny_spec(), here)
    before = {name: (first.folder / name).read_bytes() for name in CSVS}
    for name in CSVS:
        (first.folder / name).unlink()
    again = run(tiny_spec(), Workplace(out=here.out, device="cpu", executor=no_executor))
    assert all(stage.cached for stage in again.stages)
    assert {name: (again.folder / name).read_bytes() for name in CSVS} == before


def test_two_stores_give_the_same_bytes(here: Workplace, tmp_path: Path) -> None:
    first = run(tiny_spec(), here).folder
    other = Workplace(out=tmp_path / "other", device="cpu", executor=here.executor)
    second = run(tiny_spec(), other).folder
    for name in (*CSVS, "samples.pkl"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_generators_share_the_parts_that_they_have_in_common(here: Workplace) -> None:
    run(tiny_spec(), here)
    run(tiny_spec(generator=f"{fakes.HERE}:OtherShaker"), here)
    assert len(list(here.store.root.glob("fit/*"))) == 2
    assert len(list(here.store.root.glob("part/*"))) == 1


def test_a_damaged_artefact_is_made_again(here: Workplace) -> None:
    first = run(tiny_spec(), here)
    before = {name: (first.folder / name).read_bytes() for name in CSVS}
    for kind in ("fit", "tables"):
        for path in here.store.root.glob(f"{kind}/*/*"):
            if path.name != "meta.json" and path.is_file():
                path.write_bytes(path.read_bytes()[:-1])
    again = run(tiny_spec(), here)
    assert again.status == "ok"
    made = {stage.stage for stage in again.stages if not stage.cached}
    assert made == {"fit", "tables"}
    assert {name: (again.folder / name).read_bytes() for name in CSVS} == before


def test_a_run_without_recognizers_is_metrics_only(here: Workplace) -> None:
    result = run(tiny_spec(recognizers="none"), here)
    assert result.status == "ok"
    assert not any(stage.stage.startswith("downstream") for stage in result.stages)
    assert len(rows_of(result.folder / "summary.csv")) == 4 * 2
    assert not (result.folder / "downstream.csv").exists()
    assert not (result.folder / "predictions.csv").exists()
    page = (here.out / "leaderboard.md").read_text()
    assert "Does it help" not in page
    (row,) = rows_of(here.out / "leaderboard.csv")
    assert (row["recognizer"], row["gain"], row["status"]) == ("", "", "ok")


def test_two_sample_tests_of_samples_and_of_real_clips_are_a_table(here: Workplace) -> None:
    result = run(tiny_spec(two_sample=["stgcn++"], recognizers="none", metrics="none"), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    rows = rows_of(result.folder / "two_sample.csv")
    assert [(row["network"], row["clips"], row["against"]) for row in rows] == [
        ("stgcn++", "synthetic", "test"),
        ("stgcn++", "real", "test"),
    ]
    for row in rows:
        assert 0.85 < float(row["accuracy"]) < 0.95
        assert float(row["ci95_low"]) < float(row["accuracy"]) < float(row["ci95_high"])


def test_a_test_clip_in_the_training_part_stops_everything(here: Workplace) -> None:
    result = run(tiny_spec(data_protocol="shared"), here)
    stages = {stage.stage: stage for stage in result.stages}
    assert "1 test clips, 'train-00000' among them" in stages["data"].reason
    assert {stage.status for name, stage in stages.items() if name != "data"} == {"skipped"}
    assert not (result.folder / "summary.csv").exists()


def test_what_failed_is_tried_again_and_the_rest_is_kept(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tiny_spec(generator=f"{fakes.HERE}:Raises")
    run(spec, here)
    monkeypatch.setattr(fakes.Raises, "fit", fakes.Shaker.fit)
    result = run(spec, here)
    assert result.status == "ok"
    kept = {stage.stage for stage in result.stages if stage.cached}
    assert {"data", "judges/st_trans", "downstream/stgcn++/real/0"} <= kept
    assert len(rows_of(result.folder / "downstream.csv")) == 4


def test_an_unwritable_folder_is_found_out_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write to"):
        run(tiny_spec(), Workplace(out=tmp_path / "file", device="cpu", executor=no_executor))


def test_pretraining_leaves_the_extractor_that_runs_find(here: Workplace) -> None:
    folders, rows = pretrain(fakes.DATASET, kinds=["st_trans"], workplace=here)
    folder = folders["st_trans"]
    assert all(row.status == "ok" for row in rows)
    assert Store(here.out / "store").find("pretrain", folder.name) is not None
    result = run(tiny_spec(), here)
    cached = {stage.stage for stage in result.stages if stage.cached}
    assert cached == {"data", "judges/st_trans"}


def test_the_fields_protocol_makes_new_clips_for_each_repetition(here: Workplace) -> None:
    spec = tiny_spec(
        protocol="action2motion-2020", judges=["gru"], samples=30, metrics=["fid", "jerk", "memory"]
    )
    result = run(spec, here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    path = result.folder / "samples.pkl"
    assert len(read_annotations(path, fakes.SKELETON, fakes.CLASSES)[0]) == 120
    rows = rows_of(result.folder / "summary.csv")
    assert {(row["metric"], row["reference"]) for row in rows} == {
        ("fid", "all"),
        ("jerk", "all"),
        ("memory_ratio", "split"),
        ("authenticity", "split"),
        ("copied_share", "split"),
    }
    trained = {row["arm"]: row["n_synthetic"] for row in rows_of(result.folder / "downstream.csv")}
    assert trained == {"real": "0", "real+synthetic": "30"}


def test_all_metrics_run_on_real_bodies_and_tell_class_by_class(here: Workplace) -> None:
    result = run(tiny_spec(metrics=["all"], recognizers=["none"]), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    rows = rows_of(result.folder / "summary.csv")
    assert len({row["metric"] for row in rows}) == len(metric_names())
    classes = rows_of(result.folder / "classes.csv")
    assert {row["class"] for row in classes} == set(fakes.CLASSES)
    confusion = rows_of(result.folder / "confusion.csv")
    assert sum(int(row["clips"]) for row in confusion) == 160


def test_a_run_without_metrics_trains_recognizers_and_no_extractor(here: Workplace) -> None:
    result = run(tiny_spec(metrics=["none"], arms=["real"]), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    kinds = {row.stage.split("/")[0] for row in result.stages}
    assert kinds == {"data", "fit", "sample", "downstream", "tables", "pictures"}
    assert len(rows_of(result.folder / "downstream.csv")) == 2
    assert rows_of(result.folder / "summary.csv") == []


@pytest.mark.parametrize("split", ["2000shot", "0.001pct"])
def test_a_split_that_the_clips_cannot_give_is_refused_at_once_where_they_are_known(
    here: Workplace, split: str
) -> None:
    run(tiny_spec(recognizers=["none"], metrics=["none"]), here)
    again = Workplace(out=here.out, device="cpu", executor=no_executor)
    with pytest.raises(InputError, match=f"split '{split}'"):
        run(tiny_spec(split=split), again)
