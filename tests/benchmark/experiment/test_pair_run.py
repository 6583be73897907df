"""A generator that learns from another data set than recognizers do, with tiny stand-ins."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from benchmark.experiment.api import Workplace, run
from benchmark.spec import RunSpec
from skeletons.errors import InputError
from tests.benchmark import fakes
from tests.benchmark.conftest import tiny_spec
from tests.skeletons.pairs import JOINTS, SMPL, write_pair


@pytest.fixture
def pair(tmp_path: Path) -> str:
    own = {name: name for name in fakes.CLASSES}
    theirs = {"wave": "greet", "kick": "kick", "jump": ["hop", "sit"]}
    sets = {SMPL: {"joints": JOINTS, "classes": theirs}, fakes.DATASET: {"classes": own}}
    return write_pair(tmp_path, {"skeleton": "kinect20", "datasets": sets})


def spec_of(pair: str, **changes: object) -> RunSpec:
    return tiny_spec(dataset=pair, metrics=["none"], judges=[], samples=60, **changes)


@pytest.mark.usefixtures("stand_ins")
def test_the_fit_sees_the_other_set_alone_and_the_control_is_the_same(
    pair: str, here: Workplace
) -> None:
    across = run(spec_of(pair, generator_data="other"), here)
    within = run(spec_of(pair), here)
    assert (across.status, within.status) == ("ok", "ok")
    fit = next(row for row in across.stages if row.stage == "fit")
    facts = json.loads((here.store.folder("fit", fit.key) / "fitted.json").read_text())
    assert facts["fitted_on"]["clips"] == 16
    assert all(one.startswith(f"{SMPL}/train-") for one in facts["fitted_on"]["ids"])
    tables = [pd.read_csv(one.folder / "downstream.csv") for one in (across, within)]
    real = [table[table["arm"] == "real"]["top1"].tolist() for table in tables]
    assert real[0] == real[1], "paired: the same trainings"
    assert set(tables[0]["n_real"]) == {30}
    keys = [{row.stage: row.key for row in one.stages} for one in (across, within)]
    assert keys[0]["data"] == keys[1]["data"]
    assert keys[0]["fit"] != keys[1]["fit"]
    told = (here.out / "leaderboard.md").read_text()
    assert f"those of the shared classes ({SMPL} to {fakes.DATASET})" in told
    assert "(generator_data=other)" in told


@pytest.mark.usefixtures("stand_ins")
def test_a_generator_that_asks_for_held_back_clips_gets_none_of_the_tested_set(
    pair: str, here: Workplace
) -> None:
    seeing = spec_of(pair, generator=f"{fakes.HERE}:SeesAll", generator_data="other")
    result = run(seeing.model_copy(update={"recognizers": ()}), here)
    fit = next(row for row in result.stages if row.stage == "fit")
    folder = here.store.folder("fit", fit.key) / "generator"
    assert json.loads((folder / "held_back.json").read_text()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dataset": fakes.DATASET}, "is one data set: take pair:FILE.yaml"),
        ({"metrics": ["fid", "memory"], "judges": ["st_trans"]}, "memory_ratio.* leave them out"),
        ({"setting": "base-novel", "arms": ["real", "pretrained"]}, "generator_data = other"),
        ({"data_protocol": "elsewhere"}, "unknown protocol"),
    ],
)
def test_what_such_a_run_cannot_be_asked_is_one_line(
    change: dict[str, object], said: str, pair: str
) -> None:
    values = {**spec_of(pair, generator_data="other").values(), **change}
    with pytest.raises(InputError, match=said):
        RunSpec.parse(values).resolved()
