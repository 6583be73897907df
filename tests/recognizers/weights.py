"""Weights for networks that were not trained, or on one batch alone."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Network = TypeVar("Network", bound=nn.Module)


def awake(model: Network) -> Network:
    """Every branch of a fresh network counts, as after training."""
    with torch.no_grad():
        for values in model.parameters():
            values.add_(0.2 * torch.randn_like(values))
    return model


def learns_by_heart(
    model: nn.Module, batch: Tensor, labels: Tensor, rate: float, loss_below: float
) -> bool:
    """Whether the loss falls below a value within 60 steps on the same batch."""
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(60):
        loss = F.cross_entropy(model(batch), labels)
        if loss < loss_below:
            return True
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return False
