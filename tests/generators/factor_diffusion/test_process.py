from __future__ import annotations

import pytest
import torch

from generators.factor_diffusion.parameters import FactorParameters
from generators.factor_diffusion.process import Process

CPU = torch.device("cpu")


@pytest.mark.parametrize("steps", [1, 5, 20])
def test_flow_along_straight_lines_reaches_its_end_in_any_number_of_steps(steps):
    end = torch.randn(1, 3, 8, 8).expand(4, -1, -1, -1)
    process = Process(FactorParameters(objective="flow", sampling_steps=steps))

    def network(noisy, timesteps, last):
        time = (timesteps + 1.0)[:, None, None, None] / 1000
        return (noisy - end) / time  # all lines lead to one image

    sample = process.sample(network, (4, 3, 8, 8), CPU, torch.Generator().manual_seed(0))
    assert torch.allclose(sample, end, atol=1e-4)


@pytest.mark.parametrize("objective", ["diffusion", "flow"])
def test_a_perfect_network_of_gaussian_data_gives_their_spread(objective):
    spread = 0.5
    process = Process(FactorParameters(objective=objective, sampling_steps=200))
    bars = process.noise.scheduler.alphas_cumprod

    def network(noisy, timesteps, last):
        if objective == "diffusion":
            bar = bars[timesteps][:, None, None, None]
            return spread**2 * bar.sqrt() / (bar * spread**2 + 1 - bar) * noisy
        time = (timesteps + 1.0)[:, None, None, None] / 1000
        total = (1 - time) ** 2 * spread**2 + time**2
        return (time - (1 - time) * spread**2) / total * noisy

    sample = process.sample(network, (64, 3, 16, 16), CPU, torch.Generator().manual_seed(0))
    assert float(sample.std()) == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("objective", ["diffusion", "flow"])
def test_the_clean_image_of_a_perfect_answer_is_the_clean_image(objective):
    process = Process(FactorParameters(objective=objective))
    clean, noise = torch.randn(2, 5, 3, 8, 8)
    timesteps = torch.tensor([0, 10, 500, 900, 999])
    noisy, asked = process._asked(clean, noise, timesteps)
    assert torch.allclose(process.clean(asked, noisy, timesteps), clean, atol=1e-4)


def test_min_snr_weighs_noise_by_its_signal_and_nearly_clean_images_alike():
    images = torch.zeros(200, 3, 8, 8)

    def loss(**settings) -> torch.Tensor:
        process = Process(FactorParameters(**settings))
        seen = {}

        def network(noisy, timesteps, last):
            seen["timesteps"] = timesteps
            return torch.ones_like(noisy)  # an error of 1 everywhere

        torch.manual_seed(0)
        return process.loss(network, images, 0, 0), seen["timesteps"], process.snr

    even, _, _ = loss()
    weighed, timesteps, snr = loss(min_snr=5.0)
    assert float(even) == pytest.approx(1.0)
    assert float(weighed) == pytest.approx(float((snr[timesteps].clamp(max=5.0) / 5.0).mean()))
    assert float(weighed) < 0.8


def test_with_self_conditioning_the_network_sees_its_last_estimate():
    process = Process(FactorParameters(self_conditioning=True, sampling_steps=3))
    seen = []

    def network(noisy, timesteps, last):
        seen.append(last)
        return torch.full_like(noisy, float(len(seen)))

    process.sample(network, (1, 3, 8, 8), CPU, torch.Generator().manual_seed(0))
    assert seen[0] is None
    assert [float(last.mean()) for last in seen[1:]] == [1.0, 2.0]
