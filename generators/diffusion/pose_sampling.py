"""Diffusion over pose sequences: what ``mdm`` and ``transformer_diffusion`` share."""

from __future__ import annotations

import torch
from torch import Tensor

from generators.diffusion.process import (
    Estimate,
    noise_process,
    reverse,
    stratified_timesteps,
)
from generators.image_diffusion.parameters import ProcessParameters
from generators.sequences.poses import PoseCodec


class NoisyBatch:
    """Clean poses of a training step, noised to stratified timesteps.

    Attributes:
        noisy: ``[N, T, D]``.
        timesteps: ``[N]``.
    """

    def __init__(self, parameters: ProcessParameters, clean: Tensor, seed: int, step: int) -> None:
        steps = stratified_timesteps(len(clean), parameters.diffusion_steps, seed, step)
        self.timesteps = steps.to(clean.device)
        process = noise_process(parameters)
        self.noisy: Tensor = process.add_noise(clean, torch.randn_like(clean), self.timesteps)


def sample_poses(
    parameters: ProcessParameters, count: int, codec: PoseCodec, device: torch.device, x0: Estimate
) -> Tensor:
    """Pose vectors ``[count, T, D]`` by the reverse process of the network's clean estimate
    ``x0``; every random number is from torch's global state."""
    rng = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    noise = torch.randn(count, codec.frames, codec.size, generator=rng).to(device)
    return reverse(parameters, noise, x0, rng)
