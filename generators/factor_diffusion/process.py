"""What a network is asked for, and the way back from noise: diffusion or rectified flow."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from generators.diffusion.flow import between, time_of
from generators.diffusion.process import NoiseProcess, reverse, stratified_timesteps
from generators.factor_diffusion.parameters import FactorParameters
from recognizers.transfer import to_device

Network = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""x_t ``[N, 3, S, S]``, timesteps ``[N]`` and the last clean estimate -> what it was asked for."""


class Process:
    """The objective by name.

    ``diffusion``: the network is asked for the clean image; with ``min_snr`` = γ the squared error
    weighs min(SNR(t), γ)/γ, so that nearly clean images count alike and noise counts less (Hang et
    al. 2023, for the clean image). ``flow``: x_t = (1 - t) x0 + t ε, and the network is asked for
    ε - x0, along which samples go straight (Liu et al. 2023, Lipman et al. 2023).
    """

    def __init__(self, parameters: FactorParameters) -> None:
        self.parameters = parameters
        self.noise = NoiseProcess(parameters.diffusion_steps)
        kept = self.noise.scheduler.alphas_cumprod
        self.snr = kept / (1.0 - kept)

    def loss(self, network: Network, clean: Tensor, seed: int, step: int) -> Tensor:
        """Mean squared error of a step for ``clean [B, 3, S, S]``; noise is from torch's state."""
        told = self.parameters
        timesteps = stratified_timesteps(len(clean), told.diffusion_steps, seed, step)
        timesteps = to_device(timesteps, clean.device)
        noise = torch.randn_like(clean)
        noisy, target = self._asked(clean, noise, timesteps)
        last = None
        if told.self_conditioning and torch.rand(()) < 0.5:
            with torch.no_grad():
                last = self.clean(network(noisy, timesteps, None), noisy, timesteps)
        each = (network(noisy, timesteps, last) - target).square().flatten(1).mean(1)
        if told.objective == "diffusion" and told.min_snr:
            snr = to_device(self.snr, clean.device)[timesteps]
            each = each * snr.clamp(max=told.min_snr) / told.min_snr
        return each.mean()

    def clean(self, output: Tensor, noisy: Tensor, timesteps: Tensor) -> Tensor:
        """The clean image that a network's output stands for."""
        if self.parameters.objective == "diffusion":
            return output
        return noisy - time_of(timesteps, self.parameters.diffusion_steps, noisy) * output

    def sample(
        self, network: Network, shape: tuple[int, ...], device: torch.device, rng: torch.Generator
    ) -> Tensor:
        """Images of ``shape [N, 3, S, S]`` from noise."""
        last: Tensor | None = None
        keeps = self.parameters.self_conditioning
        if self.parameters.objective == "diffusion":

            def estimate(noisy: Tensor, timesteps: Tensor, _: Tensor) -> Tensor:
                nonlocal last
                clean = network(noisy, timesteps, last)
                last = clean if keeps else None
                return clean

            return reverse(self.parameters, shape, device, estimate, rng)
        noisy = to_device(torch.randn(*shape, generator=rng), device)
        times = torch.linspace(1.0, 0.0, self.parameters.sampling_steps + 1)
        most = self.parameters.diffusion_steps
        for now, then in pairwise(times):
            timesteps = torch.full((len(noisy),), float(now) * most - 1.0, device=device)
            velocity = network(noisy, timesteps.clamp(min=0.0), last)
            last = noisy - now * velocity if keeps else None
            noisy = noisy + (then - now) * velocity
        return noisy

    def _asked(self, clean: Tensor, noise: Tensor, timesteps: Tensor) -> tuple[Tensor, Tensor]:
        """The noisy image and what the network is asked for."""
        if self.parameters.objective == "diffusion":
            return self.noise.scheduler.add_noise(clean, noise, timesteps), clean
        time = time_of(timesteps, self.parameters.diffusion_steps, clean)
        return between(clean, noise, time), noise - clean
