"""Tensors on their way to a device, without making anybody wait.

To copy from ordinary memory, the processor waits for all that a GPU was given before; from pinned
memory the copy is one more thing that the GPU does in its turn. On a processor nothing is copied.
"""

from __future__ import annotations

import torch
from torch import Tensor


def to_device(values: Tensor, device: str | torch.device) -> Tensor:
    """The tensor on a device; nobody waits for the copy."""
    target = torch.device(device)
    if target.type != "cuda" or values.device.type != "cpu":
        return values.to(target)
    return values.pin_memory().to(target, non_blocking=True)


def to_like(values: Tensor, like: Tensor) -> Tensor:
    """The tensor with the type of another one, on its device; nobody waits for the copy."""
    return to_device(values.to(like.dtype), like.device)
