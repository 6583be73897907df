"""The setting ``base-novel`` in a run: what is seen, how batches are made, what is scored."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.experiment.api import Workplace, run
from benchmark.experiment.plan import plan
from recognizers.training import Batches
from skeletons.clips import ClipSet
from skeletons.splits import base_labels
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec

ARMS = ["real", "real+synthetic", "oracle", "pretrained"]
BASE = base_labels(fakes.CLASSES)
NOVEL = np.setdiff1d(np.arange(3), BASE)


def base_novel_spec(**changes: Any) -> Any:
    values = {"setting": "base-novel", "split": "5shot", "arms": ARMS, "samples": 90, "seeds": 1}
    return tiny_spec(**{**values, **changes})


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def record_of(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return record


pytestmark = pytest.mark.usefixtures("stand_ins")


def test_the_generator_sees_all_clips_of_base_classes_and_few_of_the_others(
    here: Workplace,
) -> None:
    result = run(base_novel_spec(recognizers="none"), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    record = record_of(result.folder)
    assert record["data"]["n_split"] == record["lineage"]["generator"]["clips"] == 20 + 5 + 5
    assert [record["data"]["split_class_counts"][label] for label in BASE] == [20]
    names = ", ".join(fakes.CLASSES[label] for label in NOVEL)
    told = f"Novel classes, of which the split 5shot was seen: {names}."
    assert told in record["data"]["caveats"]
    samples = {stage.name: stage for stage in plan(base_novel_spec().resolved())}["sample/0"]
    assert samples.parameters["labels"] == "uniform"


def test_batches_hold_both_kinds_of_classes_in_equal_measure_and_arms_take_equal_steps(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, list[Any]] = {}

    def trained(name: str, train: ClipSet, test: ClipSet, **how: Any) -> Any:
        recipe, steps = how["recipe"], how["steps"]
        batches = Batches(
            len(train),
            20,
            how["seed"],
            how["synthetic"],
            recipe.synthetic_share,
            round(steps * recipe.synthetic_first),
            steps - round(steps * recipe.real_last) if recipe.real_last else None,
        )
        rows = [batches.rows(step) for step in range(steps)]
        novel = [float(np.isin(train.labels[row], NOVEL).mean()) for row in rows]
        novel_ids = [train.ids[row][np.isin(train.labels[row], NOVEL)] for row in rows]
        real = np.char.startswith(np.concatenate(novel_ids), "train")
        seen[train.name + ("" if recipe.synthetic_share else " in turn")] = [novel, real.mean()]
        return fakes.fake_train_and_score(name, train, test, **how)

    monkeypatch.setattr(sys.modules["recognizers.downstream"], "train_and_score", trained)
    result = run(base_novel_spec(), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    rows = {row["arm"]: row for row in rows_of(result.folder / "downstream.csv")}
    (steps,) = {int(row["steps"]) for row in rows.values()}
    sizes = {arm: (row["n_real"], row["n_synthetic"]) for arm, row in rows.items()}
    assert sizes == {
        "real": ("30", "0"),
        "real+synthetic": ("30", "60"),
        "oracle": ("60", "0"),
        "pretrained": ("30", "0"),
    }
    together = [seen[f"train-base+5shot{arm}"] for arm in ("", "+real+synthetic", "+oracle")]
    assert all(share == 0.5 for shares, _ in together for share in shares)
    assert [real for _, real in together] == [1.0, pytest.approx(0.5, abs=0.02), 1.0]
    in_turn = seen["train-base+5shot in turn"][0]
    assert set(in_turn[: steps // 2]) == {0.0}
    assert set(in_turn[steps - steps // 2 :]) == {1.0}, "but for the middle of an odd number"


def test_novel_clips_alone_are_scored_among_novel_classes_and_all_beside_them(
    here: Workplace,
) -> None:
    folder = run(base_novel_spec(), here).folder
    rows = rows_of(folder / "predictions.csv")
    assert {int(row["label"]) for row in rows} == {int(row["predicted"]) for row in rows}
    assert {int(row["label"]) for row in rows} == set(NOVEL.tolist())
    assert len(rows) == 4 * 24
    top1 = {row["arm"]: row["top1"] for row in rows_of(folder / "downstream.csv")}
    for arm in ARMS:
        right = [row["label"] == row["predicted"] for row in rows if row["arm"] == arm]
        assert float(top1[arm]) == pytest.approx(np.mean(right))
    for row in rows_of(folder / "base_novel.csv"):
        assert row["novel"] == top1[row["arm"]]
        novel, base, every = (float(row[f"{of}_of_all"]) for of in ("novel", "base", "all"))
        assert every == pytest.approx((24 * novel + 12 * base) / 36)
        assert float(row["novel"]) >= novel, "fewer classes to choose from are easier"
    page = (here.out / "leaderboard.md").read_text()
    assert "5shot · setting base-novel" in page
    assert "with these alone to choose from; the control is pretrained" in page


def test_no_held_out_clip_and_in_real_no_left_out_one_is_trained_on(here: Workplace) -> None:
    folder = run(base_novel_spec(), here).folder
    seen = {}
    for row in record_of(folder)["stages"]:
        if row["stage"].startswith("downstream/"):
            place = here.store.folder("downstream", row["key"]) / "meta.json"
            ids = json.loads(place.read_text())["lineage"]["fitted_on"]["ids"]
            seen[row["stage"].split("/")[2]] = {name.partition("#")[0] for name in ids}
    assert not any(name.startswith(("test", "dev")) for ids in seen.values() for name in ids)
    assert len(seen["real"]) == 30
    assert seen["pretrained"] == seen["real"] < seen["oracle"]
    assert len(seen["oracle"]) == 60
    assert len(seen["real+synthetic"] - seen["real"]) == 60


def test_streams_are_summed_before_the_novel_classes_are_looked_at(here: Workplace) -> None:
    result = run(base_novel_spec(recognizers=["stgcn++@2s"], arms=ARMS[:1]), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    assert len(rows_of(result.folder / "predictions.csv")) == 24
    assert len(rows_of(result.folder / "base_novel.csv")) == 1
