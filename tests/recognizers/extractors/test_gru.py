from __future__ import annotations

import dataclasses
import hashlib
import json

import numpy as np
import pytest
import torch

from recognizers.extractors.gru import (
    FRAMES,
    GRU_RECIPES,
    GRUExtractor,
    adopt_published,
    middle,
    prepare,
)
from recognizers.extractors.kinds import (
    extractor_id,
    extractor_kind,
    load_extractor,
    pretrain_extractor,
)
from recognizers.training import TrainingRun
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, SMPL24
from tests.conftest import moving_clips
from tests.recognizers.extractors.published_gru import published_state, reference_features, write

RUN = TrainingRun()


def _clips12(count: int = 24) -> ClipSet:
    return moving_clips(count, classes=12, frames=64)


def _still(lengths: list[int]) -> ClipSet:
    """Clips whose every coordinate tells clip, frame, joint and axis."""
    joints = [
        (1000 * clip + np.arange(length)[:, None, None] + np.arange(72).reshape(24, 3) / 100)
        for clip, length in enumerate(lengths)
    ]
    return ClipSet.of(SMPL24, ["one"], joints, [0] * len(lengths), name="still")


def test_a_clip_is_cut_or_stays_in_its_last_pose_and_starts_at_the_origin():
    clips = _still([4, 9, 1]).select([1, 0, 2])
    motion = prepare(clips, 6, np.asarray([2, 0, 0])).reshape(3, 6, 24, 3)
    offset = np.arange(72).reshape(24, 3) / 100
    offset = offset - offset[SMPL24.centre]
    for row, frames in enumerate([[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 3, 3], [0] * 6]):
        expected = np.asarray(frames)[:, None, None] + offset
        np.testing.assert_allclose(motion[row], expected, atol=2e-4)


def test_the_middle_of_a_longer_clip_is_taken():
    assert middle(np.asarray([1, 60, 61, 64, 161]), 60).tolist() == [0, 0, 0, 2, 50]


def test_without_random_state_features_are_the_same_every_time(published):
    clips = _clips12()
    features, logits = published.featurise(clips)
    assert features.shape == (24, 30)
    assert logits.shape == (24, 12)
    assert np.abs(features).max() <= 1.0
    torch.randn(7)
    again, logits_again = published.featurise(clips)
    assert np.array_equal(features, again)
    assert np.array_equal(logits, logits_again)
    motion = prepare(clips, FRAMES, middle(clips.lengths, FRAMES))
    expected = reference_features(published_state(), motion, np.zeros((2, 24, 128)))
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-5)


def test_a_random_state_varies_by_seed_and_a_seed_reproduces_it(published):
    clips = _clips12()
    fixed, _ = published.featurise(clips)
    before = torch.get_rng_state()
    runs = [published.featurise(clips, torch.Generator().manual_seed(k))[0] for k in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1])
    assert np.abs(runs[0] - runs[2]).max() > 1e-4
    assert np.abs(runs[0] - fixed).max() > 1e-4
    assert torch.equal(before, torch.get_rng_state()), "only the given generator is drawn from"


def test_a_random_state_does_not_hang_on_the_batch(published):
    clips = _clips12()
    small = dataclasses.replace(published, batch=5)
    for seed in (None, 3):
        whole, parts = (
            extractor.featurise(clips, seed and torch.Generator().manual_seed(seed))[0]
            for extractor in (published, small)
        )
        np.testing.assert_allclose(whole, parts, atol=1e-5)


def test_random_states_are_standard_normal_and_windows_never_the_last(published):
    lengths = [FRAMES] * 50 + [FRAMES + 1] * 50 + [FRAMES + 4] * 900
    first, state = published._start(_still(lengths), torch.Generator().manual_seed(0))
    assert state.shape == (2, 1000, 128)
    assert abs(state.mean().item()) < 0.01
    assert abs(state.std().item() - 1.0) < 0.01
    assert set(first[:100]) == {0}
    assert set(first[100:]) == {0, 1, 2, 3}


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> GRUExtractor:
    folder = tmp_path_factory.mktemp("published")
    path = write(folder / "action_recognition_model_test.tar", published_state())
    adopt_published(path, folder / "extractor", _clips12())
    extractor = load_extractor(folder / "extractor")
    assert isinstance(extractor, GRUExtractor)
    return extractor


