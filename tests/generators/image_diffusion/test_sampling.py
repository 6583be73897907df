from __future__ import annotations

import pytest
import torch

from generators.diffusion.process import Noised, NoiseProcess
from generators.image_diffusion.parameters import DiffusionParameters
from generators.image_diffusion.sampling import sample_images
from tests.generators.image_diffusion.gaussians import GaussianDenoiser


class Oracle(torch.nn.Module):
    """A denoiser that knows the answer but for an error, whatever it is asked to predict."""

    def __init__(self, answer, parameters: DiffusionParameters, error: float) -> None:
        super().__init__()
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.answer, self.prediction, self.error = answer, parameters.prediction, error
        self.process = NoiseProcess(parameters.diffusion_steps)

    def forward(self, noisy, timesteps, labels):
        clean = self.answer[labels]
        bar = self.process.scheduler.alphas_cumprod[timesteps][:, None, None, None]
        noise = (noisy - bar.sqrt() * clean) / (1 - bar).sqrt()
        target = self.process.target(self.prediction, clean, Noised(noisy, noise, timesteps))
        return target + self.error * torch.randn(target.shape)


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm_solver++"])
@pytest.mark.parametrize("prediction", ["sample", "v_prediction"])
@pytest.mark.parametrize("eta", [0.0, 0.9])
@pytest.mark.parametrize("error", [0.0, 0.01])
def test_every_sampler_finds_what_a_denoiser_knows(sampler, prediction, eta, error):
    parameters = DiffusionParameters(
        sampler=sampler, prediction=prediction, eta=eta, sampling_steps=20, sampling_batch=3
    )
    torch.manual_seed(0)
    answer, labels = torch.randn(3, 3, 24, 24), torch.tensor([2, 0, 1, 1])
    images = sample_images(Oracle(answer, parameters, error), parameters, labels, 0)
    assert (images - answer[labels]).abs().max() < 0.05 + 10 * error


@pytest.mark.parametrize("sampling_steps", [25, 250])
@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm_solver++"])
@pytest.mark.parametrize("prediction", ["sample", "v_prediction"])
def test_an_error_of_one_percent_widens_no_step_of_any_sampler(prediction, sampler, sampling_steps):
    """The error of a predicted noise would be multiplied by 20,000 at t = 999."""
    parameters = DiffusionParameters(
        prediction=prediction, sampler=sampler, sampling_steps=sampling_steps, image_size=8
    )
    denoiser = GaussianDenoiser(parameters, sd=0.5, error=0.01)
    images = sample_images(denoiser, parameters, torch.zeros(64, dtype=torch.int64), 0)
    assert len(denoiser.widths) == sampling_steps
    # 25 steps of DDPM narrow the samples by 12 %, with a perfect denoiser, too.
    narrowest = 0.97 if sampling_steps == 250 else 0.87
    widths = [*denoiser.widths, images.std().item() / 0.5]
    assert narrowest < min(widths) <= max(widths) < 1.03


def test_no_labels_are_no_images():
    parameters = DiffusionParameters()
    oracle = Oracle(torch.zeros(1, 3, 24, 24), parameters, 0.0)
    none = torch.zeros(0, dtype=torch.int64)
    assert sample_images(oracle, parameters, none, 0).shape == (0, 3, 24, 24)
