"""Runs whose added clips have the labels that a recognizer of the real clips gives them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.analyses.verification.verify import verify
from benchmark.experiment.api import RunResult, Workplace, run
from benchmark.experiment.artefacts.clips import stored_part, stored_pool, stored_split
from benchmark.experiment.artefacts.predictions import stored_scores
from benchmark.experiment.artefacts.soft_labels import stored_soft_labels
from benchmark.experiment.plan import plan
from benchmark.experiment.stages.weights import stored_weights
from recognizers.downstream import restored_recognizer
from recognizers.registry import recipe_for
from skeletons.errors import InputError
from tests.benchmark.conftest import tiny_spec
from tests.benchmark.experiment.test_recognizers_of_a_run import MINE

SOFT = {"synthetic_labels": "real_recognizer"}
SHORT = {"steps_per_clip": 0.0, "least_steps": 25}


def spec(recipe: dict[str, Any], **changes: Any) -> Any:
    values = {"recognizers": [MINE], "arms": ["real", "real+synthetic"], "metrics": "none"}
    return tiny_spec(**{**values, "seeds": 1, "samples": 40, "recipe": recipe, **changes})


def stages(recipe: dict[str, Any], **changes: Any) -> dict[str, str]:
    return dict(plan(spec(recipe, **changes).resolved()).identities)


def test_one_teacher_a_seed_labels_the_clips_of_every_arm_that_adds_some() -> None:
    arms = ["real", "real+synthetic", "real+synthetic@1", "oracle", "classical", "real_same_epochs"]
    chosen = plan(spec(SOFT, arms=arms, seeds=2).resolved())
    teachers = [f"teacher/{MINE}/{seed}" for seed in (0, 1)]
    assert [name for name in chosen.names if name.startswith("teacher/")] == teachers
    labelled = {name.split("/")[2] for name in chosen.names if name.startswith("labels/")}
    assert labelled == {"real+synthetic", "real+synthetic@1", "oracle", "classical"}
    for arm in labelled:
        assert chosen[f"labels/{MINE}/{arm}/1"].inputs["teacher"] == teachers[1]
        training = chosen[f"downstream/{MINE}/{arm}/1"]
        assert training.inputs["labels"] == f"labels/{MINE}/{arm}/1"
    assert "labels" not in chosen[f"downstream/{MINE}/real_same_epochs/0"].inputs


def test_arms_without_added_clips_are_the_artefacts_that_they_were() -> None:
    soft, plain = stages(SOFT), stages({})
    real, mixed = f"downstream/{MINE}/real/0", f"downstream/{MINE}/real+synthetic/0"
    assert soft[real] == plain[real]
    assert soft[mixed] != plain[mixed]
    half = stages({**SOFT, "synthetic_label_mix": 0.5})
    assert half[mixed] != soft[mixed]
    assert half[f"labels/{MINE}/real+synthetic/0"] == soft[f"labels/{MINE}/real+synthetic/0"]


def test_the_teacher_does_not_hang_on_the_generator() -> None:
    soft, other = stages(SOFT), stages(SOFT, settings={"noise": 0.9})
    assert soft[f"teacher/{MINE}/0"] == other[f"teacher/{MINE}/0"]
    label = f"labels/{MINE}/real+synthetic/0"
    assert soft[label] != other[label]


def test_each_stream_has_a_teacher_of_its_own() -> None:
    names = stages(SOFT, recognizers=["gru@2s"])
    assert {name for name in names if name.startswith("teacher/")} == {
        "teacher/gru/0", "teacher/gru@bone/0"
    }  # fmt: skip


def test_an_arm_without_real_clips_is_refused_before_anything_runs(here: Workplace) -> None:
    with pytest.raises(InputError, match="arm 'synthetic@2' has no real clips") as caught:
        run(spec(SOFT, arms=["real", "synthetic@2"]), here)
    assert "\n" not in str(caught.value)
    assert not (here.out / "runs").exists()


def artefact(result: RunResult, here: Workplace, stage: str) -> Path:
    """The folder of an artefact of a run."""
    told = json.loads((result.folder / "run.json").read_text("utf-8"))
    return next(here.out.glob(f"store/*/{told['lineage']['artefacts'][stage]}"))


def test_the_teacher_is_the_real_arms_network_and_what_it_says_is_what_is_learnt(
    here: Workplace,
) -> None:
    result = run(spec({**SHORT, **SOFT}), here)
    assert result.status == "ok", [row for row in result.stages if row.status != "ok"]
    data = artefact(result, here, "data")
    recognizer = restored_recognizer(
        MINE,
        stored_split(data, "50pct", 0),
        stored_weights(artefact(result, here, f"teacher/{MINE}/0")),
        recipe=recipe_for(MINE, "quick", SHORT),
        device="cpu",
    )
    real = stored_scores(artefact(result, here, f"downstream/{MINE}/real/0"))
    assert np.array_equal(recognizer.scores(stored_part(data, "test")), real)
    pool = stored_pool([artefact(result, here, "sample/0")])
    said = stored_soft_labels(artefact(result, here, f"labels/{MINE}/real+synthetic/0"), pool)
    assert np.array_equal(said, recognizer.scores(pool))
    assert verify(here).findings == ()

    mixed = f"downstream/{MINE}/real+synthetic/0"
    soft, asked = (
        stored_scores(artefact(one, here, mixed)) for one in (result, run(spec(SHORT), here))
    )
    assert np.abs(asked - soft).max() > 1e-3
