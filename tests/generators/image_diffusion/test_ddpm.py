"""Behaviour of the DDPM on images, with and without its guide."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generators.protocol import FitContext
from generators.registry import load_generator
from skeletons.errors import InputError
from tests.conftest import moving_clips
from tests.generators.fitting import KeptParts, fitted

NAMES = ("ddpm", "st_guided_ddpm")


@pytest.fixture(scope="module", params=NAMES)
def generator(request):
    return fitted(request.param, sampling_batch=4)


@pytest.mark.parametrize("labels", [[], [2], [2, 0, 0, 1, 2, 2]])
def test_every_label_is_served_in_order_with_the_length_of_a_real_clip(generator, labels):
    real = moving_clips(12)
    clips = generator.sample(np.asarray(labels, np.int64), seed=3)
    assert clips.labels.tolist() == labels
    assert np.isfinite(clips.frames).all()
    for row, label in enumerate(labels):
        assert clips.lengths[row] in real.lengths[real.labels == label]


def test_samples_depend_on_the_seed_and_on_nothing_else(generator):
    labels = np.arange(6) % 3
    first = generator.sample(labels, seed=3)
    torch.manual_seed(99)
    again, other = generator.sample(labels, seed=3), generator.sample(labels, seed=4)
    assert np.array_equal(first.frames, again.frames)
    assert np.abs(first.resample(8) - other.resample(8)).max() > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_generator_samples_the_same(name, tmp_path):
    generator = fitted(name)
    generator.save(tmp_path)
    labels = np.asarray([1, 2])
    loaded = load_generator(name, tmp_path)
    assert np.array_equal(generator.sample(labels, 7).frames, loaded.sample(labels, 7).frames)
    (tmp_path / "weights.safetensors").write_bytes(b"cut")
    with pytest.raises(InputError, match="holds no fitted"):
        load_generator(name, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_one_clip_a_class_is_enough_to_fit(name):
    generator = fitted(name, moving_clips(3))
    assert len(generator.sample(np.asarray([0, 1, 2, 2]), 0)) == 4


@pytest.mark.parametrize("name", NAMES)
def test_an_interrupted_fit_goes_on_to_the_same_weights(name, tmp_path, monkeypatch):
    monkeypatch.setattr("recognizers.resuming.SECONDS_BETWEEN_CHECKPOINTS", -1.0)

    def interrupt(done: int, total: int) -> None:
        if done == total - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitted(name, run=FitContext(seed=0, scratch=tmp_path, progress=interrupt))
    assert (tmp_path / "denoiser.checkpoint").exists()
    generator = fitted(name, run=FitContext(seed=0, scratch=tmp_path))
    labels = np.asarray([0, 1])
    assert np.array_equal(generator.sample(labels, 0).frames, fitted(name).sample(labels, 0).frames)


def test_progress_of_a_fit_counts_up_to_its_total():
    seen: list[tuple[int, int]] = []
    run = FitContext(seed=0, progress=lambda *now: seen.append(now))
    fitted("st_guided_ddpm", run=run, train_steps=4, guide_steps=2)
    done, totals = zip(*seen, strict=True)
    assert list(done) == sorted(done)
    assert set(totals) == {6} == {done[-1]}


def test_both_generators_have_the_same_denoiser_and_scale_zero_is_the_control():
    control, guided = fitted("ddpm"), fitted("st_guided_ddpm", guidance_scale=0.0)
    labels = np.arange(5) % 3
    assert np.array_equal(control.sample(labels, 2).frames, guided.sample(labels, 2).frames)


def test_a_denoiser_that_is_there_is_not_trained_again(tmp_path):
    parts, steps = KeptParts(tmp_path), []
    for name in NAMES:
        run = FitContext(seed=1, part=parts, progress=lambda done, _: steps.append(done))
        fitted(name, run=run)
    assert [name for name, _ in parts.asked] == ["denoiser", "denoiser", "guide"]
    assert parts.asked[0] == parts.asked[1], "both ask for the same denoiser"
    assert len(steps) == 4 + 2


def test_an_objective_that_is_not_asked_for_is_in_no_recipe_and_in_no_file(tmp_path):
    parts = KeptParts(tmp_path)
    generator = fitted("ddpm", run=FitContext(seed=0, part=parts))
    assert "objective" not in parts.asked[0][1]
    assert "objective" not in generator.parameters.model_dump()
    flow = fitted("ddpm", objective="flow")
    assert flow.parameters.model_dump()["objective"] == "flow"


def test_guides_that_act_at_other_steps_share_all_training(tmp_path):
    parts = KeptParts(tmp_path)
    for settings in ({}, {"guidance_every": 2}, {"guidance_from": 0.2}, {"sampling_steps": 2}):
        fitted("st_guided_ddpm", run=FitContext(seed=0, part=parts), **settings)
    assert len(set(parts.asked)) == 2, "a denoiser and a guide"


@pytest.mark.parametrize(
    ("change", "trained"),
    [
        ({"sampling_steps": 2}, 1),
        ({"sampler": "ddim"}, 1),
        ({"label_scale": 2.0}, 1),
        ({"learning_rate": 1e-4}, 2),
        ({"objective": "flow"}, 2),
    ],
)
def test_fits_that_differ_in_sampling_only_share_their_training(change, trained, tmp_path):
    parts = KeptParts(tmp_path)
    for settings in ({}, change):
        fitted("ddpm", run=FitContext(seed=0, part=parts), **settings)
    assert len(set(parts.asked)) == trained
