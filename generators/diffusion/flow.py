"""Rectified flow: straight lines from noise to examples (Liu et al. 2023, Lipman et al. 2023).

x_t = (1 - t) x0 + t ε, and along a line the velocity ε - x0. The whole timestep k of T stands for
t = (k + 1) / T, so that the last one is pure noise.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from generators.diffusion.process import Noised, stratified_timesteps


def time_of(timesteps: Tensor, steps: int, like: Tensor) -> Tensor:
    """t in (0, 1] of timesteps ``[N]`` of ``steps``, to be multiplied with ``like [N, ...]``."""
    time = (timesteps.to(like.dtype) + 1.0) / steps
    return time.reshape(-1, *(1,) * (like.dim() - 1))


def between(clean: Tensor, noise: Tensor, time: Tensor) -> Tensor:
    """x_t of clean examples and noise."""
    return (1.0 - time) * clean + time * noise


class FlowProcess:
    """Rectified flow in the place of :class:`~generators.diffusion.process.NoiseProcess`.

    A network is asked for the clean example (``sample``) or for the velocity (``v_prediction``).
    """

    def __init__(self, diffusion_steps: int) -> None:
        self.steps = diffusion_steps

    def noised(self, clean: Tensor, seed: int, step: int) -> Noised:
        """Clean examples ``[N, ...]`` at stratified timesteps; noise is from torch's state."""
        timesteps = stratified_timesteps(len(clean), self.steps, seed, step).to(clean.device)
        noise = torch.randn_like(clean)
        time = time_of(timesteps, self.steps, clean)
        return Noised(between(clean, noise, time), noise, timesteps)

    def target(self, prediction: str, clean: Tensor, noised: Noised) -> Tensor:
        """What a network should return for ``noised.noisy``."""
        return clean if prediction == "sample" else noised.noise - clean

    def clean(self, prediction: str, output: Tensor, noisy: Tensor, timesteps: Tensor) -> Tensor:
        """x̂0 of the network's output."""
        if prediction == "sample":
            return output
        return noisy - time_of(timesteps, self.steps, noisy) * output


class Stepped(NamedTuple):
    """What a step of a sampler gives, as in diffusers."""

    prev_sample: Tensor


class FlowSampler:
    """Euler steps along the flow, fed with clean estimates as the samplers of diffusers are here.

    With v̂ = (x_t - x̂0) / t, x_t' = x_t + (t' - t) v̂ = x̂0 + (t' / t) (x_t - x̂0).

    Attributes:
        timesteps: of the steps, ``[sampling_steps]``, trailing as those of diffusers.
        alphas_cumprod: share of signal variance at each whole timestep, (1 - t)² / ((1 - t)² + t²).
    """

    def __init__(self, diffusion_steps: int, sampling_steps: int) -> None:
        spacing = diffusion_steps / sampling_steps
        trailing = diffusion_steps - spacing * torch.arange(sampling_steps, dtype=torch.float64)
        self.timesteps = trailing.round().to(torch.int64) - 1
        self.times = (torch.arange(diffusion_steps) + 1.0) / diffusion_steps
        signal = (1.0 - self.times) ** 2
        self.alphas_cumprod = signal / (signal + self.times**2)
        ends = [*self.times[self.timesteps].tolist(), 0.0]
        steps = zip(self.timesteps.tolist(), pairwise(ends), strict=True)
        self._kept = {timestep: then / now for timestep, (now, then) in steps}

    def add_noise(self, clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """Clean examples ``[N, ...]`` at a timestep ``[1]``."""
        return between(clean, noise, time_of(timesteps, len(self.times), clean).to(clean.device))

    def step(self, clean: Tensor, timestep: Tensor, noisy: Tensor) -> Stepped:
        """x_t' of the estimate x̂0 and x_t, both ``[N, ...]``."""
        return Stepped(clean + self._kept[int(timestep)] * (noisy - clean))
