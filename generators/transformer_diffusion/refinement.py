"""The Generative Refinement Module (arXiv 2604.14933): reject samples that are not like real ones,
and the dropout that stays alive while sampling, which makes them differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from generators.sequences.poses import PoseCodec
from generators.transformer_diffusion.parameters import TransformerDiffusionParameters


@dataclass(frozen=True, eq=False)
class RealClips:
    """The training clips that samples are compared with.

    Attributes:
        values: pose vectors ``[M, T, D]``.
        labels: ``[M]``.
    """

    values: Tensor
    labels: Tensor

    def of(self, labels: Tensor) -> Tensor:
        """A random clip of each label ``[N]``, as rows ``[N]``."""
        same = (self.labels[None] == labels[:, None]).double()
        return torch.multinomial(same, 1)[:, 0]


def manifold_distance(samples: Tensor, labels: Tensor, real: RealClips) -> Tensor:
    """Root mean square distance ``[N]`` of samples ``[N, T, D]`` to the nearest real clip of their
    class, over poses of unit variance: what stands for the distance to the class's manifold."""
    away = torch.cdist(samples.flatten(1), real.values.flatten(1))
    away = away / samples[0].numel() ** 0.5
    other = real.labels[None] != labels[:, None]
    nearest: Tensor = away.masked_fill(other, torch.inf).amin(dim=1)
    return nearest


def spacing(real: RealClips) -> float:
    """Median distance of a real clip to the next of its class; infinite if no class has two."""
    away = torch.cdist(real.values.flatten(1), real.values.flatten(1))
    away = away / real.values[0].numel() ** 0.5
    other = real.labels[None] != real.labels[:, None]
    away = away.masked_fill(other, torch.inf).fill_diagonal_(torch.inf)
    nearest = away.amin(dim=1)
    known = nearest[nearest.isfinite()]
    return float(known.median()) if len(known) else float("inf")


def signed_sum(samples: Tensor, sources: Tensor, codec: PoseCodec) -> Tensor:
    """``[N]``: absolute value of the sum of all coordinate differences of two clips ``[N, T, D]``,
    in the data's unit. Errors of opposite sign cancel; it is what the released code computes."""
    difference = codec.joints(samples) - codec.joints(sources)
    return difference.flatten(1).sum(dim=1).abs()


@contextmanager
def living_dropout(network: nn.Module) -> Iterator[Sequence[nn.Module]]:
    """Dropout as in training for a while, everything else as in evaluation; gives the modules
    whose rate :func:`set_rate` sets."""
    modules: list[nn.Module] = [
        module
        for module in network.modules()
        if isinstance(module, nn.Dropout | nn.MultiheadAttention | nn.LSTM)
    ]
    rates = [_rate(module) for module in modules]
    # the layers' fused path for evaluation has no dropout
    stacks = [
        module
        for module in network.modules()
        if isinstance(module, nn.TransformerEncoderLayer | nn.TransformerDecoderLayer)
    ]
    try:
        for module in [*modules, *stacks]:
            module.training = True
        yield modules
    finally:
        for module in [*modules, *stacks]:
            module.training = False
        for module, rate in zip(modules, rates, strict=True):
            set_rate([module], rate)


def set_rate(modules: Sequence[nn.Module], rate: float) -> None:
    """Set the dropout rate of modules of :func:`living_dropout`."""
    for module in modules:
        if isinstance(module, nn.Dropout):
            module.p = rate
        elif isinstance(module, nn.LSTM):
            module.dropout = rate if module.num_layers > 1 else 0.0
        elif isinstance(module, nn.MultiheadAttention):
            module.dropout = rate


def sampling_rate(parameters: TransformerDiffusionParameters, alpha_bar: Tensor) -> float:
    """Dropout rate of a sampling step: fixed, or falling with the noise that is left."""
    if parameters.dropout_schedule == "none":
        return 0.0
    if parameters.dropout_schedule == "fixed":
        return parameters.sampling_dropout
    return parameters.sampling_dropout * float(torch.sqrt(1.0 - alpha_bar))


def _rate(module: nn.Module) -> float:
    rate: Any = module.p if isinstance(module, nn.Dropout) else module.dropout
    return float(rate)
