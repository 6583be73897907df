"""The denoiser's null class: clips without a label train under it, and sampling may lead away from
it.

Classifier-free guidance (Ho and Salimans 2022, equation 6, written for clean estimates): with w the
label scale, x̂0 <- x̂0(x_t, null) + w (x̂0(x_t, y) - x̂0(x_t, null)). w = 1 is the conditional
estimate; their w is ours less 1.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from skeletons.clips import ClipSet

NULL = "no label"


def with_unlabelled(clips: ClipSet, unlabelled: ClipSet | None) -> ClipSet:
    """Labelled clips and, as one more class behind the others, those without a label; the labelled
    ones as they are where there are no others."""
    if unlabelled is None:
        return clips
    classes = (*clips.classes, NULL)
    null = np.full(len(unlabelled), len(clips.classes), dtype=np.int64)
    parts = (
        replace(clips, classes=classes),
        replace(unlabelled, classes=classes, labels=null),
    )
    return ClipSet.concatenate(parts)


class TowardTheLabel(nn.Module):
    """A denoiser whose output is moved from that without a label toward that with it: one pass over
    a batch of 2 N. Clean estimates are linear in the output, so the module's formula holds for it,
    whatever the denoiser predicts.

    Args:
        null: number of the null class.
        scale: w, the label scale.
    """

    def __init__(self, denoiser: nn.Module, null: int, scale: float) -> None:
        super().__init__()
        self.denoiser, self.null, self.scale = denoiser, null, scale

    def forward(self, images: Tensor, timesteps: Tensor, labels: Tensor) -> Tensor:
        """Images ``[N, 3, H, W]``, timesteps ``[N]``, labels ``[N]`` -> ``[N, 3, H, W]``."""
        both = torch.cat((torch.full_like(labels, self.null), labels))
        outputs = self.denoiser(images.repeat(2, 1, 1, 1), timesteps.repeat(2), both)
        without, given = outputs.chunk(2)
        moved: Tensor = without + self.scale * (given - without)
        return moved
