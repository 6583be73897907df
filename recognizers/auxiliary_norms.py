"""Batch norms of their own for added clips (Xie et al. 2020, AdvProp, arXiv 1911.09665)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _BatchNorm

from recognizers.transfer import to_device
from skeletons.errors import InputError


class AuxiliaryNorms(nn.Module):
    """A network whose batch norms have a second set of statistics, scales and offsets for added
    clips; all other weights are shared.

    As in AdvProp, the clips of each kind go through the network on their own, so that it does not
    matter how a network lays its clips out before a norm. The second set starts as a copy of the
    first, and has all that the network remembers of the clips that it saw: every buffer. What is
    used after training is ``network``, with the norms of the other clips.

    Args:
        network: with batch norms anywhere in it.
        name: of the network, for the error.

    Raises:
        InputError: it has no batch norm.
    """

    def __init__(self, network: nn.Module, name: str) -> None:
        super().__init__()
        norms = norms_of(network)
        if not norms:
            raise InputError(without_norms(name))
        self.network = network
        self.added = nn.Module()
        for norm in norms:
            for entry, weights in network.get_submodule(norm).named_parameters(norm):
                copied = nn.Parameter(weights.detach().clone())
                self.added.register_parameter(_flat(entry), copied)
        for entry, remembered in network.named_buffers():
            self.added.register_buffer(_flat(entry), remembered.clone())

    def forward(self, sample: Tensor, added: Tensor) -> Tensor:
        """Logits ``[N, classes]``.

        Args:
            sample: what the network takes, ``[N, ...]``.
            added: which clips were added, ``[N]``, on the CPU.
        """
        kinds, logits = [torch.nonzero(kind)[:, 0] for kind in (~added, added)], []
        first, others = (sample[to_device(rows, sample.device)] for rows in kinds)
        if len(first):
            logits.append(self.network(first))
        if len(others):
            logits.append(functional_call(self.network, dict(self.second_set()), (others,)))
        order = torch.argsort(torch.cat(kinds))
        return torch.cat(logits)[to_device(order, sample.device)]

    def second_set(self) -> Iterator[tuple[str, Tensor]]:
        """What stands for entries of the network where clips were added, by the entry's name."""
        for values in (self.added.named_parameters(), self.added.named_buffers()):
            for name, value in values:
                yield name.replace("/", "."), value


def norms_of(network: nn.Module) -> list[str]:
    """Names of a network's batch norms."""
    return [name for name, one in network.named_modules() if isinstance(one, _BatchNorm)]


def without_norms(name: str) -> str:
    """What is told of a network that cannot have norms of their own."""
    return f"recipe: synthetic_norm = own: {name} has no batch norm, leave it shared"


def _flat(entry: str) -> str:
    """An entry's name as one of a single module may be called."""
    return entry.replace(".", "/")
