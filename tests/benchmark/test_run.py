"""A whole run, stage after stage in this process, on a tiny data set and with quick stand-ins."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmark.application import Workplace, pretrain, run
from benchmark.executors import Surroundings
from benchmark.stages.data import stored_train
from benchmark.store import Store
from metrics.registry import metric_names
from skeletons.annotations import read_annotations
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec

pytestmark = pytest.mark.usefixtures("stand_ins")

CSVS = (
    "metrics.csv",
    "summary.csv",
    "classes.csv",
    "confusion.csv",
    "downstream.csv",
    "predictions.csv",
)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def no_executor(surroundings: Surroundings, stages: int) -> Any:
    raise AssertionError("there was something to do")


def test_a_run_leaves_the_files_of_the_contract(here: Workplace) -> None:
    result = run(tiny_spec(), here)
    assert (result.status, result.exit_code) == ("ok", 0)
    files = {
        path.relative_to(result.folder).as_posix()
        for path in result.folder.rglob("*")
        if path.is_file()
    }
    assert files == {*CSVS, "run.json", "samples.pkl", "plots/metrics.png"}
    assert (here.out / "leaderboard.csv").exists()
    assert (here.out / "leaderboard.md").exists()


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
    assert (record["data"]["n_train"], record["data"]["n_test"]) == (60, 36)
    assert record["extractor"]["name"].startswith("st_trans-")
    assert 0.5 < record["extractor"]["test_accuracy"] <= 1
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


@pytest.mark.parametrize(
    ("generator", "status", "reason", "code"),
    [
        ("Raises", "error", "RuntimeError: the moon is in the wrong place", 1),
        ("Starves", "out_of_memory", "MemoryError", 1),
        ("Complains", "error", "shaker: 3 clips are too few, take a larger split", 2),
    ],
)
def test_a_failed_fit_is_a_row_and_the_control_arm_goes_on(
    here: Workplace, generator: str, status: str, reason: str, code: int
) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:{generator}"), here)
    stages = {stage.stage: stage for stage in result.stages}
    assert (stages["fit"].status, stages["fit"].reason) == (status, reason)
    assert stages["fit"].phase == "fit"
    assert stages["sample/0"].status == "skipped"
    assert stages["sample/0"].reason == f"needs 'fit', which is {status}"
    assert stages["downstream/stgcn++/real/0"].status == "ok"
    assert (result.status, result.exit_code) == (status, code)
    record = json.loads((result.folder / "run.json").read_text())
    assert record["status"] == status
    assert [row["arm"] for row in rows_of(result.folder / "downstream.csv")] == ["real"] * 2
    assert rows_of(result.folder / "summary.csv") == []
    assert not (result.folder / "samples.pkl").exists()


def test_a_generator_that_asks_for_them_gets_the_clips_that_the_split_leaves_out(
    here: Workplace,
) -> None:
    folder = run(tiny_spec(generator=f"{fakes.HERE}:SeesAll"), here).folder
    (fit,) = here.store.root.glob("fit/*")
    given = json.loads((fit / "held_back.json").read_text())
    record = json.loads((folder / "run.json").read_text())
    split = record["lineage"]["split"]["ids"]
    assert sorted([*split, *given]) == fakes.tiny_clips("train", 20).ids.tolist()
    seen = record["lineage"]["generator"]
    assert (seen["clips"], seen["held_back"]["clips"]) == (30, 30)
    assert seen["held_back"]["ids"] == given
    assert json.loads((fit / "meta.json").read_text())["lineage"]["held_back"]["ids"] == given
    assert record["generator"]["caveats"] == [
        "Its fit was also given the 30 real training clips that the split leaves out."
    ]


def test_the_full_split_leaves_nothing_out(here: Workplace) -> None:
    folder = run(tiny_spec(generator=f"{fakes.HERE}:SeesAll", split="full"), here).folder
    record = json.loads((folder / "run.json").read_text())
    assert record["lineage"]["generator"]["held_back"]["clips"] == 0
    assert record["generator"]["caveats"] == []


def test_other_generators_are_given_no_more_than_their_split(here: Workplace) -> None:
    folder = run(tiny_spec(), here).folder
    assert "held_back" not in json.loads((folder / "run.json").read_text())["lineage"]["generator"]


def test_a_part_that_may_rest_on_held_back_clips_is_another_part(here: Workplace) -> None:
    run(tiny_spec(), here)
    run(tiny_spec(generator=f"{fakes.HERE}:SeesAll"), here)
    assert len(list(here.store.root.glob("part/*"))) == 2


def test_what_a_fitted_generator_says_of_itself_is_in_the_record(here: Workplace) -> None:
    folder = run(tiny_spec(generator=f"{fakes.HERE}:Confesses"), here).folder
    record = json.loads((folder / "run.json").read_text())
    assert record["generator"] == {
        "length": "variable",
        "caveats": ["Shaken 3 times.", "Not stirred."],
    }
    assert record["data"]["caveats"] == ["It is noise."]
    page = (here.out / "leaderboard.md").read_text()
    assert "| Confesses ¹ ² |" in page.replace(f"{fakes.HERE}:", "")
    assert "- ² Not stirred." in page


def test_the_pictures_carry_the_sentences_of_data_and_generator(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        sys.modules["benchmark.reports.report"],
        "write_report",
        lambda tables, *, caveats, **facts: told.extend(caveats),
    )
    run(tiny_spec(generator=f"{fakes.HERE}:Confesses"), here)
    assert told == ["It is noise.", "Shaken 3 times.", "Not stirred."]


def test_caveats_that_are_no_sentences_are_bad_input(here: Workplace) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:Mumbles"), here)
    reasons = [stage.reason for stage in result.stages if stage.bad_input]
    assert reasons[0].endswith("not a tuple of sentences")
    assert result.exit_code == 2


def test_a_shared_part_counts_in_the_cost_of_every_fit_that_uses_it(here: Workplace) -> None:
    records = []
    for name in ("Slow", "OtherSlow"):
        folder = run(tiny_spec(generator=f"{fakes.HERE}:{name}"), here).folder
        records.append(json.loads((folder / "run.json").read_text())["cost"])
    first, second = records
    assert first["parts"] == second["parts"]
    assert first["parts"][0]["seconds"] >= 0.4
    for cost in records:
        alone = cost["fit_seconds"] - cost["parts"][0]["seconds"]
        assert 0.09 < alone < 0.4, "its own 0.1 s and not the time that making the part took"
        assert cost["sampling_seconds"] >= 2 * 0.02
        assert cost["sampling_ms_per_clip"] == pytest.approx(
            1000 * cost["sampling_seconds"] / 160, rel=1e-4
        )
        assert cost["peak_memory_mb"] > 0
        assert not cost["resumed"]


def test_a_fit_from_the_store_costs_what_it_cost_when_it_was_made(here: Workplace) -> None:
    folder = run(tiny_spec(), here).folder
    first = json.loads((folder / "run.json").read_text())["cost"]
    folder = run(tiny_spec(repetitions=5), here).folder
    assert json.loads((folder / "run.json").read_text())["cost"] == first


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


def test_a_generator_that_breaks_the_contract_is_told_so(here: Workplace) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:Backwards"), here)
    reasons = [stage.reason for stage in result.stages if stage.bad_input]
    assert reasons[0].endswith("sample returned clips in another order than the labels")
    assert result.exit_code == 2


def test_a_generator_that_holds_the_extractor_is_not_judged_by_it(here: Workplace) -> None:
    result = run(tiny_spec(generator=f"{fakes.HERE}:StealsExtractor"), here)
    stages = {stage.stage: stage for stage in result.stages}
    assert stages["features/synthetic"].status == "error"
    assert "is the extractor that judges it" in stages["features/synthetic"].reason
    assert stages["score/fid"].status == "skipped"


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
    assert {"data", "extractor", "downstream/stgcn++/real/0"} <= kept
    assert len(rows_of(result.folder / "downstream.csv")) == 4


def test_an_unwritable_folder_is_found_out_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write to"):
        run(tiny_spec(), Workplace(out=tmp_path / "file", device="cpu", executor=no_executor))


def test_pretraining_leaves_the_extractor_that_runs_find(here: Workplace) -> None:
    folder, rows = pretrain(fakes.DATASET, workplace=here)
    assert folder is not None
    assert all(row.status == "ok" for row in rows)
    assert Store(here.out / "store").find("pretrain", folder.name) is not None
    result = run(tiny_spec(), here)
    cached = {stage.stage for stage in result.stages if stage.cached}
    assert cached == {"data", "extractor"}


def test_the_fields_protocol_makes_new_clips_for_each_repetition(here: Workplace) -> None:
    spec = tiny_spec(protocol="action2motion-2020", samples=30, metrics=["fid", "memory"])
    result = run(spec, here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    path = result.folder / "samples.pkl"
    assert len(read_annotations(path, fakes.SKELETON, fakes.CLASSES)[0]) == 120
    rows = rows_of(result.folder / "summary.csv")
    assert {(row["metric"], row["reference"]) for row in rows} == {
        ("fid", "all"),
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


def test_what_is_asked_for_beyond_the_rules_is_done_and_marked_in_every_table(
    here: Workplace,
) -> None:
    guided = f"{fakes.HERE}:StealsExtractor"
    result = run(tiny_spec(generator=guided, allow=["guide_is_extractor"]), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    page = (here.out / "leaderboard.md").read_text()
    assert "The guide may hold the extractor's own weights" in page
    record = json.loads((result.folder / "run.json").read_text())
    assert not any("extractor's weights" in line for line in record["lineage"]["checked"])


def test_a_generator_that_sees_all_training_data_is_marked_in_every_table(here: Workplace) -> None:
    result = run(tiny_spec(generator_data="full"), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    record = json.loads((result.folder / "run.json").read_text())
    assert record["lineage"]["generator"]["clips"] == 60
    assert "fitted on the full training part" in (here.out / "leaderboard.md").read_text()


def test_a_fit_that_is_not_of_the_split_is_not_sampled(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(job: Any, *place: Any) -> Any:
        return stored_train(job)

    monkeypatch.setattr("benchmark.stages.generate.stored_split", everything)
    fitted = run(tiny_spec(samples=20, recognizers=["none"], metrics=["none"]), here)
    assert fitted.status == "ok"
    monkeypatch.undo()
    for name, module in fakes.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    again = run(tiny_spec(samples=21, recognizers=["none"], metrics=["none"]), here)
    (stage,) = [row for row in again.stages if row.stage == "sample/0"]
    assert "was fitted on 30 clips outside of" in stage.reason
