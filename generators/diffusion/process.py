"""The noise process and the samplers, from diffusers, chosen by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from generators.image_diffusion.parameters import ProcessParameters
from skeletons.seeds import named_rng

Estimate = Callable[[Tensor, Tensor, Tensor], Tensor]
"""x̂0 of (x_t ``[N, ...]``, timestep, share of signal variance left); a guide may have moved it."""


def noise_process(parameters: ProcessParameters) -> DDPMScheduler:
    """The forward process: ``add_noise``, ``get_velocity`` and ``alphas_cumprod``."""
    return DDPMScheduler(
        num_train_timesteps=parameters.diffusion_steps,
        beta_schedule=parameters.noise_schedule,
        clip_sample=False,
    )


def build_sampler(parameters: ProcessParameters) -> tuple[Any, dict[str, Any]]:
    """A sampler that is fed clean estimates, with its timesteps set, and its step's arguments.

    DDPM (Ho et al. 2020), DDIM (Song et al. 2021) and DPM-Solver++ (Lu et al. 2022); feeding the
    clean estimate lets a guide move it, whatever the network predicts and whichever sampler runs.
    """
    shared: dict[str, Any] = {
        "num_train_timesteps": parameters.diffusion_steps,
        "beta_schedule": parameters.noise_schedule,
        "prediction_type": "sample",
    }
    steps = min(parameters.sampling_steps, parameters.diffusion_steps)
    arguments: dict[str, Any] = {}
    if parameters.sampler == "ddpm":
        sampler = DDPMScheduler(**shared, clip_sample=False, timestep_spacing="trailing")
    elif parameters.sampler == "ddim":
        sampler = DDIMScheduler(**shared, clip_sample=False, timestep_spacing="trailing")
        arguments["eta"] = parameters.eta
    else:
        sampler = DPMSolverMultistepScheduler(
            **shared, algorithm_type="dpmsolver++", timestep_spacing="trailing"
        )
    sampler.set_timesteps(steps)
    return sampler, arguments


def training_target(
    process: DDPMScheduler, prediction: str, clean: Tensor, noise: Tensor, timesteps: Tensor
) -> Tensor:
    """What the network should return for a noisy image, ``[N, 3, H, W]``."""
    if prediction == "sample":
        return clean
    if prediction == "epsilon":
        return noise
    velocity: Tensor = process.get_velocity(clean, noise, timesteps)
    return velocity


def clean_estimate(prediction: str, output: Tensor, noisy: Tensor, alpha_bar: Tensor) -> Tensor:
    """x̂0 of the network's output (Ho et al. 2020, eq. 15; Salimans and Ho 2022, appendix D)."""
    if prediction == "sample":
        return output
    if prediction == "epsilon":
        return (noisy - torch.sqrt(1 - alpha_bar) * output) / torch.sqrt(alpha_bar)
    return torch.sqrt(alpha_bar) * noisy - torch.sqrt(1 - alpha_bar) * output


def reverse(
    parameters: ProcessParameters, noise: Tensor, estimate: Estimate, rng: torch.Generator
) -> Tensor:
    """From noise ``[N, ...]`` to a sample: the reverse process of the chosen sampler.

    Args:
        estimate: the network's clean estimate at a step.
        rng: the noise of the sampler's own steps.
    """
    sampler, arguments = build_sampler(parameters)
    if parameters.sampler != "dpm_solver++":
        arguments["generator"] = rng
    noisy = noise
    for timestep in sampler.timesteps:
        alpha_bar = sampler.alphas_cumprod[timestep].to(noise.device)
        clean = estimate(noisy, timestep, alpha_bar).detach()
        noisy = sampler.step(clean, timestep, noisy, **arguments).prev_sample
    return noisy


def stratified_timesteps(count: int, diffusion_steps: int, seed: int, step: int) -> Tensor:
    """One timestep from each of ``count`` equal parts of the process, in random order: the loss
    varies less from step to step than with independent draws (Kingma et al. 2021, section 5.1)."""
    rng = named_rng(seed, "timesteps", step)
    share = (rng.permutation(count) + rng.random()) / count
    return torch.from_numpy(np.floor(share * diffusion_steps).astype(np.int64))
