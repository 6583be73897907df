"""The denoiser of ``factor_ddpm``: that of ``ddpm``, told of more than the label."""

from __future__ import annotations

from typing import NamedTuple

import torch
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from torch import Tensor, nn
from torch.nn import functional as F

from generators.factor_diffusion.parameters import FactorParameters
from generators.factor_diffusion.views import CHANGES
from generators.image_diffusion.denoisers import FRAMES_PER_TOKEN, TIME_CHANNELS, ConditionedLayer


class Condition(NamedTuple):
    """What a sample is to be.

    Attributes:
        labels: ``[N]``; the number of classes stands for "unknown".
        persons: ``[N]``; the number of persons stands for "unknown".
        changes: ``[N, 4]``, see :data:`generators.factor_diffusion.views.CHANGES`.
    """

    labels: Tensor
    persons: Tensor
    changes: Tensor

    def at(self, device: str | torch.device) -> Condition:
        """The same on a device."""
        return Condition(*(values.to(device) for values in self))


class FactorDenoiser(nn.Module):
    """A transformer over time: a token holds all joints of two neighbouring frames.

    Timestep, label, person and changes are embedded and summed up; the sum enters every layer as
    scale, shift and gate (adaLN-Zero, Peebles and Xie 2023, section 3.2). Since they are summed,
    a person and a label that never came together have a place between those that did.
    """

    def __init__(self, parameters: FactorParameters, classes: int, persons: int) -> None:
        super().__init__()
        size, width = parameters.image_size, parameters.width
        self.channels = 6 if parameters.self_conditioning else 3
        self.to_token = nn.Linear(self.channels * size * FRAMES_PER_TOKEN, width)
        self.position = nn.Parameter(torch.randn(size // FRAMES_PER_TOKEN, width) * 0.02)
        self.time = Timesteps(TIME_CHANNELS, flip_sin_to_cos=True, downscale_freq_shift=0)
        self.embed_time = TimestepEmbedding(TIME_CHANNELS, width)
        self.embed_label = nn.Embedding(classes + 1, width)
        self.embed_person = nn.Embedding(persons + 1, width)
        self.embed_changes = nn.Linear(len(CHANGES), width, bias=False)
        self.layers = nn.ModuleList(
            ConditionedLayer(width, parameters.heads, parameters.dropout)
            for _ in range(parameters.layers)
        )
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulate = nn.Linear(width, 2 * width)
        self.to_output = nn.Linear(width, 3 * size * FRAMES_PER_TOKEN)
        nn.init.zeros_(self.to_output.weight)
        nn.init.zeros_(self.to_output.bias)

    def forward(
        self, images: Tensor, timesteps: Tensor, told: Condition, last: Tensor | None = None
    ) -> Tensor:
        """Images ``[N, 3, S, S]``, timesteps ``[N]`` and the network's last estimate, zeros without
        one -> ``[N, 3, S, S]``."""
        if self.channels == 6:
            images = torch.cat([images, torch.zeros_like(images) if last is None else last], 1)
        count, channels, rows, columns = images.shape
        split = images.reshape(count, channels, rows, -1, FRAMES_PER_TOKEN)
        tokens = self.to_token(split.permute(0, 3, 1, 2, 4).flatten(2)) + self.position
        condition = F.silu(
            self.embed_time(self.time(timesteps))
            + self.embed_label(told.labels)
            + self.embed_person(told.persons)
            + self.embed_changes(told.changes)
        )
        for layer in self.layers:
            tokens = layer(tokens, condition)
        scale, shift = self.modulate(condition)[:, None].chunk(2, dim=-1)
        output = self.to_output(self.norm(tokens) * (1 + scale) + shift)
        split = output.reshape(count, -1, 3, rows, FRAMES_PER_TOKEN).permute(0, 2, 3, 1, 4)
        image: Tensor = split.reshape(count, 3, rows, columns)
        return image
