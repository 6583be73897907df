"""``variations``: real clips with noise on them, denoised for their class.

SDEdit (Meng et al. 2022) as DA-Fusion (Trabucco et al., ICLR 2024) augments with it: x_t =
sqrt(ᾱ) x0 + sqrt(1 - ᾱ) ε of a training clip x0 at timestep t = ``strength`` T, and from there the
reverse process of ``ddpm``. The denoiser is that of ``ddpm``; a run that has one trains no other.
DA-Fusion adapts a large text-to-image model to the classes; here the denoiser knows the split only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from generators.clip_variations.parameters import VariationParameters
from generators.diffusion.process import PartOfTheWay
from generators.image_diffusion.ddpm import DDPM
from generators.image_diffusion.parameters import DiffusionParameters
from generators.image_diffusion.sampling import sample_batch
from generators.protocol import FitContext
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.seeds import derive_seed, named_rng


class ClipVariations(DDPM):
    """See the module's docstring; parameters are those of :class:`VariationParameters`.

    A sample has the length and the placement of the clip that it starts from. Where noise replaces
    the clip altogether, at strength 1, samples are those of ``ddpm`` to the bit.
    """

    parameters_type: ClassVar[type[DiffusionParameters]] = VariationParameters
    parameters: VariationParameters
    sources: Tensor

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn as ``ddpm`` does, and keep the images of the training clips."""
        super().fit(clips, run)
        low, high = self.parameters.strength
        share = f"{low:.0%}" if low == high else f"{low:.0%} to {high:.0%}"
        told = (
            f"Each sample is a training clip that went through {share} of the noise process and "
            "back: it is tied to real clips."
        )
        self.caveats = (*self.caveats, told)
        self.sources = torch.from_numpy(self.codec.encode(clips)[0])

    @property
    def evaluations(self) -> int | None:
        """Each sample has its own strength, and steps by it."""
        return None

    def _images(self, labels: IntArray, rows: IntArray, seed: int) -> Tensor:
        steps, denoiser = self._steps(len(labels), seed), self._asked()
        asked, images = torch.from_numpy(labels), self.whitening.forward(self.sources[rows])
        for number, (left, batch) in enumerate(self._batches(steps)):
            start = PartOfTheWay(images[batch], left)
            batch_seed = derive_seed(derive_seed(seed, "noise"), "batch", number)
            images[batch] = sample_batch(
                denoiser, self.parameters, asked[batch], batch_seed, start=start
            )
        return images

    def _steps(self, count: int, seed: int) -> IntArray:
        """How many of the sampler's steps each of ``count`` samples is away from its clip."""
        strength = named_rng(seed, "strength").uniform(*self.parameters.strength, count)
        return np.rint(strength * self.parameters.sampling_steps).astype(np.int64)

    def _batches(self, steps: IntArray) -> list[tuple[int, Tensor]]:
        """Rows of equal ``steps [N]``, as many as are sampled at a time, the most steps first;
        rows of no step are left out."""
        return [
            (int(left), batch)
            for left in np.unique(steps[steps > 0])[::-1]
            for batch in torch.split(
                torch.from_numpy(np.flatnonzero(steps == left)), self.parameters.sampling_batch
            )
        ]

    def _tensors(self) -> dict[str, Tensor]:
        return {**super()._tensors(), "sources": self.sources}

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        super()._load_tensors(tensors)
        self.sources = tensors["sources"]
