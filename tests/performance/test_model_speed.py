"""One training step of each model, one guided step, a batch of samples: `make bench`."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from generators.image_diffusion.denoisers import build_denoiser
from generators.image_diffusion.parameters import DiffusionParameters, GuidedParameters
from generators.protocol import FitContext
from generators.registry import make_generator
from recognizers.networks.st_trans import STTrans, STTransConfig
from recognizers.networks.stgcn_pp import STGCNPP, STGCNPPConfig
from recognizers.recipe_table import recipe_of
from skeletons.layouts import SMPL24
from tests.conftest import moving_clips

DENOISERS = {
    "transformer": DiffusionParameters(),
    "U-Net (32, 64, 64)": DiffusionParameters(denoiser="unet"),
}


def _step(model, inputs, target):
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def step():
        optimiser.zero_grad()
        F.mse_loss(model(*inputs), target).backward()
        optimiser.step()

    return step


@pytest.mark.parametrize("name", DENOISERS)
def test_training_step_of_a_denoiser_on_64_images(benchmark, name):
    benchmark.extra_info["what"] = f"training step, {name} denoiser, 64 images of 24x24"
    images, labels = torch.randn(64, 3, 24, 24), torch.arange(64) % 12
    model = build_denoiser(DENOISERS[name], classes=12)
    benchmark(_step(model, (images, torch.arange(64), labels), images))


def test_training_step_of_st_trans_on_32_images(benchmark):
    benchmark.extra_info["what"] = "training step, ST-Trans, 32 images of 24x24"
    model = STTrans(STTransConfig(classes=12))
    benchmark(_step(model, (torch.randn(32, 3, 24, 24),), torch.randn(32, 12)))


@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_training_step_of_stgcn_pp_on_16_clips(benchmark, profile):
    recipe = recipe_of("stgcn++", profile)
    benchmark.extra_info["what"] = (
        f"training step, ST-GCN++ {profile}, 16 clips of {recipe.frames} frames"
    )
    model = STGCNPP(STGCNPPConfig(classes=12, **recipe.model), SMPL24.adjacency())
    count, frames = (2, 12) if benchmark.disabled else (16, recipe.frames)
    clips = torch.randn(count, 1, frames, 24, 3)
    benchmark(_step(model, (clips,), torch.randn(count, 12)))


@pytest.fixture(scope="module")
def guided():
    settings = {"train_steps": 1, "guide_steps": 1, "sampling_steps": 1}
    generator = make_generator("st_guided_ddpm", "quick", settings)
    generator.fit(moving_clips(12), FitContext(seed=0))
    return generator


@pytest.mark.parametrize("scale", [0.0, 15.0], ids=["unguided", "guided"])
def test_one_sampling_step_of_64_clips(benchmark, guided, scale):
    benchmark.extra_info["what"] = (
        f"sampling step of 64 clips, {'guided' if scale else 'unguided'} DDPM"
    )
    changes = {"guidance_scale": scale, "sampling_batch": 64}
    guided.parameters = guided.parameters.model_copy(update=changes)
    benchmark(guided.sample, np.arange(64) % 3, 0)


def test_a_batch_of_16_guided_samples(benchmark, guided):
    steps = 2 if benchmark.disabled else GuidedParameters().sampling_steps
    benchmark.extra_info["what"] = f"16 guided samples in {steps} steps"
    changes = {"guidance_scale": 15.0, "sampling_steps": steps}
    guided.parameters = guided.parameters.model_copy(update=changes)
    benchmark.pedantic(guided.sample, (np.arange(16) % 3, 0), rounds=2)
