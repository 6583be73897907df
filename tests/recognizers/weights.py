"""Weights for networks that were not trained."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def awake(model: Network) -> Network:
    """Every branch of a fresh network counts, as after training."""
    with torch.no_grad():
        for values in model.parameters():
            values.add_(0.2 * torch.randn_like(values))
    return model
