from __future__ import annotations

import pytest
import torch

from generators.diffusion.process import Noised, NoiseProcess, clean_estimate, stratified_timesteps


@pytest.mark.parametrize("prediction", ["sample", "v_prediction"])
def test_the_clean_estimate_inverts_the_training_target(prediction):
    process = NoiseProcess(1000)
    clean, noise = torch.randn(2, 6, 3, 24, 24)
    timesteps = torch.tensor([0, 100, 500, 800, 950, 999])
    noisy = process.scheduler.add_noise(clean, noise, timesteps)
    target = process.target(prediction, clean, Noised(noisy, noise, timesteps))
    for row, timestep in enumerate(timesteps):
        bar = process.scheduler.alphas_cumprod[timestep]
        estimate = clean_estimate(prediction, target[row], noisy[row], bar)
        assert torch.allclose(estimate, clean[row], atol=2e-3)


@pytest.mark.parametrize("prediction", ["sample", "v_prediction"])
def test_an_error_of_the_network_is_nowhere_larger_in_the_clean_estimate(prediction):
    bars = NoiseProcess(1000).scheduler.alphas_cumprod[:, None]
    noisy, output, error = torch.randn(3, 1000, 64)
    estimate = clean_estimate(prediction, output, noisy, bars)
    wrong = clean_estimate(prediction, output + 0.01 * error, noisy, bars) - estimate
    assert (wrong.abs() <= 0.01 * error.abs() + 1e-6).all()


def test_a_noised_batch_mixes_signal_and_noise_in_the_timesteps_shares():
    process = NoiseProcess(1000)
    clean = torch.randn(4, 5, 6)
    noised = process.noised(clean, seed=0, step=3)
    bar = process.scheduler.alphas_cumprod[noised.timesteps][:, None, None]
    assert torch.allclose(noised.noisy, bar.sqrt() * clean + (1 - bar).sqrt() * noised.noise)


@pytest.mark.parametrize(("count", "steps"), [(1, 20), (8, 1000), (50, 20)])
def test_timesteps_are_one_from_each_equal_part_in_random_order(count, steps):
    first, again, other = (stratified_timesteps(count, steps, 0, step) for step in (1, 1, 2))
    parts = (first.sort().values * count / steps).ceil()
    assert first.min() >= 0
    assert first.max() < steps
    assert (parts - torch.arange(count)).abs().max() <= 1 + count / steps
    assert torch.equal(first, again)
    assert count == 1 or not torch.equal(first, other)
