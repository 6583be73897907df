"""``factor_ddpm``: a DDPM that is told apart what varies within a class.

``ddpm`` learns each class as one cloud of images. Here the network is told, beside the class, who
moves and how a training clip was changed (mirrored, cut, larger): what a person does in one class
may then be asked for in another, and a split of few clips is seen in many ways without teaching
that samples are cut or small. Images, lengths and placements are those of ``ddpm``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from generators.factor_diffusion.network import Condition, FactorDenoiser
from generators.factor_diffusion.parameters import FactorParameters
from generators.factor_diffusion.process import Process
from generators.factor_diffusion.training import train_denoiser, untrained
from generators.factor_diffusion.views import CHANGES, TrainingViews
from generators.image_diffusion.ddpm import WIDEST_IMAGE_VALUE
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
from recognizers.together import each_by_one
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from skeletons.placement import Placement
from skeletons.seeds import derive_seed, named_rng

SAMPLING_ONLY = {
    "sampler", "sampling_steps", "eta", "sampling_batch", "persons", "label_scale", "detail"
}  # fmt: skip
"""Parameters that the denoiser's training does not depend on."""


class FactorDDPM(LearnedGenerator):
    """See the module's docstring; parameters are those of :class:`FactorParameters`."""

    parameters_type: ClassVar[type[FactorParameters]] = FactorParameters
    codec_type = SkeletonImageCodec
    codec: SkeletonImageCodec
    parameters: FactorParameters
    whitening: Whitening
    denoiser: FactorDenoiser
    detail: Float32Array
    """What images lose of the training clips, ``[F, V, C]``, clip by clip."""
    performed: IntArray
    """Whether a person was seen in a class, ``[classes, persons]``; no columns without names."""

    @property
    def caveats(self) -> tuple[str, ...]:
        """What every table of these samples must say."""
        if not self.parameters.detail:
            return ()
        return (
            "What the image of a training clip cannot hold, its sensor's noise, is in a sample.",
        )

    @property
    def evaluations(self) -> int:
        """Forward passes of the network for one sample."""
        passes = 1 if self.parameters.label_scale == 1.0 else 2
        return passes * self.parameters.sampling_steps

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn image scale, lengths and placements from the clips of a split, and who does what;
        then train the denoiser."""
        self.classes = clips.classes
        self.parameters = self.parameters.with_room_for(clips.skeleton)
        self.codec = SkeletonImageCodec.fit(clips, self.parameters.image_size)
        images, placement = self.codec.encode(clips)
        self.length_and_placement = LengthAndPlacement.of(clips, placement)
        self.whitening = Whitening.of(torch.from_numpy(images))
        shown = self._decoded(images, clips.labels, placement, clips.lengths)
        self.detail = clips.packed().frames - shown.packed().frames
        known, persons = persons_of(clips)
        self.performed = np.zeros((len(clips.classes), known), dtype=np.int64)
        named = persons < known
        self.performed[clips.labels[named], persons[named]] = 1
        views = TrainingViews.of(clips, self.codec, self.whitening, self.parameters)
        names = set(FactorParameters.model_fields) - SAMPLING_ONLY
        recipe = {name: getattr(self.parameters, name) for name in sorted(names)}
        seed = derive_seed(run.seed, "denoiser")
        train = partial(train_denoiser, views, persons, known, self.parameters, seed)
        weights = shared_weights(run, "denoiser", recipe, train)
        network = untrained(self.parameters, len(clips.classes), known)
        self.denoiser = frozen(network, weights, run.device)

    @torch.no_grad()
    def _sample(self, labels: IntArray, seed: int) -> ClipSet:
        told = self._told(labels, seed)
        size = self.parameters.image_size
        parts = np.array_split(
            np.arange(len(labels)), max(1, -(-len(labels) // self.parameters.sampling_batch))
        )
        parts = [rows for rows in parts if len(rows)]

        def batch(number: int) -> Tensor:
            part = Condition(*(values[torch.from_numpy(parts[number])] for values in told))
            return self._images(part, derive_seed(seed, "noise", number))

        images = each_by_one(batch, len(parts), self.group)
        values = self.whitening.inverse(torch.cat([torch.zeros(0, 3, size, size), *images]))
        rows = self.length_and_placement.draw_rows(labels, seed)
        lengths, placement = self.length_and_placement.at(rows)
        values = values.clamp(-WIDEST_IMAGE_VALUE, WIDEST_IMAGE_VALUE)
        clips = self._decoded(values.numpy(), labels, placement, lengths)
        if not self.parameters.detail:
            return clips
        return replace(clips, frames=clips.frames + self._details(rows))

    def _details(self, rows: IntArray) -> Float32Array:
        """What to add to samples as long as training clips ``rows``, ``[F, V, C]``."""
        lengths = self.length_and_placement.lengths
        first = np.repeat((np.cumsum(lengths) - lengths)[rows], lengths[rows])
        step = np.arange(len(first)) - np.repeat(
            np.cumsum(lengths[rows]) - lengths[rows], lengths[rows]
        )
        return np.asarray(self.detail[first + step])

    def represent(self, clips: ClipSet) -> ClipSet:
        """Clips as images have them: encoded and decoded."""
        images, placement = self.codec.encode(clips)
        return self._decoded(images, clips.labels, placement, clips.lengths)

    def _decoded(
        self, images: Float32Array, labels: IntArray, placement: Placement, lengths: IntArray
    ) -> ClipSet:
        return self.codec.decode(
            images, labels, self.classes, placement=placement, lengths=lengths, name="sample"
        )

    def _told(self, labels: IntArray, seed: int) -> Condition:
        """What each sample is to be: its label, somebody, mirrored as often as training clips."""
        chance = named_rng(seed, "persons").random(len(labels))
        persons = draw_persons(self.performed, labels, chance, self.parameters.persons)
        changes = np.zeros((len(labels), len(CHANGES)), dtype=np.float32)
        changes[:, 0] = named_rng(seed, "mirrored").random(len(labels)) < self.parameters.mirror
        return Condition(*(torch.from_numpy(values) for values in (labels, persons, changes)))

    def _images(self, told: Condition, seed: int) -> Tensor:
        """Whitened images of one batch, on the CPU."""
        device = next(self.denoiser.parameters()).device
        told, scale = told.at(device), self.parameters.label_scale
        hidden = told._replace(labels=torch.full_like(told.labels, len(self.classes)))
        both = Condition(*(torch.cat(two) for two in zip(told, hidden, strict=True)))

        def network(noisy: Tensor, timesteps: Tensor, last: Tensor | None) -> Tensor:
            if scale == 1.0:
                alone: Tensor = self.denoiser(noisy, timesteps, told, last)
                return alone
            twice = None if last is None else last.repeat(2, 1, 1, 1)
            outputs = self.denoiser(noisy.repeat(2, 1, 1, 1), timesteps.repeat(2), both, twice)
            shown, unlabelled = outputs.chunk(2)
            guided: Tensor = unlabelled + scale * (shown - unlabelled)
            return guided

        size = self.parameters.image_size
        rng = torch.Generator().manual_seed(seed)
        shape = (len(told.labels), 3, size, size)
        return Process(self.parameters).sample(network, shape, device, rng).cpu()

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"denoiser.{k}": v for k, v in on_cpu(self.denoiser.state_dict()).items()}
        tensors["whitening.mean"] = self.whitening.mean
        tensors["whitening.spread"] = self.whitening.spread
        tensors["performed"] = torch.from_numpy(self.performed)
        tensors["detail"] = torch.from_numpy(self.detail)
        return tensors

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        self.whitening = Whitening(**below(tensors, "whitening"))
        self.performed = tensors["performed"].numpy()
        self.detail = tensors["detail"].numpy()
        network = untrained(self.parameters, *self.performed.shape)
        self.denoiser = frozen(network, below(tensors, "denoiser"), sampling_device())


def persons_of(clips: ClipSet) -> tuple[int, IntArray]:
    """How many persons clips name, and the number of each clip's, ``[N]``; that of the persons for
    a clip of nobody known."""
    names = np.unique(clips.subjects[clips.subjects != ""])
    persons = np.searchsorted(names, clips.subjects)
    return len(names), np.where(clips.subjects == "", len(names), persons).astype(np.int64)


def draw_persons(performed: IntArray, labels: IntArray, chance: object, whose: str) -> IntArray:
    """A person for each label ``[N]``.

    Args:
        performed: ``[classes, persons]``, who was seen in what.
        chance: ``[N]`` from 0 to 1, which decides.
        whose: ``any``, ``own`` or ``unknown``, as :class:`FactorParameters` has it.
    """
    known = performed.shape[1]
    if whose == "unknown" or not known:
        return np.full(len(labels), known, dtype=np.int64)
    allowed = np.ones_like(performed) if whose == "any" else performed
    allowed = np.where(allowed.any(axis=1, keepdims=True), allowed, 1)
    passed = np.cumsum(allowed, axis=1)
    wanted = np.floor(np.asarray(chance) * passed[labels, -1]).astype(np.int64)
    return np.asarray((passed[labels] <= wanted[:, None]).sum(axis=1), dtype=np.int64)
