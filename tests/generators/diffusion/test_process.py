from __future__ import annotations

import pytest
import torch

from generators.diffusion.parameters import ProcessParameters
from generators.diffusion.process import (
    Noised,
    NoiseProcess,
    PartOfTheWay,
    clean_estimate,
    reverse,
    stratified_timesteps,
)


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


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "dpm_solver++"])
@pytest.mark.parametrize("steps", [1, 5, 19])
def test_part_of_the_way_begins_with_the_noise_of_its_timestep_and_takes_its_steps(sampler, steps):
    parameters = ProcessParameters(sampler=sampler, sampling_steps=20)
    clean, other = torch.randn(2, 4000, 6)
    seen = []

    def estimate(noisy, timesteps, alpha_bar):
        seen.append((noisy, int(timesteps[0]), alpha_bar))
        return other

    rng = torch.Generator().manual_seed(0)
    start = PartOfTheWay(clean, steps)
    samples = reverse(parameters, clean.shape, clean.device, estimate, rng, start)
    assert torch.allclose(samples, other, atol=1e-3)
    assert [timestep for _, timestep, _ in seen] == [50 * left - 1 for left in range(steps, 0, -1)]
    noisy, timestep, _ = seen[0]
    bar = NoiseProcess(1000).scheduler.alphas_cumprod[timestep]
    noise = (noisy - bar.sqrt() * clean) / (1 - bar).sqrt()
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.03
    assert abs((noise * clean).mean()) < 0.03


def test_all_of_the_way_begins_from_pure_noise():
    parameters = ProcessParameters(sampling_steps=20)
    clean = torch.full((4, 6), 9.0)
    made = [
        reverse(
            parameters,
            clean.shape,
            clean.device,
            lambda noisy, timesteps, alpha_bar: 0.5 * noisy,
            torch.Generator().manual_seed(0),
            start,
        )
        for start in (None, PartOfTheWay(clean, 20))
    ]
    assert torch.equal(*made)


@pytest.mark.parametrize(("count", "steps"), [(1, 20), (8, 1000), (50, 20)])
def test_timesteps_are_one_from_each_equal_part_in_random_order(count, steps):
    first, again, other = (stratified_timesteps(count, steps, 0, step) for step in (1, 1, 2))
    parts = (first.sort().values * count / steps).ceil()
    assert first.min() >= 0
    assert first.max() < steps
    assert (parts - torch.arange(count)).abs().max() <= 1 + count / steps
    assert torch.equal(first, again)
    assert count == 1 or not torch.equal(first, other)
