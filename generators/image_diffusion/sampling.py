"""From noise to skeleton images, with room for a guide at every step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from generators.diffusion.process import clean_estimate, reverse
from generators.image_diffusion.parameters import DiffusionParameters
from skeletons.seeds import derive_seed

Guide = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Clean estimates x̂0 ``[N, 3, H, W]``, labels ``[N]`` and the share of signal variance left at
this timestep -> the estimates moved toward the labels."""


def sample_images(
    denoiser: nn.Module,
    parameters: DiffusionParameters,
    labels: Tensor,
    seed: int,
    guide: Guide | None = None,
) -> Tensor:
    """Whitened images ``[N, 3, H, W]`` of labels ``[N]`` (on the CPU), batch by batch."""
    batches = torch.split(labels, parameters.sampling_batch) if len(labels) else ()
    images = [
        _sample_batch(denoiser, parameters, batch, derive_seed(seed, "batch", number), guide)
        for number, batch in enumerate(batches)
    ]
    size = parameters.image_size
    return torch.cat(images) if images else torch.zeros(0, 3, size, size)


@torch.no_grad()
def _sample_batch(
    denoiser: nn.Module,
    parameters: DiffusionParameters,
    labels: Tensor,
    seed: int,
    guide: Guide | None,
) -> Tensor:
    device = next(denoiser.parameters()).device
    labels = labels.to(device)

    def estimate(noisy: Tensor, timesteps: Tensor, alpha_bar: Tensor) -> Tensor:
        output = denoiser(noisy, timesteps, labels)
        clean = clean_estimate(parameters.prediction, output, noisy, alpha_bar)
        return clean if guide is None else guide(clean, labels, alpha_bar)

    shape = (len(labels), 3, parameters.image_size, parameters.image_size)
    rng = torch.Generator().manual_seed(seed)
    return reverse(parameters, shape, device, estimate, rng).cpu()
