from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from recognizers.extractor import (
    extractor_id,
    extractor_kind,
    load_extractor,
    pretrain_extractor,
)
from recognizers.gru import GRUClassifier, GRUConfig, read_published
from recognizers.gru_extractor import (
    FRAMES,
    GRU_RECIPES,
    GRUExtractor,
    adopt_published,
    middle,
    prepare,
)
from recognizers.training import TrainingRun
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.skeleton import KINECT20, SMPL24
from tests.conftest import moving_clips

RUN = TrainingRun()

PUBLISHED = {
    "recurrent.weight_ih_l0": (384, 72),
    "recurrent.weight_hh_l0": (384, 128),
    "recurrent.bias_ih_l0": (384,),
    "recurrent.bias_hh_l0": (384,),
    "recurrent.weight_ih_l1": (384, 128),
    "recurrent.weight_hh_l1": (384, 128),
    "recurrent.bias_ih_l1": (384,),
    "recurrent.bias_hh_l1": (384,),
    "linear1.weight": (30, 128),
    "linear1.bias": (30,),
    "linear2.weight": (12, 30),
    "linear2.bias": (12,),
}
"""Names and shapes in ``action_recognition_model_humanact12.tar``, in the file's order."""


def _published_state(**shapes: tuple[int, ...]) -> OrderedDict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(4)
    return OrderedDict(
        (name, 0.1 * torch.randn(shapes.get(name, shape), generator=generator))
        for name, shape in PUBLISHED.items()
    )


def _write(path: Path, state: object, *, zipped: bool = False, **others: object) -> Path:
    """A checkpoint as the published ones are: torch's old format, optimiser and step beside it."""
    adam = {"state": {}, "param_groups": [{"lr": 0.001, "params": [140094705277472]}]}
    content = {"model": state, "optimizer": adam, "iteration": 30_000, **others}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


def _clips12(count: int = 24) -> ClipSet:
    return moving_clips(count, classes=12, frames=64)


def _reference_features(
    state: dict[str, torch.Tensor], motion: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """The network from its definition (Cho et al. 2014 in torch's form), frame by frame."""
    weights = {name: value.double().numpy() for name, value in state.items()}
    sequence = motion.astype(np.float64)
    for layer in range(2):
        hidden, outputs = start[layer].astype(np.float64), []
        for frame in range(sequence.shape[1]):
            mine = sequence[:, frame] @ weights[f"recurrent.weight_ih_l{layer}"].T
            past = hidden @ weights[f"recurrent.weight_hh_l{layer}"].T
            mine = np.split(mine + weights[f"recurrent.bias_ih_l{layer}"], 3, axis=1)
            past = np.split(past + weights[f"recurrent.bias_hh_l{layer}"], 3, axis=1)
            reset, update = (1 / (1 + np.exp(-mine[gate] - past[gate])) for gate in (0, 1))
            hidden = (1 - update) * np.tanh(mine[2] + reset * past[2]) + update * hidden
            outputs.append(hidden)
        sequence = np.stack(outputs, axis=1)
    return np.tanh(sequence[:, -1] @ weights["linear1.weight"].T + weights["linear1.bias"])


def test_the_state_dict_is_the_published_one():
    state = GRUClassifier(GRUConfig(input_size=72, classes=12)).state_dict()
    assert [(name, tuple(value.shape)) for name, value in state.items()] == list(PUBLISHED.items())


@pytest.mark.parametrize("random", [False, True])
def test_features_follow_the_definition_of_a_gru(random):
    model = GRUClassifier(GRUConfig(72, 12)).eval()
    model.load_state_dict(_published_state())
    motion = torch.randn(3, 9, 72, generator=torch.Generator().manual_seed(1))
    state = model.random_state(3, torch.Generator().manual_seed(2)) if random else None
    features = model.features(motion, state).detach().numpy()
    start = np.zeros((2, 3, 128)) if state is None else state.numpy()
    expected = _reference_features(_published_state(), motion.numpy(), start)
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-6)
    assert model(motion, state).shape == (3, 12)


def test_sizes_are_free():
    model = GRUClassifier(GRUConfig(input_size=75, classes=7, hidden=16, layers=3, features=8))
    motion = torch.randn(4, 5, 75)
    assert model.features(motion).shape == (4, 8)
    assert model(motion, model.random_state(4)).shape == (4, 7)


