"""Layers that stand side by side in a network, applied as one.

A network of branches keeps the parameters of each branch under its own name, as its checkpoints
have them. Many narrow products and norms are slow, one wide one is fast: here the parameters are
joined for the time of a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def joined_parameters(layers: Sequence[nn.Module]) -> tuple[Tensor, Tensor]:
    """Weights and biases of layers, one below the other."""
    weight = torch.cat([layer.get_parameter("weight") for layer in layers])
    return weight, torch.cat([layer.get_parameter("bias") for layer in layers])


def joined_norm(norms: Sequence[nn.Module], maps: Tensor) -> Tensor:
    """Batch norms of consecutive channels of ``maps [N, C, T, V]``, as one.

    Each norm's running statistics end up as if it had been called on its own channels. Mode,
    momentum (a number) and epsilon are those of the first.
    """
    first = cast(nn.BatchNorm2d, norms[0])
    weight, bias = joined_parameters(norms)
    means = [norm.get_buffer("running_mean") for norm in norms]
    variances = [norm.get_buffer("running_var") for norm in norms]
    mean, variance = torch.cat(means), torch.cat(variances)
    momentum = cast(float, first.momentum)
    normed = F.batch_norm(maps, mean, variance, weight, bias, first.training, momentum, first.eps)
    if first.training:
        widths = [len(one) for one in means]
        with torch.no_grad():
            torch._foreach_copy_(
                means + variances,
                [*torch.split_with_sizes(mean, widths), *torch.split_with_sizes(variance, widths)],
            )
            torch._foreach_add_([norm.get_buffer("num_batches_tracked") for norm in norms], 1)
    return normed


def joined_entries(branches: Sequence[nn.Module], maps: Tensor) -> tuple[Tensor, ...]:
    """What reaches the layers behind the entry of each branch: 1x1 convolution, norm, ReLU.

    Args:
        branches: sequences that begin with these three.
        maps: ``[N, C, T, V]``.

    Returns:
        ``[N, C_i, T, V]`` for each branch.
    """
    weight, bias = joined_parameters([branch.get_submodule("0") for branch in branches])
    norms = [branch.get_submodule("1") for branch in branches]
    entered = F.relu_(joined_norm(norms, F.conv2d(maps, weight, bias)))
    widths = [len(norm.get_parameter("bias")) for norm in norms]
    return tuple(torch.split_with_sizes(entered, widths, dim=1))
