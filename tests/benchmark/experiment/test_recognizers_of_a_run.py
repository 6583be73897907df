"""Streams, given weights and users' recognizers in a run."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmark.analyses.verification.verify import verify
from benchmark.engine.graph import Plan
from benchmark.experiment.api import Workplace, run
from benchmark.experiment.artefacts.predictions import (
    stored_predictions,
    stored_result,
    stored_scores,
)
from benchmark.experiment.kinds import CODE
from benchmark.experiment.plan import plan
from recognizers.networks.catalogue import NETWORKS
from recognizers.recipe_table import RECIPES
from recognizers.registry import source_modules
from skeletons.errors import InputError
from tests.benchmark.conftest import tiny_spec
from tests.benchmark.fakes import CLASSES, SKELETON

MINE = f"{__name__}:PlainNetwork"


class PlainNetwork(nn.Module):
    """A user's recognizer: it imports nothing of the benchmark."""

    recipes: ClassVar = {"quick": {"batch": 8, "optimisation": {"learning_rate": 0.01}}}

    def __init__(self, classes: int, skeleton: Any) -> None:
        super().__init__()
        self.layer = nn.Linear(3 * len(skeleton), classes)

    def forward(self, clips: Tensor) -> Tensor:
        logits: Tensor = self.layer(clips.mean(dim=(1, 2)).flatten(1))
        return logits


def stages(chosen: Plan, kind: str) -> dict[str, Any]:
    return {stage.name: stage for stage in chosen.stages if stage.kind == kind}


def planned(**changes: Any) -> Plan:
    return plan(tiny_spec(arms=["real"], seeds=1, **changes).resolved())


def folders(out: Path, kind: str) -> dict[str, Path]:
    """Artefacts of a run by the names of their stages."""
    told = json.loads(next(out.glob("runs/*/run.json")).read_text())
    keys = told["lineage"]["artefacts"]
    return {
        role: out / "store" / kind / key
        for role, key in keys.items()
        if (out / "store" / kind / key).is_dir()
    }


def test_each_stream_is_trained_once_whoever_asks_for_it() -> None:
    chosen = planned(recognizers=["stgcn++@4s", "stgcn++@2s", "stgcn++"])
    assert set(stages(chosen, "downstream")) == {
        f"downstream/{name}/real/0"
        for name in ("stgcn++", "stgcn++@bone", "stgcn++@joint_motion", "stgcn++@bone_motion")
    }
    assert set(stages(chosen, "fuse")) == {f"downstream/stgcn++@{n}s/real/0" for n in (2, 4)}
    seeds = [one.parameters["seed"] for one in stages(chosen, "downstream").values()]
    assert len(set(seeds)) == 4


def test_the_joint_stream_alone_is_the_artefact_that_it_always_was() -> None:
    alone = stages(planned(recognizers=["stgcn++"]), "downstream")["downstream/stgcn++/real/0"]
    among = stages(planned(recognizers=["stgcn++@2s"]), "downstream")["downstream/stgcn++/real/0"]
    assert vars(alone) == vars(among)
    assert tiny_spec(recognizers=["stgcn++@joint"]).resolved().recognizers == ("stgcn++",)
    with pytest.raises(InputError, match="'stgcn\\+\\+' is asked for twice"):
        tiny_spec(recognizers=["stgcn++@joint", "stgcn++"]).resolved()


@pytest.mark.usefixtures("stand_ins")
def test_a_fused_row_is_the_weighted_sum_of_its_streams_scores(here: Workplace) -> None:
    spec = tiny_spec(recognizers=["stgcn++@4s"], arms=["real", "real+synthetic"])
    result = run(spec, here)
    assert result.status == "ok"
    parts, fused = folders(here.out, "downstream"), folders(here.out, "fuse")
    assert len(parts) == 16
    for arm in ("real", "real+synthetic"):
        cell = fused[f"downstream/stgcn++@4s/{arm}/1"]
        streams = [
            parts[f"downstream/stgcn++{stream}/{arm}/1"]
            for stream in ("", "@bone", "@joint_motion", "@bone_motion")
        ]
        total = sum(w * stored_scores(s) for w, s in zip((2, 2, 1, 1), streams, strict=True))
        expected = np.argmax(total, axis=1)
        assert [row["predicted"] for row in stored_predictions(cell)] == expected.tolist()
        assert np.allclose(stored_scores(cell), np.asarray(total) / 6, atol=1e-6)
        steps = stored_result(streams[0])["steps"]
        assert stored_result(cell)["steps"] == 4 * steps
    with (result.folder / "downstream.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["recognizer"], row["seed"]) for row in rows[:2]] == [
        ("stgcn++@4s", "0"),
        ("stgcn++@4s", "1"),
    ]
    told = json.loads((result.folder / "run.json").read_text())
    assert told["recipes"]["stgcn++@4s"]["streams"]["bone"] == 2
    assert verify(here).findings == ()


@pytest.mark.usefixtures("stand_ins")
def test_a_fused_row_that_its_streams_do_not_give_is_found(here: Workplace) -> None:
    run(tiny_spec(recognizers=["stgcn++@2s"], arms=["real"], seeds=1), here)
    (cell,) = folders(here.out, "fuse").values()
    with np.load(cell / "predictions.npz") as stored:
        arrays = dict(stored)
    arrays["scores"] = arrays["scores"][::-1].copy()
    np.savez(cell / "predictions.npz", **arrays)
    assert any("fuse/" in found.file for found in verify(here).findings)


