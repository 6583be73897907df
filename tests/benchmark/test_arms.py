"""Arms of the downstream experiment: how they are named, what they train on, for how long."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.arms import ARMS, DOSED, Arm
from benchmark.experiment.api import Workplace, run
from benchmark.experiment.plan import plan
from recognizers.training import Batches
from skeletons.errors import InputError
from skeletons.splits import Split
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec

EVERY = (
    "real", "real_same_epochs", "real+synthetic", "real+synthetic@2", "synthetic", "synthetic@0.5",
    "oracle", "oracle@0.5", "oracle_as_larger_split", "oracle_as_larger_split@0.5", "classical",
    "classical@1",
)  # fmt: skip


@given(st.sampled_from(DOSED), st.floats(0.01, 1000.0).map(lambda dose: float(f"{dose:.3g}")))
def test_a_name_and_its_arm_are_one_and_the_same(kind: str, dose: float) -> None:
    arm = Arm(kind, dose)
    if "e" not in arm.name.rpartition("@")[2]:
        assert Arm.parse(arm.name) == arm
    assert Arm.parse(kind) == Arm(kind)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("reel", "did you mean 'real'"),
        ("real@2", "takes no dose"),
        ("oracle@0", "above 0"),
        ("oracle@-1", "above 0"),
        ("synthetic@", "above 0"),
        ("synthetic@many", "above 0"),
    ],
)
def test_a_wrong_arm_is_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Arm.parse(text)
    with pytest.raises(InputError, match=message):
        tiny_spec(arms=[text])


def test_two_ways_of_writing_a_dose_are_one_arm() -> None:
    assert tiny_spec(arms=["oracle@2.0", "real"]).arms == ("oracle@2", "real")
    with pytest.raises(InputError, match="given twice"):
        tiny_spec(arms=["oracle@2.0", "oracle@2"])


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        return {row["arm"]: row for row in csv.DictReader(file)}


@pytest.mark.usefixtures("stand_ins")
def test_each_arm_trains_on_what_its_name_says_for_as_many_steps(here: Workplace) -> None:
    spec = tiny_spec(split="50pct", samples=90, arms=EVERY, seeds=1)
    result = run(spec, here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    rows = rows_of(result.folder / "downstream.csv")
    sizes = {arm: (int(row["n_real"]), int(row["n_synthetic"])) for arm, row in rows.items()}
    assert sizes == {
        "real": (30, 0),
        "real_same_epochs": (30, 0),
        "real+synthetic": (30, 90),
        "real+synthetic@2": (30, 60),
        "synthetic": (0, 90),
        "synthetic@0.5": (0, 15),
        "oracle": (60, 0),
        "oracle@0.5": (45, 0),
        "oracle_as_larger_split": (60, 0),
        "oracle_as_larger_split@0.5": (45, 0),
        "classical": (30, 90),
        "classical@1": (30, 30),
    }
    steps = {arm: int(row["steps"]) for arm, row in rows.items()}
    fewer = steps.pop("real_same_epochs")
    assert len(set(steps.values())) == 1
    assert fewer == round(steps["real"] * 30 / 120)


@pytest.mark.usefixtures("stand_ins")
def test_an_arm_trains_on_the_clips_that_it_names_and_never_on_test_clips(here: Workplace) -> None:
    result = run(tiny_spec(split="50pct", samples=90, arms=EVERY, seeds=1), here)
    seen = {}
    for row in json.loads((result.folder / "run.json").read_text())["stages"]:
        if row["stage"].startswith("downstream/"):
            meta = json.loads(
                (here.store.folder("downstream", row["key"]) / "meta.json").read_text()
            )
            seen[row["stage"].split("/")[2]] = set(meta["lineage"]["fitted_on"]["ids"])
    split = seen["real"]
    assert seen["real_same_epochs"] == split
    assert not any(name.startswith("test") for ids in seen.values() for name in ids)
    oracle = seen["oracle"] - split
    assert len(oracle) == 30
    assert all(name.startswith("train") for name in oracle)
    assert seen["oracle@0.5"] - split < oracle
    assert seen["oracle_as_larger_split"] == seen["oracle"]
    assert seen["oracle_as_larger_split@0.5"] == seen["oracle@0.5"]
    assert seen["real+synthetic@2"] < seen["real+synthetic"]
    assert seen["synthetic@0.5"] < seen["synthetic"] == seen["real+synthetic"] - split
    assert all(name.startswith("classical") for name in seen["classical"] - split)


@pytest.mark.usefixtures("stand_ins")
def test_added_clips_of_every_kind_fill_the_same_share_of_each_batch(
    here: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = Split.parse("20pct").select(fakes.tiny_clips("train", 20)).ids
    shares: dict[str, float] = {}

    def trained(name: str, train: Any, test: Any, **how: Any) -> Any:
        share = how["recipe"].synthetic_share
        batches = Batches(len(train), 20, how["seed"], how["synthetic"], share)
        rows = np.concatenate([batches.rows(step) for step in range(len(train))])
        shares[train.name] = float(np.mean(~np.isin(train.ids[rows], split)))
        return fakes.fake_train_and_score(name, train, test, **how)

    monkeypatch.setattr(sys.modules["recognizers.downstream"], "train_and_score", trained)
    arms = ["real", "real+synthetic", "classical", "oracle", "oracle_as_larger_split", "synthetic"]
    assert run(tiny_spec(split="20pct", samples=30, arms=arms, seeds=1), here).status == "ok"
    assert shares == {
        "train-20pct": 0.0,
        "train-20pct+real+synthetic": 0.5,
        "train-20pct+classical": 0.5,
        "train-20pct+oracle": 0.5,
        "train-20pct+oracle_as_larger_split": pytest.approx(30 / 42),
        "Shaker": 1.0,
    }


@pytest.mark.usefixtures("stand_ins")
def test_a_dose_beyond_what_there_is_fails_alone_and_says_what_to_do(here: Workplace) -> None:
    arms = ["real", "real+synthetic@9", "oracle@4"]
    result = run(tiny_spec(split="50pct", samples=30, arms=arms, seeds=1), here)
    assert result.exit_code == 2
    reasons = {
        row.stage.split("/")[2]: row.reason for row in result.stages if row.status == "error"
    }
    assert "needs 90 clips of 'wave'" in reasons["real+synthetic@9"]
    assert "there are 10: raise --samples" in reasons["real+synthetic@9"]
    assert "take a smaller split or dose" in reasons["oracle@4"]
    assert list(rows_of(result.folder / "downstream.csv")) == ["real"]


@pytest.mark.usefixtures("stand_ins")
def test_the_full_split_has_no_oracle(here: Workplace) -> None:
    result = run(tiny_spec(split="full", arms=["real", "oracle"], seeds=1), here)
    (row,) = [row for row in result.stages if row.stage.endswith("oracle/0")]
    assert "full leaves none: take a smaller split" in row.reason


def keys(**changes: Any) -> dict[str, str]:
    return dict(plan(tiny_spec(**changes).resolved()).identities)


def test_the_classical_arm_uses_the_clips_that_a_run_of_classical_makes() -> None:
    arm = keys(arms=["real", "classical"])
    alone = keys(generator="classical", settings={})
    assert arm["classical/sample/0"] == alone["sample/0"]
    assert arm["classical/fit"] == alone["fit"]


def test_real_arms_are_the_same_artefacts_whatever_the_generator_and_its_seed() -> None:
    arms = ["real", "oracle@0.5", "real+synthetic"]
    one, two = keys(split="50pct", arms=arms), keys(split="50pct", arms=arms, generator_seed=1)
    different = {name for name in one if one[name] != two[name]}
    assert {"fit", "sample/0", "features/st_trans/synthetic"} <= different
    same = {name.split("/")[2] for name in set(one) - different if name.startswith("downstream")}
    assert same == {"real", "oracle@0.5"}


@pytest.mark.parametrize(
    "use",
    [
        {"synthetic_share": None},
        {"synthetic_first": 0.5},
        {"real_last": 0.1},
        {"synthetic_weight": 0.3},
        {"synthetic_norm": "own"},
    ],
    ids=lambda use: next(iter(use)),
)
def test_the_use_of_added_clips_retrains_the_arms_that_it_changes_alone(
    use: dict[str, float | None],
) -> None:
    one, two = (keys(arms=EVERY, recipe=recipe) for recipe in ({}, use))
    different = {name.split("/")[2] for name in one if one[name] != two[name] and "/" in name}
    assert different == {
        "real+synthetic", "real+synthetic@2", "oracle", "oracle@0.5", "classical", "classical@1",
    }  # fmt: skip


def test_a_generator_that_sees_all_training_data_is_another_fit_and_other_samples() -> None:
    one, two = keys(split="50pct"), keys(split="50pct", generator_data="full")
    assert {name for name in one if one[name] != two[name]} >= {"fit", "sample/0"}
    assert one["downstream/stgcn++/real/0"] == two["downstream/stgcn++/real/0"]


def test_every_arm_is_described() -> None:
    assert set(DOSED) <= set(ARMS)
    assert np.all([len(text) > 20 for text in ARMS.values()])
