"""Between image values and the values that diffusion works on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.fft import dct
from torch import Tensor

LEAST_SPREAD = 0.25
"""Rows that hardly move (the hips) are not stretched to more than 4 times the mean spread."""


@dataclass(frozen=True, eq=False)
class Whitening:
    """Brings images to unit variance: every row and channel, and partly every frequency in time.

    Motion is slow and sensor noise is not, so next to the noise that diffusion adds, the fast part
    of a motion is tiny and a denoiser trained on a small budget gets it wrong: samples tremble.
    Here the amplitude of each temporal frequency (DCT-II, orthonormal) is divided by a power of
    its mean amplitude in training.

    Attributes:
        mean: of each row and channel, ``[3, H, 1]``.
        spread: standard deviation of each row and channel, ``[3, H, 1]``.
        spectrum: what each frequency is divided by, ``[W]``; ones for no change.
    """

    mean: Tensor
    spread: Tensor
    spectrum: Tensor

    @classmethod
    def of(cls, images: Tensor, power: float = 0.0) -> Whitening:
        """That of training images ``[N, 3, H, W]``; with power 1 every frequency is as strong as
        any other, with 0 frequencies are left as they are."""
        mean = images.mean(dim=(0, 3))[..., None]
        spread = (images - mean).square().mean(dim=(0, 3)).sqrt()[..., None]
        least = LEAST_SPREAD * spread.square().mean().sqrt() + 1e-6
        spread = torch.maximum(spread, least)
        frequencies = ((images - mean) / spread) @ _cosines(images)
        amplitude = frequencies.square().mean(dim=(0, 1, 2)).sqrt()
        spectrum = (amplitude + 1e-3 * amplitude.max() + 1e-6) ** power
        left = (frequencies / spectrum).square().mean().sqrt()
        return cls(mean, spread, spectrum * (left + 1e-6) if power else spectrum)

    def forward(self, images: Tensor) -> Tensor:
        """Images ``[N, 3, H, W]`` to unit variance."""
        cosines = _cosines(images)
        rows = (images - self.mean.to(images)) / self.spread.to(images)
        return rows @ (cosines / self.spectrum.to(images)) @ cosines.T

    def inverse(self, whitened: Tensor) -> Tensor:
        """Back to image values, ``[N, 3, H, W]``; differentiable."""
        cosines = _cosines(whitened)
        rows = whitened @ (cosines * self.spectrum.to(whitened)) @ cosines.T
        return rows * self.spread.to(whitened) + self.mean.to(whitened)


def _cosines(images: Tensor) -> Tensor:
    """Orthonormal cosines ``[W frames, W frequencies]``."""
    basis = dct(np.eye(images.shape[-1]), norm="ortho", axis=1)
    return torch.from_numpy(basis).to(images)
