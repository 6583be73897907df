"""Every recognizer and judge on skeletons that it was not written for."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from recognizers.downstream import train_recognizer
from recognizers.extractors.kinds import KINDS, load_extractor, pretrain_extractor
from recognizers.recipe_table import RECIPES
from recognizers.recipes import STRONG
from recognizers.registry import recipe_for
from recognizers.training import TrainingRun
from tests.any_skeleton import UNUSUAL, swaying_clips

NAMES = sorted({name for name, _ in RECIPES})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", UNUSUAL)
def test_a_recognizer_trains_on_clips_of_any_skeleton(name: str, kind: str) -> None:
    clips = swaying_clips(UNUSUAL[kind], count=3)
    recipe = replace(
        recipe_for(name, "quick"), frames=8, batch=2, test_samplings=1, augmentation=STRONG
    )
    if name == "posec3d" and kind.startswith("133"):
        recipe = replace(recipe, batch=1)  # a heat map a joint
    trained = train_recognizer(name, clips, recipe=recipe, steps=1, seed=0, run=TrainingRun())
    scores = trained.scores(clips)
    assert scores.shape == (3, 3)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("kind", UNUSUAL)
def test_a_judge_is_made_for_any_skeleton(
    name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module(KINDS[name].module)
    recipes = module.GRU_RECIPES if name == "gru" else module.RECIPES
    short = replace(recipes["quick"], frames=16, batch=6, steps_per_clip=0.0, least_steps=2)
    monkeypatch.setitem(recipes, "quick", short)
    clips = swaying_clips(UNUSUAL[kind])
    pretrain_extractor(clips, tmp_path, kind=name, run=TrainingRun())
    features, logits = load_extractor(tmp_path).featurise(clips)
    assert len(features) == len(logits) == len(clips)
    assert np.isfinite(features).all()


def test_turns_and_tilts_leave_a_picture_in_its_plane() -> None:
    from recognizers.inputs import GraphInput

    clips = swaying_clips(UNUSUAL["2D"])
    batch = GraphInput.of(clips, 8, replace(STRONG, noise=0.0)).batch(
        np.arange(4), np.random.default_rng(0)
    )
    assert batch.shape == (4, 1, 8, 17, 3)
    assert not batch[..., 2].any()
    lengths = [clips.skeleton.bone_lengths(clips[row].joints).mean() for row in range(4)]
    sizes = [clips.skeleton.bone_lengths(batch[row, 0, ..., :2].numpy()).mean() for row in range(4)]
    ratio = np.asarray(sizes) / np.asarray(lengths)
    assert ((ratio > 0.75) & (ratio < 1.25)).all()  # size alone has changed