def test_a_published_file_becomes_an_extractor_with_its_origin(tmp_path):
    path, folder = write(tmp_path / "model.tar", published_state()), tmp_path / "extractor"
    training = adopt_published(path, folder, _clips12())
    assert training == json.loads((folder / "recipe.json").read_text())
    assert training["published"] == "model.tar"
    assert training["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert training["iteration"] == 30_000
    loaded = load_extractor(folder)
    for name, value in published_state().items():
        assert torch.equal(loaded.model.state_dict()[name], value), "exactly, in float32"
    weights = (folder / "weights.safetensors").read_bytes()
    assert extractor_id(folder) == f"gru_action2motion-{hashlib.sha256(weights).hexdigest()[:8]}"


def test_a_published_file_for_other_data_says_what_both_have(tmp_path):
    path = write(tmp_path / "model.tar", published_state())
    with pytest.raises(
        InputError,
        match="for 24 joints and 12 classes, the data have 24 joints and 3 classes",
    ):
        adopt_published(path, tmp_path / "extractor", moving_clips(6))
    kinect = ClipSet.of(KINECT20, ["a"] * 12, [np.zeros((3, 20, 3))], [0])
    with pytest.raises(InputError, match=r"for 24 joints .* the data have 20 joints"):
        adopt_published(path, tmp_path / "extractor", kinect)
    odd = write(tmp_path / "odd.tar", published_state(**{"recurrent.weight_ih_l0": (384, 70)}))
    with pytest.raises(InputError, match="for 70 numbers a frame and 12 classes"):
        adopt_published(odd, tmp_path / "extractor", _clips12())
    assert not (tmp_path / "extractor").exists()


def test_an_extractor_refuses_clips_of_other_classes_or_joints(published):
    with pytest.raises(InputError, match="classes"):
        published.featurise(moving_clips(6))
    kinect = ClipSet.of(KINECT20, published.classes, [np.zeros((3, 20, 3))], [0])
    with pytest.raises(InputError, match="has 20 joints, the extractor is for 24"):
        published.featurise(kinect)


def test_no_clips_give_no_features(published):
    features, logits = published.featurise(_clips12().select([]))
    assert (features.shape, logits.shape) == ((0, 30), (0, 12))
    noisy, _ = published.featurise(_clips12().select([]), torch.Generator())
    assert noisy.shape == (0, 30)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with one short training twice, and its training."""
    short = dataclasses.replace(
        GRU_RECIPES["quick"], least_steps=150, steps_per_clip=0.0, frames=16, batch=24
    )
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GRU_RECIPES, "quick", short)
        stories = [
            pretrain_extractor(moving_clips(24, seed=1), folder / name, run=RUN, kind="gru")
            for name in "ab"
        ]
    return folder, stories


def test_a_trained_extractor_labels_clips_it_has_not_seen(trained):
    extractor, test = load_extractor(trained[0] / "a"), moving_clips(30, seed=2)
    for state in (None, torch.Generator().manual_seed(0)):
        _, logits = extractor.featurise(test, state)
        assert (logits.argmax(axis=1) == test.labels).mean() > 0.8


def test_training_again_gives_the_same_weights_and_tells_its_story(trained):
    folder, (training, again) = trained
    assert extractor_id(folder / "a") == extractor_id(folder / "b")
    assert extractor_id(folder / "a").startswith("gru_action2motion-")
    assert training == again
    assert json.dumps(training, indent=1) + "\n" == (folder / "a" / "recipe.json").read_text()
    assert (training["steps"], training["clips"], training["initial_state"]) == (150, 24, "N(0, 1)")
    assert training["clips_sha256"] == moving_clips(24, seed=1).fingerprint
    config = json.loads((folder / "a" / "config.json").read_text())
    assert (config["kind"], config["frames"]) == (extractor_kind(folder / "a"), 16) == ("gru", 16)
    assert load_extractor(folder / "a").frames == 16


def test_the_paper_recipe_is_what_the_published_files_tell():
    paper = GRU_RECIPES["paper"]
    optimisation = paper.optimisation
    assert (optimisation.weight_decay, optimisation.betas) == (0.0, (0.9, 0.999)), "AdamW is Adam"
    assert [optimisation.rate(step, 30_000) for step in (0, 15_000, 29_999)] == [1e-3] * 3
    assert (optimisation.ema, optimisation.clip) == (None, None)
    assert (paper.frames, paper.steps(100), paper.steps(1_000_000)) == (60, 30_000, 30_000)


def test_unknown_kinds_profiles_and_no_clips_are_clear_errors(tmp_path):
    with pytest.raises(InputError, match="unknown kind of extractor 'grus': did you mean 'gru'"):
        pretrain_extractor(moving_clips(3), tmp_path, run=RUN, kind="grus")
    with pytest.raises(InputError, match="did you mean 'quick'"):
        pretrain_extractor(moving_clips(3), tmp_path, run=RUN, kind="gru", profile="quik")
    with pytest.raises(InputError, match="no clips"):
        pretrain_extractor(moving_clips(3).select([]), tmp_path, run=RUN, kind="gru")
    (tmp_path / "config.json").write_text('{"kind": ["gru"]}')
    with pytest.raises(InputError, match="unknown kind of extractor"):
        load_extractor(tmp_path)


def test_an_extractor_without_a_kind_is_none_of_ours(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError, match="holds no usable extractor"):
        extractor_kind(tmp_path)


def test_an_extractor_is_named_by_its_kind_and_its_weights(tmp_path):
    (tmp_path / "config.json").write_text('{"kind": "stgcn++"}')
    (tmp_path / "weights.safetensors").write_bytes(b"any")
    assert extractor_id(tmp_path) == f"stgcn++-{hashlib.sha256(b'any').hexdigest()[:8]}"


def test_cut_files_and_configs_that_do_not_fit_are_clear_errors(trained, tmp_path):
    good = trained[0] / "a"
    files = {name: (good / name).read_bytes() for name in ("weights.safetensors", "config.json")}
    config = json.loads(files["config.json"])
    wrong = (
        {"model": config["model"] | {"hidden": 64}},
        {"model": config["model"] | {"width": 1}},
        {"model": [1]},
        {"frames": 0},
        {"frames": None},
        {"classes": ["only one"]},
    )
    broken = [{name: content[: len(content) // 2]} for name, content in files.items()]
    broken += [{"config.json": json.dumps(config | change).encode()} for change in wrong]
    for change in broken:
        for name, content in (files | change).items():
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError):
            load_extractor(tmp_path)
    with pytest.raises(InputError, match="holds no usable extractor"):
        load_extractor(tmp_path / "nowhere")