def test_trainings_start_from_the_weights_that_are_named_for_them(tmp_path: Path) -> None:
    path = tmp_path / "bone.pth"
    torch.save({"state_dict": {"a": torch.ones(2)}}, path)
    chosen = planned(recognizers=["stgcn++@2s"], weights={"stgcn++@bone": str(path)})
    (stage,) = stages(chosen, "weights").values()
    assert stage.name == "weights/stgcn++@bone"
    trainings = stages(chosen, "downstream")
    assert trainings["downstream/stgcn++@bone/real/0"].inputs["weights"] == stage.name
    assert "weights" not in trainings["downstream/stgcn++/real/0"].inputs
    torch.save({"state_dict": {"a": torch.zeros(2)}}, path)
    again = planned(recognizers=["stgcn++@2s"], weights={"stgcn++@bone": str(path)})
    assert stages(again, "weights")[stage.name].parameters != stage.parameters


def test_weights_for_nobody_or_from_nowhere_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="recognizer with weights 'stgcn'"):
        tiny_spec(weights={"stgcn": "x.pth"}).resolved()
    with pytest.raises(InputError, match="cannot read weights"):
        planned(weights={"stgcn++": str(tmp_path / "none.pth")})


def test_weights_do_not_change_the_name_of_runs_without_them() -> None:
    plain = tiny_spec().resolved()
    assert "weights" in plain.values()
    assert tiny_spec(weights={}).resolved().hash8 == plain.hash8
    assert tiny_spec(weights={"stgcn++": "x.pth"}).resolved().hash8 != plain.hash8


def test_a_run_that_starts_from_weights_says_so(
    here: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(RECIPES["gru", "quick"], steps_per_clip=0.0, least_steps=2)
    monkeypatch.setitem(RECIPES, ("gru", "quick"), short)
    model = NETWORKS["gru"].build(len(CLASSES) + 1, SKELETON, short.model)
    path = tmp_path / "given.pth"
    torch.save(model.state_dict(), path)
    spec = tiny_spec(
        recognizers=["gru"], weights={"gru": str(path)}, arms=["real"], seeds=1, metrics="none"
    )
    result = run(spec, here)
    assert result.status == "ok"
    told = json.loads((result.folder / "run.json").read_text())
    assert any("starts from given weights (given.pth)" in one for one in told["data"]["caveats"])
    (cell,) = folders(here.out, "downstream").values()
    lineage = json.loads((cell / "meta.json").read_text())["lineage"]["started_from_weights"]
    assert lineage["fresh"] == ["classifier.linear2.weight", "classifier.linear2.bias"]
    assert verify(here).findings == ()


def test_a_users_class_is_trained_by_its_own_recipe(here: Workplace) -> None:
    spec = tiny_spec(recognizers=[MINE], arms=["real"], seeds=1, metrics="none")
    result = run(spec, here)
    assert result.status == "ok"
    told = json.loads((result.folder / "run.json").read_text())
    recipe = told["recipes"][MINE]
    assert (recipe["batch"], recipe["optimisation"]["learning_rate"]) == (8, 0.01)
    assert recipe["frames"] == 24
    assert __name__ in CODE.reached(source_modules(MINE))


@pytest.mark.parametrize(
    ("recipes", "message"),
    [
        ({"quick": {"batches": 3}}, "did you mean 'batch'"),
        ({"quick": {"optimisation": {"rate_": 1}}}, "optimisation 'rate_'"),
    ],
)
def test_a_recipe_with_a_slip_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, recipes: Any, message: str
) -> None:
    monkeypatch.setattr(PlainNetwork, "recipes", recipes)
    with pytest.raises(InputError, match=message):
        planned(recognizers=[MINE])


def test_entries_of_the_recipes_can_be_changed_and_are_told(here: Workplace) -> None:
    changes = {"frames": 12, "optimisation.learning_rate": "1e-3", "least_steps": 2}
    spec = tiny_spec(
        recognizers=["gru"], arms=["real"], seeds=1, metrics="none",
        recipe={**changes, "steps_per_clip": 0, "model.hidden": 16},
    )  # fmt: skip
    assert spec.resolved().hash8 != tiny_spec(recognizers=["gru"], seeds=1).resolved().hash8
    result = run(spec, here)
    assert result.status == "ok"
    told = json.loads((result.folder / "run.json").read_text())["recipes"]["gru"]
    assert (told["frames"], told["optimisation"]["learning_rate"]) == (12, 1e-3)
    assert told["model"] == {"hidden": 16}
    (cell,) = folders(here.out, "downstream").values()
    assert stored_result(cell)["steps"] == 2
    assert verify(here).findings == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frame": 3}, "did you mean 'frames'"),
        ({"frames": "many"}, "frames = many: .*integer"),
        ({"augmentation": 3}, "has entries of its own"),
        ({"augmentation.yew": 3}, "did you mean 'yaw'"),
        ({"batch.size": 3}, "has no entry 'size'"),
        ({"optimisation.name": "adam"}, "'sgd'"),
        ({"model.base_channel": 8}, "did you mean 'base_channels'"),
    ],
)
def test_a_change_that_cannot_be_is_one_clear_line(changes: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        tiny_spec(recipe=changes).resolved()
    assert "\n" not in str(caught.value)
