"""The noise process and the samplers, from diffusers, chosen by name."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from generators.diffusion.parameters import DiffusionParameters


def noise_process(parameters: DiffusionParameters) -> DDPMScheduler:
    """The forward process: ``add_noise``, ``get_velocity`` and ``alphas_cumprod``."""
    return DDPMScheduler(
        num_train_timesteps=parameters.diffusion_steps,
        beta_schedule=parameters.noise_schedule,
        clip_sample=False,
    )


def build_sampler(parameters: DiffusionParameters) -> tuple[Any, dict[str, Any]]:
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
