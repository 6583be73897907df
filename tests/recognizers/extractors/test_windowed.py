"""Judges on windows of recorded frames: trained, stored, read and asked alike."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from recognizers.extractors.kinds import (
    KINDS,
    bundled_extractor,
    extractor_id,
    extractor_kind,
    load_extractor,
    pretrain_extractor,
)
from recognizers.training import TrainingRun
from skeletons.errors import InputError
from skeletons.layouts import KINECT20
from tests.conftest import moving_clips

SMALL: dict[str, dict[str, Any]] = {
    "st_trans": {"channels": (8, 8, 8), "widths": (8, 8), "layers": (1, 1), "heads": 2},
    "stgcn++": {"base_channels": 8, "stages": 2, "inflate": (2,), "down": (2,)},
}


@pytest.fixture(params=SMALL)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kind of judge that is trained in a moment."""
    name: str = request.param
    recipes = import_module(KINDS[name].module).RECIPES
    sizes = {**recipes["quick"].model, **SMALL[name]}
    short = replace(
        recipes["quick"], model=sizes, frames=16, batch=6, steps_per_clip=0.0, least_steps=3
    )
    monkeypatch.setitem(recipes, "quick", short)
    return name


def test_a_judge_is_trained_stored_and_read_alike(kind, tmp_path):
    clips = moving_clips(12)
    for name in ("a", "b"):
        told = pretrain_extractor(clips, tmp_path / name, run=TrainingRun(), kind=kind)
    assert (told["steps"], told["clips_sha256"]) == (3, clips.fingerprint)
    assert extractor_id(tmp_path / "a") == extractor_id(tmp_path / "b")
    assert extractor_kind(tmp_path / "a") == kind
    features, logits = load_extractor(tmp_path / "a").featurise(clips)
    assert len(features) == len(logits) == 12
    assert np.isfinite(features).all()
    again, _ = load_extractor(tmp_path / "b").featurise(clips)
    np.testing.assert_array_equal(features, again)


def test_the_logits_are_those_of_the_averaged_features(kind, tmp_path):
    pretrain_extractor(moving_clips(12), tmp_path, run=TrainingRun(), kind=kind)
    judge: Any = load_extractor(tmp_path)
    long = moving_clips(3, frames=60)
    together, logits = judge.featurise(long)
    alone = np.concatenate([judge.featurise(long.select([row]))[0] for row in range(3)])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert logits.shape == (3, len(long.classes))


def test_other_classes_or_joints_are_clear_errors(kind, tmp_path):
    pretrain_extractor(moving_clips(12), tmp_path, run=TrainingRun(), kind=kind)
    judge = load_extractor(tmp_path)
    with pytest.raises(InputError, match="its classes are not those of the extractor"):
        judge.featurise(moving_clips(4, classes=4))
    other = replace(moving_clips(4), skeleton=KINECT20)
    with pytest.raises(InputError, match="has the skeleton kinect20, the extractor was made for"):
        judge.featurise(other)


@pytest.mark.parametrize("file", ["config.json", "weights.safetensors"])
def test_a_cut_file_is_a_clear_error(kind, tmp_path, file):
    pretrain_extractor(moving_clips(12), tmp_path, run=TrainingRun(), kind=kind)
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="holds no usable extractor"):
        load_extractor(tmp_path)


def test_no_clips_and_unknown_profiles_are_refused(kind, tmp_path):
    with pytest.raises(InputError, match="no clips"):
        pretrain_extractor(moving_clips(3).select([]), tmp_path, run=TrainingRun(), kind=kind)
    with pytest.raises(InputError, match="did you mean 'quick'"):
        pretrain_extractor(moving_clips(3), tmp_path, run=TrainingRun(), kind=kind, profile="quik")


@pytest.mark.parametrize("kind", KINDS)
def test_the_bundled_judges_know_the_development_clips(kind, kinematic12_dev):
    """What stands in docs/protocol.md of dev clips; a few of each class, for time."""
    folder = bundled_extractor("kinematic12", kind)
    assert folder is not None
    rows = np.concatenate(
        [np.flatnonzero(kinematic12_dev.labels == label)[:4] for label in range(12)]
    )
    clips = kinematic12_dev.select(rows)
    _, logits = load_extractor(folder).featurise(clips)
    assert (logits.argmax(axis=1) == clips.labels).mean() > 0.9


@pytest.fixture(scope="module")
def kinematic12_dev():
    from skeletons.datasets.kinematic12 import Kinematic12

    return Kinematic12().load("cross-subject").dev
