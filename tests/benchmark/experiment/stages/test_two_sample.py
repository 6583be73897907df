"""The stage of the classifier two-sample test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.engine.job import Job
from benchmark.engine.store import Store
from benchmark.experiment.artefacts.two_sample import stored_two_sample
from benchmark.experiment.kinds import stage_of
from benchmark.experiment.stages import two_sample as stage
from recognizers.two_sample import STEPS, two_sample_recipe
from skeletons.clips import ClipSet
from tests.conftest import moving_clips

RECIPE = replace(two_sample_recipe("gru"), frames=8, batch=8, test_samplings=1)
TOLD = {"accuracy", "ci95_low", "ci95_high", "p_value", "n", "groups", "effective"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Artefacts of a data set, a pool in two shards, and held-out clips as an image has them."""
    test, pool = moving_clips(36, seed=1), moving_clips(60, seed=2)
    people = np.asarray([f"other {subject}" for subject in pool.subjects])
    train = replace(pool, subjects=people, ids=np.asarray([f"train {row}" for row in range(60)]))
    made = replace(pool, subjects=np.full(60, ""))
    parts = {"data/test": test, "data/train": train}
    parts |= {"0/clips": made.select(np.arange(30)), "1/clips": made.select(np.arange(30, 60))}
    shown = replace(test, frames=test.frames + 0.001, subjects=np.full(36, ""))
    parts |= {"represented/clips": shown, "nothing/clips": shown.select([])}
    for name, clips in parts.items():
        path = tmp_path / f"{name}.npz"
        path.parent.mkdir(exist_ok=True)
        clips.save(path)
    return tmp_path


def _found(folder: Path, part: str, represented: str = "represented", **more: Any) -> Any:
    parameters: Mapping[str, Any] = {
        "part": part,
        "against": "test",
        "recognizer": "gru",
        "recipe": RECIPE.state(),
        "steps": 4,
        "seed": 3,
        **more,
    }
    out = folder / "out" / part
    out.mkdir(parents=True, exist_ok=True)
    inputs = {"data": folder / "data", "represented": folder / represented}
    series = {"shards": (folder / "0", folder / "1")}
    told = stage.test(
        Job("two_sample", parameters, inputs, out, out, "", Store(folder), series, "cpu")
    )
    return stored_two_sample(out), told


def test_the_stage_writes_numbers_classes_and_every_clip(folder: Path) -> None:
    found, told = _found(folder, "synthetic")
    assert set(found) == TOLD | {"auc", "classes", "clips"}
    assert 0.0 <= found["ci95_low"] <= found["accuracy"] <= found["ci95_high"] <= 1.0
    assert [row["class"] for row in found["classes"]] == ["class0", "class1", "class2"]
    assert sum(row["n"] for row in found["classes"]) == found["n"] == len(found["clips"])
    for row in found["classes"]:
        mine = [clip for clip in found["clips"] if clip["class"] == row["class"]]
        right = [(clip["p_synthetic"] > 0.5) == clip["synthetic"] for clip in mine]
        assert row["accuracy"] == np.mean(right) and set(row) == TOLD | {"class"}
    ids = {clip["clip_id"] for clip in found["clips"] if not clip["synthetic"]}
    assert ids <= set(ClipSet.load(folder / "data" / "test.npz").ids)
    assert told["clips"]["clips"] == 60 and told["against"]["clips"] == 36


def test_the_floor_has_as_many_clips_as_the_pool(folder: Path) -> None:
    _, told = _found(folder, "train", samples=15)
    assert told["clips"]["clips"] == 15
    drawn = stage._drawn(ClipSet.load(folder / "data" / "train.npz"), 15, 3)
    assert drawn.class_counts().tolist() == [5, 5, 5]
    assert _found(folder, "train", samples=600)[1]["clips"]["clips"] == 60


def test_a_clip_and_its_image_are_in_one_half(folder: Path) -> None:
    found, _ = _found(folder, "represented")
    half = {(clip["clip_id"], clip["synthetic"]): clip["half"] for clip in found["clips"]}
    assert found["n"] == 72
    assert all(half[clip, False] == half[clip, True] for clip, _ in half)
    nothing, told = _found(folder, "represented", "nothing")
    assert nothing == {"undefined": "the generator does not offer its representation"}
    assert told == {}


def test_the_code_of_the_stage_is_found() -> None:
    parameters = {"recognizer": "stgcn++", "steps": STEPS}
    assert stage_of("two_sample/stgcn++", "two_sample", parameters, {"data": "data"}).code
