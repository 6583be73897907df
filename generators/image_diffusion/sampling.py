"""From noise to skeleton images, with room for a guide at every step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from generators.diffusion.flow import FlowProcess, FlowSampler
from generators.diffusion.process import PartOfTheWay, clean_estimate, reverse, sampler_of
from generators.image_diffusion.parameters import DiffusionParameters
from recognizers.data_parallel import Group
from recognizers.together import each_by_one
from skeletons.seeds import derive_seed

Denoise = Callable[[Tensor], Tensor]
"""x_t ``[N, 3, H, W]`` -> its clean estimate x̂0, at one timestep and for given labels; with a graph
where gradients are on."""

Guide = Callable[[Denoise, Tensor, Tensor, Tensor], Tensor]
"""The denoiser, x_t ``[N, 3, H, W]``, labels ``[N]`` and the share of signal variance left at this
timestep (a scalar on the CPU) -> clean estimates moved toward the labels."""


def sample_images(
    denoiser: nn.Module,
    parameters: DiffusionParameters,
    labels: Tensor,
    seed: int,
    guide: Guide | None = None,
    group: Group | None = None,
) -> Tensor:
    """Whitened images ``[N, 3, H, W]`` of labels ``[N]`` (on the CPU), batch by batch; each batch
    by one process of the group."""
    batches = torch.split(labels, parameters.sampling_batch) if len(labels) else ()

    def batch(number: int) -> Tensor:
        batch_seed = derive_seed(seed, "batch", number)
        return sample_batch(denoiser, parameters, batches[number], batch_seed, guide)

    images = each_by_one(batch, len(batches), group)
    size = parameters.image_size
    return torch.cat(images) if images else torch.zeros(0, 3, size, size)


@torch.no_grad()
def sample_batch(
    denoiser: nn.Module,
    parameters: DiffusionParameters,
    labels: Tensor,
    seed: int,
    guide: Guide | None = None,
    start: PartOfTheWay | None = None,
) -> Tensor:
    """Whitened images ``[N, 3, H, W]`` of labels ``[N]``, all at once; from ``start`` on where not
    from pure noise."""
    device = next(denoiser.parameters()).device
    labels = labels.to(device)
    prediction, flow = parameters.prediction, None
    if parameters.objective == "flow":
        flow = FlowProcess(parameters.diffusion_steps)

    def estimate(noisy: Tensor, timesteps: Tensor, alpha_bar: Tensor) -> Tensor:
        def denoise(noisy: Tensor) -> Tensor:
            output = denoiser(noisy, timesteps, labels)
            if flow is not None:
                return flow.clean(prediction, output, noisy, timesteps)
            return clean_estimate(prediction, output, noisy, alpha_bar)

        return denoise(noisy) if guide is None else guide(denoise, noisy, labels, alpha_bar)

    shape = (len(labels), 3, parameters.image_size, parameters.image_size)
    rng = torch.Generator().manual_seed(seed)
    sampler = None if flow is None else _flow_sampler(parameters)
    return reverse(parameters, shape, device, estimate, rng, start, sampler).cpu()


def signal_at_steps(parameters: DiffusionParameters) -> tuple[float, ...]:
    """Share of signal variance left at each step of the way back, the first first."""
    flow = parameters.objective == "flow"
    sampler = _flow_sampler(parameters) if flow else sampler_of(parameters)[0]
    return tuple(sampler.alphas_cumprod[sampler.timesteps].tolist())


def _flow_sampler(parameters: DiffusionParameters) -> FlowSampler:
    return FlowSampler(parameters.diffusion_steps, parameters.sampling_steps)
