"""``ddpm``: a class-conditional, unguided DDPM on skeleton images (Ho et al. 2020).

The control of ``st_guided_ddpm``: same denoiser, same training, same sampler, no guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from generators.image_diffusion.null_class import TowardTheLabel, with_unlabelled
from generators.image_diffusion.parameters import DiffusionParameters
from generators.image_diffusion.sampling import Guide, sample_images
from generators.image_diffusion.training import train_denoiser, untrained
from generators.image_diffusion.whitening import Whitening
from generators.learned import (
    LearnedGenerator,
    below,
    frozen,
    on_cpu,
    sampling_device,
    shared_weights,
)
from generators.length_and_placement import LengthAndPlacement
from generators.protocol import FitContext
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from skeletons.seeds import derive_seed

WIDEST_IMAGE_VALUE = 0.97
"""Sampled image values are cut here: beyond, the codec's inverse runs off to many metres."""

SAMPLING_ONLY = {"sampler", "sampling_steps", "eta", "sampling_batch", "label_scale"}
"""Parameters that the denoiser's training does not depend on."""


class DDPM(LearnedGenerator):
    """See the module's docstring; parameters are those of ``parameters_type``."""

    parameters_type: ClassVar[type[DiffusionParameters]] = DiffusionParameters
    codec_type = SkeletonImageCodec
    sees_unlabelled: ClassVar[bool] = True
    caveats: tuple[str, ...] = ()
    codec: SkeletonImageCodec
    parameters: DiffusionParameters
    whitening: Whitening
    denoiser: nn.Module

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn image scale, lengths and placements from the clips of a split, then train the
        denoiser or take the one that a fit of equal recipe has trained.

        Clips without a label have their say in the image's scale and whitening and fill
        ``unlabelled_share`` of the denoiser's batches, under its null class. Lengths and
        placements, which are drawn by label, are those of the labelled clips.
        """
        self.classes = clips.classes
        self.parameters = self.parameters.with_room_for(clips.skeleton)
        seen = with_unlabelled(clips, run.unlabelled)
        self.codec = SkeletonImageCodec.fit(seen, self.parameters.image_size)
        images, placement = self.codec.encode(seen)
        labelled = placement.select(np.arange(len(clips)))
        self.length_and_placement = LengthAndPlacement.of(clips, labelled)
        self.whitening = Whitening.of(torch.from_numpy(images))
        names = set(DiffusionParameters.model_fields) - SAMPLING_ONLY
        if self.parameters.objective == "diffusion":
            names.discard("objective")
        if run.unlabelled is None:
            names.discard("unlabelled_share")
        else:
            share = 100 * self.parameters.unlabelled_share
            told = f"Without a label were {share:g} % of each batch that trained the denoiser."
            self.caveats = (told,)
        recipe = {name: getattr(self.parameters, name) for name in sorted(names)}
        seed = derive_seed(run.seed, "denoiser")
        train = partial(
            train_denoiser,
            seen,
            len(clips.classes),
            self.codec,
            self.whitening,
            self.parameters,
            seed,
        )
        weights = shared_weights(run, "denoiser", recipe, train, (__name__,))
        self.denoiser = frozen(untrained(self.parameters, len(clips.classes)), weights, run.device)

    def _sample(self, labels: IntArray, seed: int) -> ClipSet:
        rows = self.length_and_placement.draw_rows(labels, seed)
        images = self._images(labels, rows, seed)
        values = self.whitening.inverse(images).clamp(-WIDEST_IMAGE_VALUE, WIDEST_IMAGE_VALUE)
        lengths, placement = self.length_and_placement.at(rows)
        return self.codec.decode(
            values.numpy(),
            labels,
            self.classes,
            placement=placement,
            lengths=lengths,
            name="sample",
        )

    @property
    def evaluations(self) -> int | None:
        """Forward passes of networks for one sample; None where samples differ in it."""
        passes = 1 if self.parameters.label_scale == 1.0 else 2
        return passes * self.parameters.sampling_steps

    def represent(self, clips: ClipSet) -> ClipSet:
        """Clips as images have them: encoded and decoded."""
        images, placement = self.codec.encode(clips)
        return self.codec.decode(
            images, clips.labels, self.classes, placement=placement, lengths=clips.lengths
        )

    def _images(self, labels: IntArray, rows: IntArray, seed: int) -> Tensor:
        """Whitened images ``[N, 3, H, W]`` of labels ``[N]``, which will have the lengths and
        placements of the training clips ``rows [N]``."""
        noise_seed = derive_seed(seed, "noise")
        return sample_images(
            self._asked(),
            self.parameters,
            torch.from_numpy(labels),
            noise_seed,
            self._guide(),
            self.group,
        )

    def _asked(self) -> nn.Module:
        """The denoiser as sampling asks it."""
        scale = self.parameters.label_scale
        if scale == 1.0:
            return self.denoiser
        return TowardTheLabel(self.denoiser, len(self.classes), scale)

    def _guide(self) -> Guide | None:
        return None

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"denoiser.{k}": v for k, v in on_cpu(self.denoiser.state_dict()).items()}
        tensors["whitening.mean"] = self.whitening.mean
        tensors["whitening.spread"] = self.whitening.spread
        return tensors

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        self.whitening = Whitening(**below(tensors, "whitening"))
        denoiser = untrained(self.parameters, len(self.classes))
        self.denoiser = frozen(denoiser, below(tensors, "denoiser"), sampling_device())
