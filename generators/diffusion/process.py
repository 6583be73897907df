"""The noise process and the samplers, from diffusers, chosen by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from generators.diffusion.parameters import ProcessParameters
from skeletons.seeds import named_rng

NOISE_SCHEDULE = "squaredcos_cap_v2"
"""The cosine schedule of Nichol and Dhariwal 2021."""

Estimate = Callable[[Tensor, Tensor, Tensor], Tensor]
"""x̂0 of (x_t ``[N, ...]``, timesteps ``[N]``, share of signal variance left, a scalar); a guide
may have moved it."""


@dataclass(frozen=True, eq=False)
class Noised:
    """Clean examples of a training step with noise on them.

    Attributes:
        noisy: x_t, ``[N, ...]``.
        noise: of the same shape.
        timesteps: ``[N]``.
    """

    noisy: Tensor
    noise: Tensor
    timesteps: Tensor


class NoiseProcess:
    """The forward process: how training examples are noised and what is asked of a network."""

    def __init__(self, diffusion_steps: int) -> None:
        self.steps = diffusion_steps
        self.scheduler = DDPMScheduler(
            num_train_timesteps=diffusion_steps, beta_schedule=NOISE_SCHEDULE, clip_sample=False
        )

    def noised(self, clean: Tensor, seed: int, step: int) -> Noised:
        """Clean examples ``[N, ...]`` at stratified timesteps; noise is from torch's state."""
        timesteps = stratified_timesteps(len(clean), self.steps, seed, step).to(clean.device)
        noise = torch.randn_like(clean)
        return Noised(self.scheduler.add_noise(clean, noise, timesteps), noise, timesteps)

    def target(self, prediction: str, clean: Tensor, noised: Noised) -> Tensor:
        """What a network should return for ``noised.noisy``: the clean example or the velocity of
        Salimans and Ho 2022, section 4."""
        if prediction == "sample":
            return clean
        velocity: Tensor = self.scheduler.get_velocity(clean, noised.noise, noised.timesteps)
        return velocity


def clean_estimate(prediction: str, output: Tensor, noisy: Tensor, alpha_bar: Tensor) -> Tensor:
    """x̂0 of the network's output (Salimans and Ho 2022, appendix D)."""
    if prediction == "sample":
        return output
    return torch.sqrt(alpha_bar) * noisy - torch.sqrt(1 - alpha_bar) * output


@dataclass(frozen=True, eq=False)
class PartOfTheWay:
    """Clean examples that noise is put on, in place of pure noise (SDEdit, Meng et al. 2022).

    Attributes:
        clean: ``[N, ...]``.
        steps: how many of the sampler's last steps lead back, at least one; with all of them the
            process begins from pure noise, as it does without clean examples.
    """

    clean: Tensor
    steps: int


def reverse(
    parameters: ProcessParameters,
    shape: Sequence[int],
    device: torch.device,
    estimate: Estimate,
    rng: torch.Generator | None = None,
    start: PartOfTheWay | None = None,
    sampler: Any = None,
) -> Tensor:
    """From noise to samples of ``shape [N, ...]``: the reverse process of the chosen sampler.

    Args:
        estimate: the network's clean estimate at a step.
        rng: what noise comes from; seeded from torch's global state without it.
        start: where the process begins, if not from pure noise.
        sampler: in place of the one that the parameters name; what of diffusers' is called here.
    """
    if rng is None:
        rng = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    noisy = torch.randn(*shape, generator=rng).to(device)
    arguments: dict[str, Any] = {}
    if sampler is None:
        sampler, arguments = sampler_of(parameters, rng)
    back = sampler.timesteps
    if start is not None and start.steps < len(back):
        back = back[len(back) - start.steps :]
        noisy = sampler.add_noise(start.clean.to(device), noisy, back[:1])
    for timestep in back:
        alpha_bar = sampler.alphas_cumprod[timestep].to(device)
        timesteps = timestep.expand(len(noisy)).to(device)
        clean = estimate(noisy, timesteps, alpha_bar).detach()
        noisy = sampler.step(clean, timestep, noisy, **arguments).prev_sample
    return noisy


def sampler_of(
    parameters: ProcessParameters, rng: torch.Generator | None = None
) -> tuple[Any, dict[str, Any]]:
    """A sampler that is fed clean estimates, with its timesteps set, and its step's arguments.

    DDPM (Ho et al. 2020), DDIM (Song et al. 2021) and DPM-Solver++ (Lu et al. 2022); feeding the
    clean estimate lets a guide move it, whatever the network predicts and whichever sampler runs.
    """
    shared: dict[str, Any] = {
        "num_train_timesteps": parameters.diffusion_steps,
        "beta_schedule": NOISE_SCHEDULE,
        "prediction_type": "sample",
        "timestep_spacing": "trailing",
    }
    arguments: dict[str, Any] = {"generator": rng}
    if parameters.sampler == "ddpm":
        sampler = DDPMScheduler(**shared, clip_sample=False)
    elif parameters.sampler == "ddim":
        sampler = DDIMScheduler(**shared, clip_sample=False)
        arguments["eta"] = parameters.eta
    else:
        sampler, arguments = DPMSolverMultistepScheduler(**shared, algorithm_type="dpmsolver++"), {}
    sampler.set_timesteps(parameters.sampling_steps)
    return sampler, arguments


def stratified_timesteps(count: int, diffusion_steps: int, seed: int, step: int) -> Tensor:
    """One timestep from each of ``count`` equal parts of the process, in random order: the loss
    varies less from step to step than with independent draws (Kingma et al. 2021, section 5.1)."""
    rng = named_rng(seed, "timesteps", step)
    share = (rng.permutation(count) + rng.random()) / count
    return torch.from_numpy(np.floor(share * diffusion_steps).astype(np.int64))
