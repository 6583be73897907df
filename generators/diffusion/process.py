"""The noise process and the samplers, from diffusers, chosen by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from generators.diffusion.parameters import ProcessParameters
from recognizers.transfer import to_device
from skeletons.seeds import named_rng

NOISE_SCHEDULE = "squaredcos_cap_v2"
"""The cosine schedule of Nichol and Dhariwal 2021."""

Estimate = Callable[[Tensor, Tensor, Tensor], Tensor]
"""x̂0 of (x_t ``[N, ...]``, timesteps ``[N]``, share of signal variance left, a scalar on the CPU);
a guide may have moved it."""


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
        timesteps = stratified_timesteps(len(clean), self.steps, seed, step)
        timesteps = to_device(timesteps, clean.device)
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
    noisy = to_device(torch.randn(*shape, generator=rng), device)
    if sampler is None:
        sampler, step = sampler_of(parameters, rng)
    else:
        step = _plain_step(sampler)
    back = sampler.timesteps
    if start is not None and start.steps < len(back):
        back, kept = back[len(back) - start.steps :], sampler.alphas_cumprod
        noisy = sampler.add_noise(to_device(start.clean, device), noisy, back[:1])
        sampler.alphas_cumprod = kept  # add_noise takes it to the device
    for timestep, there in zip(back, to_device(back, device), strict=True):
        alpha_bar = sampler.alphas_cumprod[timestep]
        clean = estimate(noisy, there.expand(len(noisy)), alpha_bar).detach()
        noisy = step(clean, timestep, noisy)
    return noisy


Step = Callable[[Tensor, Tensor, Tensor], Tensor]
"""x̂0 ``[N, ...]``, the timestep (on the CPU) and x_t ``[N, ...]`` -> x at the timestep before."""


def _plain_step(sampler: Any) -> Step:
    """The step of a sampler that draws no noise."""

    def step(clean: Tensor, timestep: Tensor, noisy: Tensor) -> Tensor:
        before: Tensor = sampler.step(clean, timestep, noisy).prev_sample
        return before

    return step


def sampler_of(
    parameters: ProcessParameters, rng: torch.Generator | None = None
) -> tuple[Any, Step]:
    """A sampler that is fed clean estimates, with its timesteps set, and its step.

    DDPM (Ho et al. 2020), DDIM (Song et al. 2021) and DPM-Solver++ (Lu et al. 2022); feeding the
    clean estimate lets a guide move it, whatever the network predicts and whichever sampler runs.
    Noise comes from the CPU's generator, so that every device draws the same, and is sent ahead.
    """
    shared: dict[str, Any] = {
        "num_train_timesteps": parameters.diffusion_steps,
        "beta_schedule": NOISE_SCHEDULE,
        "prediction_type": "sample",
        "timestep_spacing": "trailing",
    }
    sampler: Any
    step: Step

    def noise(like: Tensor) -> Tensor:
        return to_device(torch.randn(like.shape, generator=rng, dtype=like.dtype), like.device)

    def ancestral(clean: Tensor, timestep: Tensor, noisy: Tensor) -> Tensor:
        return _ancestral_step(sampler, clean, timestep, noisy, noise)

    def implicit(clean: Tensor, timestep: Tensor, noisy: Tensor) -> Tensor:
        told: dict[str, Any] = {"eta": parameters.eta}
        if parameters.eta > 0:
            told["variance_noise"] = noise(clean)
        before: Tensor = sampler.step(clean, timestep, noisy, **told).prev_sample
        return before

    if parameters.sampler == "ddpm":
        sampler, step = DDPMScheduler(**shared, clip_sample=False), ancestral
    elif parameters.sampler == "ddim":
        sampler, step = DDIMScheduler(**shared, clip_sample=False), implicit
    else:
        sampler = DPMSolverMultistepScheduler(**shared, algorithm_type="dpmsolver++")
        step = _plain_step(sampler)
    sampler.set_timesteps(parameters.sampling_steps)
    return sampler, step


def _ancestral_step(
    sampler: DDPMScheduler,
    clean: Tensor,
    timestep: Tensor,
    noisy: Tensor,
    noise: Callable[[Tensor], Tensor],
) -> Tensor:
    """One step of DDPM (Ho et al. 2020, equations 6 and 7) from a clean estimate, as diffusers'
    ``step`` takes it; but the noise that ``step`` draws would make the device wait at every step.
    """
    before = sampler.previous_timestep(timestep)
    left = sampler.alphas_cumprod[timestep]
    left_before = sampler.alphas_cumprod[before] if before >= 0 else sampler.one
    kept = left / left_before
    of_clean = left_before**0.5 * (1 - kept) / (1 - left)
    of_noisy = kept**0.5 * (1 - left_before) / (1 - left)
    mean = of_clean * clean + of_noisy * noisy
    if timestep == 0:
        return cast(Tensor, mean + 0)
    moved: Tensor = mean + sampler._get_variance(timestep) ** 0.5 * noise(clean)
    return moved


def stratified_timesteps(count: int, diffusion_steps: int, seed: int, step: int) -> Tensor:
    """One timestep from each of ``count`` equal parts of the process, in random order: the loss
    varies less from step to step than with independent draws (Kingma et al. 2021, section 5.1)."""
    rng = named_rng(seed, "timesteps", step)
    share = (rng.permutation(count) + rng.random()) / count
    return torch.from_numpy(np.floor(share * diffusion_steps).astype(np.int64))
