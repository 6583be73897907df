"""Rectified flow: lines, Euler steps, and what a network is asked for."""

from __future__ import annotations

import pytest
import torch

from generators.diffusion.flow import FlowProcess, FlowSampler
from generators.diffusion.parameters import ProcessParameters
from generators.diffusion.process import PartOfTheWay, reverse


def sampled(steps, estimate, shape=(64, 3, 16, 16), start=None):
    rng = torch.Generator().manual_seed(0)
    sampler = FlowSampler(1000, steps)
    return reverse(
        ProcessParameters(), shape, torch.device("cpu"), estimate, rng, start, sampler=sampler
    )


@pytest.mark.parametrize("steps", [1, 2, 5, 7, 20, 1000])
def test_straight_lines_reach_their_end_in_any_number_of_steps(steps):
    end, seen = torch.randn(3, 16, 16), []

    def estimate(noisy, timesteps, alpha_bar):
        seen.append(int(timesteps[0]))
        return end.expand_as(noisy)

    assert torch.allclose(sampled(steps, estimate), end, atol=1e-5)
    assert len(seen) == steps
    assert seen[0] == 999
    assert seen == sorted(seen, reverse=True)


def test_a_perfect_network_of_gaussian_data_gives_their_spread():
    spread = 0.5

    def estimate(noisy, timesteps, alpha_bar):
        time = (timesteps[0] + 1.0) / 1000
        assert torch.isclose(alpha_bar, (1 - time) ** 2 / ((1 - time) ** 2 + time**2))
        return (1 - time) * spread**2 / ((1 - time) ** 2 * spread**2 + time**2) * noisy

    assert float(sampled(200, estimate).std()) == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("prediction", ["sample", "v_prediction"])
def test_the_clean_estimate_inverts_the_training_target(prediction):
    process = FlowProcess(1000)
    clean = torch.randn(8, 3, 8, 8)
    noised = process.noised(clean, seed=0, step=3)
    target = process.target(prediction, clean, noised)
    estimate = process.clean(prediction, target, noised.noisy, noised.timesteps)
    assert torch.allclose(estimate, clean, atol=1e-5)


def test_the_last_timestep_is_pure_noise():
    process = FlowProcess(1)
    noised = process.noised(torch.full((4, 6), 9.0), seed=0, step=0)
    assert torch.equal(noised.noisy, noised.noise)


def test_part_of_the_way_begins_on_the_line_to_the_clean_example():
    clean, seen = torch.randn(4000, 6), []

    def estimate(noisy, timesteps, alpha_bar):
        seen.append((noisy, int(timesteps[0])))
        return clean

    sampled(20, estimate, clean.shape, PartOfTheWay(clean, 5))
    assert [timestep for _, timestep in seen] == [249, 199, 149, 99, 49]
    noise = (seen[0][0] - 0.75 * clean) / 0.25
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.03