def test_the_classifier_overfits_one_batch():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = GRUClassifier(GRUConfig(input_size=12, classes=4))
        motion = torch.randn(8, 10, 12)
    labels = torch.arange(8) % 4
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(60):
        loss = F.cross_entropy(model(motion), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.05


@pytest.mark.parametrize("zipped", [False, True])
def test_a_published_file_is_read_as_it_is(tmp_path, zipped):
    path = _write(tmp_path / "model.tar", _published_state(), zipped=zipped, epoch=3, notes=["a"])
    model, facts = read_published(path)
    assert model.config == GRUConfig(input_size=72, classes=12)
    assert facts == {"iteration": 30_000, "learning_rate": 0.001}
    assert not model.training
    for name, value in _published_state().items():
        assert torch.equal(model.state_dict()[name], value), name


def test_a_file_with_nothing_but_the_state_is_read(tmp_path):
    torch.save({"model": _published_state()}, tmp_path / "model.tar")
    assert read_published(tmp_path / "model.tar")[1] == {}


@pytest.mark.parametrize("zipped", [False, True])
def test_tensors_saved_on_a_gpu_land_on_the_cpu(tmp_path, monkeypatch, zipped):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with monkeypatch.context() as patch:
        patch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
        path = _write(tmp_path / "model.tar", _published_state(), zipped=zipped)
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.load(path, weights_only=True)
    model, _ = read_published(path)
    assert {value.device.type for value in model.state_dict().values()} == {"cpu"}


class RunsCode:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("form", ["zipped", "old", "bare"])
def test_a_file_that_would_run_code_is_refused_and_nothing_runs(tmp_path, form):
    path, mark = tmp_path / "model.tar", tmp_path / "it-ran"
    if form == "bare":
        path.write_bytes(pickle.dumps({"model": RunsCode(mark)}))
    else:
        _write(path, _published_state(), zipped=form == "zipped", extra=RunsCode(mark))
    with pytest.raises(InputError, match=r"model.tar is refused, nothing in it was run") as caught:
        read_published(path)
    assert not mark.exists()
    assert "\n" not in str(caught.value)
    torch.load(path, weights_only=False) if form != "bare" else pickle.loads(path.read_bytes())
    assert mark.exists(), "the file is a real threat"


def _without(name: str) -> OrderedDict[str, torch.Tensor]:
    state = _published_state()
    del state[name]
    return state


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ([1, 2], "no state under 'model'"),
        ({}, "no matrix 'recurrent.weight_ih_l0'"),
        (_without("linear2.weight"), "no matrix 'linear2.weight'"),
        (_without("recurrent.bias_hh_l1"), r"Missing key.*recurrent\.bias_hh_l1"),
        (_published_state() | {"linear3.bias": torch.ones(2)}, r"Unexpected key.*linear3\.bias"),
        (_published_state(**{"recurrent.bias_ih_l1": (99,)}), r"size mismatch.*bias_ih_l1"),
        (_published_state(**{"linear1.weight": (0, 128)}), "no matrix 'linear1.weight'"),
        (_published_state() | {"linear1.bias": torch.full((30,), np.nan)}, "NaN or infinite"),
    ],
)
def test_a_file_of_another_network_is_one_clear_line(tmp_path, state, line):
    path = _write(tmp_path / "model.tar", state)
    with pytest.raises(InputError, match=line) as caught:
        read_published(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_no_checkpoint_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match=r"no checkpoint: .*No such file"):
        read_published(tmp_path / "none.tar")
    for content in (b"", b"hello", b"\x80\x02", bytes(512), json.dumps({"model": {}}).encode()):
        (tmp_path / "model.tar").write_bytes(content)
        with pytest.raises(InputError):
            read_published(tmp_path / "model.tar")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("checkpoint")
    return _write(folder / "model.tar", _published_state()).read_bytes()


@settings(max_examples=60, deadline=None)
@given(
    kept=st.floats(0.01, 1.0),
    changes=st.lists(st.tuples(st.integers(0, 5999), st.integers(0, 255)), max_size=5),
)
def test_a_mangled_file_is_read_or_refused_but_never_crashes(
    checkpoint, tmp_path_factory, kept, changes
):
    content = bytearray(checkpoint[: round(kept * len(checkpoint))])
    for place, byte in changes:
        content[place % len(content)] = byte
    path = tmp_path_factory.getbasetemp() / "mangled.tar"
    path.write_bytes(content)
    try:
        model, _ = read_published(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert model.config.layers == 2


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
    expected = _reference_features(_published_state(), motion, np.zeros((2, 24, 128)))
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
    path = _write(folder / "action_recognition_model_test.tar", _published_state())
    adopt_published(path, folder / "extractor", _clips12())
    extractor = load_extractor(folder / "extractor")
    assert isinstance(extractor, GRUExtractor)
    return extractor


def test_a_published_file_becomes_an_extractor_with_its_origin(tmp_path):
    path, folder = _write(tmp_path / "model.tar", _published_state()), tmp_path / "extractor"
    story = adopt_published(path, folder, _clips12())
    assert story == json.loads((folder / "recipe.json").read_text())
    assert story["published"] == "model.tar"
    assert story["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert story["iteration"] == 30_000
    loaded = load_extractor(folder)
    for name, value in _published_state().items():
        assert torch.equal(loaded.model.state_dict()[name], value), "exactly, in float32"
    weights = (folder / "weights.safetensors").read_bytes()
    assert extractor_id(folder) == f"gru_action2motion-{hashlib.sha256(weights).hexdigest()[:8]}"


def test_a_published_file_for_other_data_says_what_both_have(tmp_path):
    path = _write(tmp_path / "model.tar", _published_state())
    with pytest.raises(
        InputError,
        match="for 24 joints and 12 classes, the data have 24 joints and 3 classes",
    ):
        adopt_published(path, tmp_path / "extractor", moving_clips(6))
    kinect = ClipSet.of(KINECT20, ["a"] * 12, [np.zeros((3, 20, 3))], [0])
    with pytest.raises(InputError, match=r"for 24 joints .* the data have 20 joints"):
        adopt_published(path, tmp_path / "extractor", kinect)
    odd = _write(tmp_path / "odd.tar", _published_state(**{"recurrent.weight_ih_l0": (384, 70)}))
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
    """A folder with one short training twice, and its story."""
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
    folder, (story, again) = trained
    assert extractor_id(folder / "a") == extractor_id(folder / "b")
    assert extractor_id(folder / "a").startswith("gru_action2motion-")
    assert story == again
    assert json.dumps(story, indent=1) + "\n" == (folder / "a" / "recipe.json").read_text()
    assert (story["steps"], story["clips"], story["initial_state"]) == (150, 24, "N(0, 1)")
    assert story["clips_sha256"] == moving_clips(24, seed=1).fingerprint
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


def test_an_extractor_without_a_kind_is_an_st_trans(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "weights.safetensors").write_bytes(b"any")
    assert extractor_kind(tmp_path) == "st_trans"
    assert extractor_id(tmp_path) == f"st_trans-{hashlib.sha256(b'any').hexdigest()[:8]}"


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
