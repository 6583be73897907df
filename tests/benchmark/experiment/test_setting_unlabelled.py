"""The setting ``unlabelled`` in a run: what is withheld, and its control."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.experiment.api import Workplace, run
from benchmark.experiment.artefacts.clips import stored_rest
from benchmark.experiment.lineage import LineageError
from benchmark.experiment.plan import plan
from recognizers.training import Batches
from skeletons.clips import ClipSet
from skeletons.splits import Split
from skeletons.unlabelled import NO_LABEL
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec

SEES = f"{fakes.HERE}:SeesFrames"
ARMS = ["real", "real+synthetic", "real+pseudo", "oracle"]


def unlabelled_spec(**changes: Any) -> Any:
    values = {"generator": SEES, "setting": "unlabelled", "arms": ARMS, "samples": 90, "seeds": 1}
    return tiny_spec(**{**values, **changes})


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def record_of(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return record


def key_of(folder: Path, stage: str) -> str:
    stages = record_of(folder)["stages"]
    return str(next(row["key"] for row in stages if row["stage"] == stage))


pytestmark = pytest.mark.usefixtures("stand_ins")


def test_a_generator_reads_frames_of_the_rest_and_only_the_sentinel_beside_them(
    here: Workplace,
) -> None:
    result = run(unlabelled_spec(recognizers="none"), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    fit = here.store.folder("fit", key_of(result.folder, "fit"))
    with np.load(fit / "generator" / "unlabelled.npz") as file:
        read = dict(file)
    train = fakes.tiny_clips("train", 20)
    rest = train.select(np.setdiff1d(np.arange(60), Split.parse("50pct").rows(train)))
    assert read["labels"].tolist() == [NO_LABEL] * 30
    assert {*read["subjects"], *read["views"]} == {""}
    assert all(name.startswith("unlabelled-") for name in read["ids"])
    assert len(read["frames"]) == rest.lengths.sum()
    assert np.array_equal(np.sort(read["frames"], axis=0), np.sort(rest.packed().frames, axis=0))
    lineage = record_of(result.folder)["lineage"]["generator"]
    assert set(lineage["unlabelled"]["ids"]) == set(rest.ids)
    assert lineage["clips"] == 30


def test_other_labels_of_the_rest_change_no_byte_of_a_fit(
    here: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mislabelled(*place: Any) -> ClipSet:
        rest = stored_rest(*place)
        return replace(rest, labels=np.roll(rest.labels, 7))

    contents = []
    for number, told in enumerate((stored_rest, mislabelled)):
        monkeypatch.setattr("benchmark.experiment.artefacts.seen_clips.stored_rest", told)
        place = replace(here, out=tmp_path / str(number))
        folder = run(unlabelled_spec(recognizers="none", metrics="none"), place).folder
        fit = place.store.folder("fit", key_of(folder, "fit"))
        files = (path for path in fit.rglob("*") if path.is_file() and path.name != "meta.json")
        contents.append({path.relative_to(fit): path.read_bytes() for path in files})
    assert contents[0] == contents[1]
    assert len(contents[0]) == 4


def test_no_dev_or_test_clip_is_among_the_unlabelled_or_the_pseudo_labelled(
    here: Workplace,
) -> None:
    result = run(unlabelled_spec(), here)
    seen = set(record_of(result.folder)["lineage"]["generator"]["unlabelled"]["ids"])
    for stage in ("pseudo_labels/stgcn++/0", "downstream/stgcn++/real+pseudo/0"):
        kind, key = stage.partition("/")[0], key_of(result.folder, stage)
        meta = json.loads((here.store.folder(kind, key) / "meta.json").read_text())
        seen |= {*meta["lineage"]["fitted_on"]["ids"], *meta["lineage"].get("labelled", ())}
    assert len(seen) == 60
    assert all(name.startswith("train") for name in seen)


def test_a_held_out_clip_among_the_rest_stops_the_run(tmp_path: Path) -> None:
    for part, count in (("dev", 5), ("test", 12)):
        fakes.tiny_clips(part, count).save(tmp_path / f"{part}.npz")
    parts = [fakes.tiny_clips("train", 20), fakes.tiny_clips("test", 12)]
    ClipSet.concatenate(parts).save(tmp_path / "train.npz")
    with pytest.raises(LineageError, match="the rest of split 1shot would be fitted on"):
        stored_rest(tmp_path, "1shot", 0)


def test_the_control_takes_as_many_steps_and_the_same_share_of_each_batch(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = Split.parse("50pct").select(fakes.tiny_clips("train", 20)).ids
    shares: dict[str, float] = {}
    labels: dict[str, int] = {}

    def trained(name: str, train: ClipSet, test: ClipSet, **how: Any) -> Any:
        share = how["recipe"].synthetic_share
        batches = Batches(len(train), 20, how["seed"], how.get("synthetic"), share)
        rows = np.concatenate([batches.rows(step) for step in range(len(train))])
        shares[train.name] = float(np.mean(~np.isin(train.ids[rows], split)))
        if train.name.endswith("real+pseudo"):
            true = fakes.tiny_clips("train", 20).select_ids(train.ids.tolist()).labels
            labels["wrong"] = int((true != train.labels).sum())
        return fakes.fake_train_and_score(name, train, test, **how)

    monkeypatch.setattr(sys.modules["recognizers.downstream"], "train_and_score", trained)
    result = run(unlabelled_spec(), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    rows = {row["arm"]: row for row in rows_of(result.folder / "downstream.csv")}
    assert len({row["steps"] for row in rows.values()}) == 1
    assert (rows["real+pseudo"]["n_real"], rows["real+pseudo"]["n_synthetic"]) == ("60", "0")
    added = {name: share for name, share in shares.items() if "+" in name}
    assert added == dict.fromkeys((f"train-50pct+{arm}" for arm in ARMS[1:]), 0.5)
    told = record_of(result.folder)["lineage"]["pseudo_labels"]["pseudo_labels/stgcn++/0"]
    assert told == {"clips": 30, "right": 30 - labels["wrong"]}
    assert 0 < told["right"] < 30, "the stand-in slips now and then"


def test_pseudo_labels_are_what_the_arm_real_would_say(here: Workplace) -> None:
    stages = {stage.name: stage for stage in plan(unlabelled_spec().resolved())}
    teacher, real = (
        stages[name].parameters for name in ("pseudo_labels/stgcn++/0", "downstream/stgcn++/real/0")
    )
    assert {**teacher, "part": "test"} == dict(real)


def test_the_arms_of_both_settings_are_one_artefact_but_for_those_with_samples() -> None:
    arms = ["real", "real+synthetic", "classical", "oracle"]
    one, two = (
        dict(plan(unlabelled_spec(setting=setting, arms=arms).resolved()).identities)
        for setting in ("standard", "unlabelled")
    )
    differing = {name for name in one if one[name] != two[name]}
    assert {name for name in differing if name.startswith("downstream")} == {
        "downstream/stgcn++/real+synthetic/0"
    }
    assert "fit" in differing
    assert not any(name.startswith("classical") for name in differing)


def test_every_table_and_record_names_the_setting(here: Workplace) -> None:
    standard = run(unlabelled_spec(setting="standard", arms=ARMS[:2]), here).folder
    assert "setting" not in record_of(standard)["spec"]
    assert "setting" not in (here.out / "leaderboard.csv").read_text()
    folder = run(unlabelled_spec(arms=ARMS[:2]), here).folder
    assert record_of(folder)["spec"]["setting"] == "unlabelled"
    page = (here.out / "leaderboard.md").read_text()
    assert page.count("\n## ") >= 2, "a section a setting"
    assert "50pct · setting unlabelled" in page
    assert "Setting unlabelled: the generator also saw, without their labels" in page
    assert "The arm real+pseudo, the control of the setting unlabelled, was not asked" in page
    told = {row["run"]: row["setting"] for row in rows_of(here.out / "leaderboard.csv")}
    assert told == {standard.name: "standard", folder.name: "unlabelled"}
    asked = run(unlabelled_spec(arms=ARMS[:3]), here).folder
    assert "of real+pseudo that stgcn++ gave" in json.dumps(record_of(asked)["data"]["caveats"])


def test_memory_is_measured_against_all_that_the_generator_saw() -> None:
    for setting, seen in (("standard", "50pct"), ("unlabelled", "full")):
        spec = unlabelled_spec(setting=setting, metrics=["memory"], arms=ARMS[:1]).resolved()
        (score,) = (one for one in plan(spec) if one.name == "score/st_trans/memory")
        assert score.parameters["split"] == seen


def test_a_split_that_leaves_nothing_out_stops_the_fit_with_one_line(here: Workplace) -> None:
    result = run(unlabelled_spec(split="20shot", arms=["real", "real+pseudo"]), here)
    reasons = {row.stage: row.reason for row in result.stages if row.status == "error"}
    assert "the split 20shot leaves out no clip: take a smaller split" in reasons["fit"]
    assert "20shot leaves none" in reasons["pseudo_labels/stgcn++/0"]
    assert result.exit_code == 2
