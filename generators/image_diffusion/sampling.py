"""From noise to skeleton images, with room for a guide at every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from generators.diffusion.process import clean_estimate, reverse
from generators.image_diffusion.parameters import DiffusionParameters
from skeletons.seeds import derive_seed


@dataclass(frozen=True)
class GuidedStep:
    """What a guide is shown at a sampling step.

    Attributes:
        noisy: x_t, ``[N, 3, H, W]``.
        clean: x̂0 estimated from it; has a graph back to ``noisy`` if the guide asked for one.
        labels: classes to steer toward, ``[N]``.
        alpha_bar: share of signal variance left at this timestep, a scalar.
    """

    noisy: Tensor
    clean: Tensor
    labels: Tensor
    alpha_bar: Tensor


Guide = Callable[[GuidedStep], Tensor]
"""Returns the clean estimate ``[N, 3, H, W]`` moved toward the labels."""


def sample_images(
    denoiser: nn.Module,
    parameters: DiffusionParameters,
    labels: Tensor,
    seed: int,
    *,
    no_label: int,
    guide: Guide | None = None,
    through_denoiser: bool = False,
) -> Tensor:
    """Whitened images ``[N, 3, H, W]`` of labels ``[N]`` (on the CPU), batch by batch.

    Args:
        no_label: the label that stands for none, for classifier-free guidance.
        guide: moves the clean estimate at each step.
        through_denoiser: whether the guide's estimate carries a graph back to the noisy image.
    """
    device = next(denoiser.parameters()).device
    parts = [
        _sample_batch(
            denoiser,
            parameters,
            batch.to(device),
            derive_seed(seed, "batch", number),
            no_label,
            guide,
            through_denoiser,
        )
        for number, batch in enumerate(torch.split(labels, parameters.sampling_batch))
        if len(batch)
    ]
    size = parameters.image_size
    return torch.cat(parts).cpu() if parts else torch.zeros(0, 3, size, size)


def _sample_batch(
    denoiser: nn.Module,
    parameters: DiffusionParameters,
    labels: Tensor,
    seed: int,
    no_label: int,
    guide: Guide | None,
    through_denoiser: bool,
) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    size = parameters.image_size
    noise = torch.randn(len(labels), 3, size, size, generator=rng).to(labels.device)

    def predict(noisy: Tensor, timestep: Tensor, alpha_bar: Tensor) -> Tensor:
        steps = timestep.expand(len(labels)).to(labels.device)
        output = denoiser(noisy, steps, labels)
        if parameters.label_guidance != 1.0:
            free = denoiser(noisy, steps, torch.full_like(labels, no_label))
            output = free + parameters.label_guidance * (output - free)
        return clean_estimate(parameters.prediction, output, noisy, alpha_bar)

    def estimate(noisy: Tensor, timestep: Tensor, alpha_bar: Tensor) -> Tensor:
        if guide is not None and through_denoiser:
            noisy = noisy.detach().requires_grad_(True)
        with torch.set_grad_enabled(noisy.requires_grad):
            clean = predict(noisy, timestep, alpha_bar)
        return clean if guide is None else guide(GuidedStep(noisy, clean, labels, alpha_bar))

    return reverse(parameters, noise, estimate, rng)
