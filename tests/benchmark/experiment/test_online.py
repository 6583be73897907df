"""Runs whose added clips a generator draws while recognizers train."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmark.analyses.verification.verify import verify
from benchmark.experiment.api import Workplace, run
from benchmark.experiment.artefacts.predictions import stored_scores
from benchmark.experiment.kinds import CODE
from benchmark.experiment.plan import plan
from benchmark.records.run_folder import read_run
from skeletons.errors import InputError
from tests.benchmark.conftest import tiny_spec
from tests.benchmark.experiment.test_recognizers_of_a_run import MINE
from tests.benchmark.experiment.test_soft_labels import SHORT, artefact

ONLINE = {"synthetic_online": 5}
ARMS = ["real", "real+synthetic"]


def spec(recipe: dict[str, Any], **changes: Any) -> Any:
    values = {"recognizers": [MINE], "arms": ARMS, "metrics": "none", "seeds": 1, "samples": 40}
    return tiny_spec(**{**values, "recipe": recipe, **changes})


def planned(recipe: dict[str, Any], **changes: Any) -> Any:
    return plan(spec(recipe, **changes).resolved())


def test_only_arms_whose_clips_a_generator_makes_are_drawn() -> None:
    arms = [*ARMS, "real+synthetic@1", "classical", "synthetic", "real_same_epochs"]
    on, off = planned(ONLINE, arms=arms), planned({}, arms=arms)
    drawn = {
        stage.name.split("/")[2]: stage.inputs["fit"]
        for stage in on
        if stage.kind == "downstream_online"
    }
    assert drawn == {
        "real+synthetic": "fit",
        "real+synthetic@1": "fit",
        "classical": "classical/fit",
        "synthetic": "fit",
    }
    told = planned({"synthetic_online": 0}, arms=arms)
    same = [name for name in off.names if on.identities[name] == off.identities[name]]
    assert {f"downstream/{MINE}/{arm}/0" for arm in ("real", "real_same_epochs")} <= {*same}
    assert not {f"downstream/{MINE}/{arm}/0" for arm in drawn} & {*same}
    trained = [name for name in off.names if name.startswith("downstream/")]
    assert all(off.identities[name] == told.identities[name] for name in trained)


def test_a_training_that_draws_hangs_on_the_code_of_its_generator() -> None:
    arms = ["real+synthetic", "classical"]
    for generator in ("elastic", "ddpm"):
        chosen = planned(ONLINE, arms=arms, generator=generator)
        told = [chosen[f"downstream/{MINE}/{arm}/0"] for arm in arms]
        assert [one.parameters["drawn_by"] for one in told] == [generator, "classical"]
        assert told[0].code != told[1].code
    assert "benchmark.experiment.stages.sample" in CODE.reached([told[0].target.partition(":")[0]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arms": [*ARMS, "oracle@0.5"]}, "added clips of arm 'oracle@0.5' are real"),
        ({"setting": "unlabelled", "generator": "ddpm", "arms": [*ARMS, "real+pseudo"]}, "pseudo"),
        ({"select": "right"}, "pass no selection: leave it or select right out"),
        ({"setting": "base-novel"}, "batches of its own: leave recipe synthetic_online out"),
        ({"recipe": {**ONLINE, "synthetic_labels": "real_recognizer"}}, "leave one of them out"),
        ({"recipe": {"synthetic_online": -1}}, "synthetic_online = -1: it is 0 or more"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_runs(
    changes: dict[str, Any], message: str, here: Workplace
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        run(spec(**{"recipe": ONLINE, **changes}), here)
    assert "\n" not in str(caught.value)
    assert not (here.out / "runs").exists()


def test_clips_that_are_there_as_samples_alone_are_refused() -> None:
    made = spec(ONLINE, generator="theirs", made_elsewhere="ab" * 32)
    with pytest.raises(InputError, match="'theirs' is there as samples alone"):
        plan(made.resolved())


def test_a_run_draws_its_clips_says_what_that_cost_and_is_made_again_alike(
    here: Workplace, tmp_path: Any
) -> None:
    asked = spec({**SHORT, **ONLINE}, arms=[*ARMS, "synthetic"])
    result = run(asked, here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    mixed = f"downstream/{MINE}/real+synthetic/0"
    told = json.loads((artefact(result, here, mixed) / "meta.json").read_text("utf-8"))
    drawn = told["lineage"]["online"]
    assert drawn["steps"] == 25
    assert 0 < drawn["clips"] <= 25 * 4
    record = json.loads((result.folder / "run.json").read_text("utf-8"))
    assert [row["arm"] for row in record["cost"]["online"]] == ["real+synthetic", "synthetic"]
    for row in record["cost"]["online"]:
        assert 0.0 < row["share"] < 1.0
        assert row["ms_per_step"] > 0.0
    table = read_run(result.folder).downstream
    assert set(table["arm"]) == {*ARMS, "synthetic"}
    assert set(table["steps"]) == {25}
    assert verify(here).findings == ()

    elsewhere = replace(here, out=tmp_path / "again")
    again = stored_scores(artefact(run(asked, elsewhere), elsewhere, mixed))
    fixed = stored_scores(artefact(run(spec(SHORT), here), here, mixed))
    drawn_scores = stored_scores(artefact(result, here, mixed))
    assert np.array_equal(again, drawn_scores)
    assert np.abs(fixed - drawn_scores).max() > 1e-4


def test_a_run_without_it_says_nothing_of_it(here: Workplace) -> None:
    record = json.loads((run(spec(SHORT), here).folder / "run.json").read_text("utf-8"))
    assert "online" not in record["cost"]
    assert "synthetic_online" not in record["recipes"][MINE]
