"""Between image values and the values that diffusion works on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.fft import dct
from torch import Tensor

from recognizers.transfer import to_like

LEAST_SPREAD = 0.25
"""Rows that hardly move (the hips) are not stretched to more than 4 times the mean spread."""


@dataclass(frozen=True, eq=False)
class Whitening:
    """Brings every row and channel of images to unit variance.

    Attributes:
        mean: of each row and channel, ``[3, H, 1]``.
        spread: standard deviation of each row and channel, ``[3, H, 1]``.
    """

    mean: Tensor
    spread: Tensor

    @classmethod
    def of(cls, images: Tensor) -> Whitening:
        """That of training images ``[N, 3, H, W]``."""
        mean = images.mean(dim=(0, 3))[..., None]
        spread = (images - mean).square().mean(dim=(0, 3)).sqrt()[..., None]
        least = LEAST_SPREAD * spread.square().mean().sqrt() + 1e-6
        return cls(mean, torch.maximum(spread, least))

    def forward(self, images: Tensor) -> Tensor:
        """Images ``[N, 3, H, W]`` to unit variance."""
        return _there_and_back((images - to_like(self.mean, images)) / to_like(self.spread, images))

    def inverse(self, whitened: Tensor) -> Tensor:
        """Back to image values, ``[N, 3, H, W]``; differentiable."""
        return _there_and_back(whitened) * to_like(self.spread, whitened) + to_like(
            self.mean, whitened
        )


def _there_and_back(images: Tensor) -> Tensor:
    """Images ``[N, 3, H, W]`` to temporal frequencies (DCT-II, orthonormal) and back: the identity
    but for rounding, kept because without it the same seed would train other weights."""
    cosines = torch.from_numpy(dct(np.eye(images.shape[-1]), norm="ortho", axis=1))
    cosines = to_like(cosines, images)
    return images @ cosines @ cosines.T
