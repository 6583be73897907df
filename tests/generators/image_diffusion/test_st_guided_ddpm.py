"""What the guide does to samples."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from generators.image_diffusion.guidance import LabelLikelihood
from generators.image_diffusion.sampling import sample_images
from generators.image_diffusion.view import image_view
from generators.protocol import FitContext
from generators.registry import load_generator, make_generator
from skeletons.datasets import dataset_named
from skeletons.splits import Split
from tests.generators.fitting import drawn, fitted

GUIDANCES = ("unit", "capped", "dhariwal", "entropy")
TOWARD_THE_LABEL = GUIDANCES[:3]


@pytest.fixture(scope="module")
def guided():
    return fitted("st_guided_ddpm", guide_steps=40, guide_batch=16, sampling_batch=12)


@pytest.mark.parametrize(
    "settings",
    [
        {"guidance_scale": 20.0},
        {"guidance": "capped", "guidance_cap": 0.05, "guidance_scale": 20.0},
        # As good as untrained, the network makes estimates depend on x_t only through a velocity.
        {"guidance": "dhariwal", "guidance_scale": 200.0, "prediction": "v_prediction"},
    ],
    ids=TOWARD_THE_LABEL,
)
def test_the_guide_finds_guided_samples_more_likely(settings, guided, monkeypatch):
    labels = np.repeat(np.arange(3), 4)

    def likelihood(**changes) -> float:
        parameters = guided.parameters.model_copy(update={**settings, **changes})
        monkeypatch.setattr(guided, "parameters", parameters)
        images, _ = guided.codec.encode(guided.sample(labels, 0))
        monkeypatch.undo()
        logits = guided.guide(torch.from_numpy(images))
        return -F.cross_entropy(logits, torch.from_numpy(labels)).item()

    assert likelihood() > likelihood(guidance_scale=0.0) + 0.02


def test_the_guide_doubts_samples_that_entropy_has_guided(guided):
    labels = np.repeat(np.arange(3), 4)

    def doubt(**changes) -> float:
        parameters = guided.parameters
        guided.parameters = parameters.model_copy(update={"guidance": "entropy", **changes})
        images, _ = guided.codec.encode(guided.sample(labels, 0))
        guided.parameters = parameters
        log_p = F.log_softmax(guided.guide(torch.from_numpy(images)), dim=1)
        return -(log_p.exp() * log_p).sum(dim=1).mean().item()

    most, free = doubt(guidance_cap=0.01, guidance_scale=60.0), doubt(guidance_scale=0.0)
    assert free + 0.02 < most <= np.log(3)


def test_each_guidance_makes_samples_of_its_own_and_scale_zero_those_of_no_guide():
    labels = np.asarray([0, 1, 2])
    generator = fitted("st_guided_ddpm", prediction="v_prediction")
    free = drawn(generator, labels, guidance_scale=0.0)
    made = [free, *(drawn(generator, labels, guidance=guidance) for guidance in GUIDANCES)]
    for row, frames in enumerate(made):
        assert not any(np.array_equal(frames, other) for other in made[:row])
        assert np.isfinite(frames).all()
    for guidance in GUIDANCES:
        off = drawn(generator, labels, guidance=guidance, guidance_scale=0.0)
        assert np.array_equal(off, free)


@pytest.mark.parametrize("denoiser", ["unet", "transformer"])
@pytest.mark.parametrize("guidance", GUIDANCES)
def test_sampling_takes_no_gradient_of_weights_and_a_batch_says_nothing_of_another(
    guidance, denoiser
):
    generator = fitted("st_guided_ddpm", guidance=guidance, denoiser=denoiser, channels=(16, 16))
    labels = np.asarray([0, 1, 2, 1])
    alone = drawn(generator, labels[:2], sampling_batch=2)
    assert np.array_equal(drawn(generator, labels, sampling_batch=2)[: len(alone)], alone)
    networks = (generator.denoiser, generator.guide)
    assert all(weight.grad is None for network in networks for weight in network.parameters())


@pytest.mark.parametrize("size", [24, 32, 48])
@pytest.mark.parametrize("guide", ["st_trans", "stgcn++"])
def test_either_guide_works_at_every_image_size_and_is_loaded_as_it_was(guide, size, tmp_path):
    generator = fitted("st_guided_ddpm", guide=guide, image_size=size, guidance_scale=5.0)
    labels = np.asarray([1, 0])
    samples = drawn(generator, labels)
    generator.save(tmp_path)
    assert np.array_equal(drawn(load_generator("st_guided_ddpm", tmp_path), labels), samples)
    assert not np.array_equal(drawn(generator, labels, guidance_scale=0.0), samples)


@pytest.mark.slow
def test_the_default_cap_is_what_half_of_the_gradients_toward_a_wrong_label_exceed():
    """The numbers of docs/generators.md; ``pytest -s`` prints them."""
    clips = Split.parse("10pct").select(
        dataset_named("kinematic12").load("cross-subject", None).train
    )
    generator = make_generator("st_guided_ddpm", "quick", {"train_steps": 300})
    generator.fit(clips, FitContext(seed=0))
    parameters = generator.parameters
    likelihood = LabelLikelihood(generator.guide, image_view, generator.whitening)
    labels = torch.arange(48) % 12
    wrong = (labels + 1 + torch.arange(48) // 12 * 3) % 12
    medians: dict[tuple[int, str], float] = {}

    def lengths(of, at, toward):
        with torch.enable_grad():
            source = at.detach().requires_grad_(True)
            (gradient,) = torch.autograd.grad(likelihood(of(source), toward), source)
        return gradient.flatten(1).norm(dim=1)

    def watch(denoise, noisy, labels, alpha_bar):
        clean = denoise(noisy)
        if (timestep := int(timesteps.pop(0))) in (999, 519):
            for name, toward in (("own", labels), ("wrong", wrong)):
                length = lengths(lambda clean: clean, clean, toward)
                shift = lengths(denoise, noisy, toward) * (1 - alpha_bar) / alpha_bar.sqrt()
                medians[timestep, name] = length.median().item()
                medians[timestep, f"{name}, surest tenth"] = length.quantile(0.1).item()
                medians[timestep, f"{name}, dhariwal"] = (
                    shift.median().item() / clean[0].numel() ** 0.5
                )
        return clean

    timesteps = list(range(999, -1, -40))
    sample_images(generator.denoiser, parameters, labels, 0, watch)
    print(medians)
    assert medians[519, "own"] < 0.5 < parameters.guidance_cap < medians[519, "wrong"] < 1.2
    assert medians[519, "own, surest tenth"] < 0.1
    assert 20 < medians[999, "own, dhariwal"] < medians[999, "wrong, dhariwal"]
