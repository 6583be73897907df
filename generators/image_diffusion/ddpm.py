"""``ddpm``: a class-conditional, unguided DDPM on skeleton images (Ho et al. 2020).

The control of ``st_guided_ddpm``: same denoiser, same training, same sampler, no guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import torch
from safetensors.torch import save
from torch import Tensor, nn

from generators.image_diffusion.parameters import DiffusionParameters
from generators.image_diffusion.sampling import Guide, sample_images
from generators.image_diffusion.training import train_denoiser, untrained
from generators.image_diffusion.whitening import Whitening
from generators.learned import LearnedGenerator, below, built, on_cpu, sampling_device
from generators.length_and_placement import Circumstances
from generators.protocol import FitContext
from recognizers.training import TrainingRun
from skeletons.arrays import IntArray
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from skeletons.seeds import derive_seed, named_rng

WIDEST_IMAGE_VALUE = 0.97
"""Sampled image values are cut here: beyond, the codec's inverse runs off to many metres."""

SAMPLING_ONLY = {"sampler", "sampling_steps", "eta", "label_guidance", "sampling_batch"}
"""Parameters that the denoiser's training does not depend on."""


class DDPM(LearnedGenerator):
    """See the module's docstring; parameters are those of ``parameters_type``."""

    parameters_type: ClassVar[type[DiffusionParameters]] = DiffusionParameters
    codec_type = SkeletonImageCodec
    codec: SkeletonImageCodec
    parameters: DiffusionParameters

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn image scale, circumstances and denoiser from the clips of a split."""
        self._learn_data(clips)
        self.denoiser = self._fit_denoiser(clips, run)

    def sample(self, labels: IntArray, seed: int) -> ClipSet:
        """One clip for each label ``[N]``, in order."""
        images = sample_images(
            self.denoiser,
            self.parameters,
            torch.from_numpy(labels),
            derive_seed(seed, "noise"),
            no_label=len(self.classes),
            guide=self._guide(),
            through_denoiser=self._through_denoiser(),
        )
        values = self.whitening.inverse(images).clamp(-WIDEST_IMAGE_VALUE, WIDEST_IMAGE_VALUE)
        lengths, placement = self.circumstances.draw(labels, named_rng(seed, "circumstances"))
        return self.codec.decode(
            values.numpy(),
            labels,
            self.classes,
            placement=placement,
            lengths=lengths,
            name="sample",
        )

    def _learn_data(self, clips: ClipSet) -> None:
        self.classes = clips.classes
        self.codec = SkeletonImageCodec.fit(clips, self.parameters.image_size)
        images, placement = self.codec.encode(clips)
        self.circumstances = Circumstances.of(clips, placement)
        self.whitening = Whitening.of(torch.from_numpy(images), self.parameters.whiten_time)

    def _fit_denoiser(self, clips: ClipSet, run: FitContext) -> nn.Module:
        """Train the denoiser, or take the one that a fit of equal recipe has already trained."""
        names = set(DiffusionParameters.model_fields) - SAMPLING_ONLY
        recipe = {name: getattr(self.parameters, name) for name in sorted(names)}

        def build(folder: Path) -> None:
            denoiser = train_denoiser(
                clips,
                self.codec,
                self.whitening,
                self.parameters,
                seed=derive_seed(run.seed, "denoiser"),
                run=TrainingRun(run.device, run.checkpoint("denoiser"), run.progress),
            )
            (folder / "denoiser.safetensors").write_bytes(save(on_cpu(denoiser.state_dict())))

        denoiser = untrained(self.parameters, len(clips.classes))
        denoiser.load_state_dict(built(run, "denoiser", recipe, build, (__name__,)))
        return denoiser.to(run.device).eval().requires_grad_(False)

    def _guide(self) -> Guide | None:
        return None

    def _through_denoiser(self) -> bool:
        return False

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"denoiser.{k}": v for k, v in on_cpu(self.denoiser.state_dict()).items()}
        tensors["whitening.mean"] = self.whitening.mean
        tensors["whitening.spread"] = self.whitening.spread
        tensors["whitening.spectrum"] = self.whitening.spectrum
        return tensors

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        self.whitening = Whitening(**below(tensors, "whitening"))
        denoiser = untrained(self.parameters, len(self.classes))
        denoiser.load_state_dict(below(tensors, "denoiser"))
        self.denoiser = denoiser.to(sampling_device()).eval().requires_grad_(False)
