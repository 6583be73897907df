"""The denoiser of ``factor_ddpm``: that of ``ddpm``, told of more than the label."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from generators.factor_diffusion.parameters import FactorParameters
from generators.factor_diffusion.views import CHANGES
from generators.image_diffusion.denoisers import TokenTransformer
from recognizers.transfer import to_device


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
        return Condition(*(to_device(values, device) for values in self))


class FactorDenoiser(TokenTransformer):
    """Conditioned on timestep, label, person and changes, whose embeddings are summed up: a person
    and a label that never came together have a place between those that did."""

    def __init__(self, parameters: FactorParameters, classes: int, persons: int) -> None:
        super().__init__()
        told, size, width = parameters, parameters.image_size, parameters.width
        self.sees_its_last = told.self_conditioning
        self._open(size, width, 6 if self.sees_its_last else 3)
        self.embed_label = nn.Embedding(classes + 1, width)
        self.embed_person = nn.Embedding(persons + 1, width)
        self.embed_changes = nn.Linear(len(CHANGES), width, bias=False)
        self._close(size, width, told.layers, told.heads, told.dropout)

    def forward(
        self, images: Tensor, timesteps: Tensor, told: Condition, last: Tensor | None = None
    ) -> Tensor:
        """Images ``[N, 3, S, S]``, timesteps ``[N]`` and the network's last estimate, zeros without
        one -> ``[N, 3, S, S]``."""
        if self.sees_its_last:
            images = torch.cat([images, torch.zeros_like(images) if last is None else last], 1)
        condition = (
            self.embed_time(self.time(timesteps))
            + self.embed_label(told.labels)
            + self.embed_person(told.persons)
            + self.embed_changes(told.changes)
        )
        return self._through(images, condition)
