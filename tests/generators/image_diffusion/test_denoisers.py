from __future__ import annotations

import pytest
import torch

from generators.image_diffusion.denoisers import build_denoiser
from generators.image_diffusion.parameters import DDPM_PROFILES, DiffusionParameters


@pytest.mark.parametrize(
    "parameters",
    [
        DiffusionParameters(image_size=32),
        DiffusionParameters(denoiser="unet", channels=(16, 32)),
        DiffusionParameters(image_size=48, denoiser="unet", channels=(16, 24, 16), attention=True),
        DiffusionParameters(image_size=8, denoiser="unet", channels=(16, 16, 16, 16)),
        DiffusionParameters(denoiser="unet", channels=(16,), attention=True),
    ],
    ids=["transformer", "U-Net", "attention", "halved to one pixel", "one level"],
)
def test_denoisers_keep_the_images_shape_and_look_at_label_and_time(parameters):
    torch.manual_seed(0)
    denoiser = build_denoiser(parameters, classes=4)
    for weights in denoiser.parameters():
        torch.nn.init.normal_(weights, std=0.1)
    size = parameters.image_size
    images = torch.randn(1, 3, size, size).expand(4, -1, -1, -1)
    steps, labels = torch.tensor([5, 5, 900, 5]), torch.tensor([0, 1, 0, 4])
    output = denoiser(images, steps, labels)
    assert output.shape == images.shape
    for row in (1, 2, 3):
        assert (output[row] - output[0]).abs().max() > 1e-4


def test_the_paper_profile_builds_its_unet():
    denoiser = build_denoiser(DiffusionParameters(**DDPM_PROFILES.values("paper")), classes=12)
    assert sum(p.numel() for p in denoiser.parameters()) > 5e6
