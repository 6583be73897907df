"""``transformer_diffusion``: the label-conditioned transformer diffusion of arXiv 2604.14933.

x0-prediction; an encoder for the condition, a decoder for the clip, an auxiliary classification
loss, dropout kept alive at sampling, and a refinement module that redraws samples far from the real
clips of their class. The parameters list where the released code departs from the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.diffusion.process import NoiseProcess, reverse
from generators.learned import below
from generators.protocol import FitContext
from generators.sequences.generator import SequenceGenerator, Sequences
from generators.transformer_diffusion.network import ConditionedDenoiser
from generators.transformer_diffusion.parameters import TransformerDiffusionParameters
from generators.transformer_diffusion.refinement import (
    RealClips,
    living_dropout,
    manifold_distance,
    sampling_rate,
    set_rate,
    signed_sum,
    spacing,
)
from recognizers.training import BatchLoss
from skeletons.clips import ClipSet


class TransformerDiffusion(SequenceGenerator):
    """See the module's docstring; parameters: :class:`TransformerDiffusionParameters`."""

    parameters_type: ClassVar[type[TransformerDiffusionParameters]] = TransformerDiffusionParameters
    by_rows = True
    sampling_only = frozenset(
        {
            "sampling_batch",
            "sampler",
            "sampling_steps",
            "eta",
            "sampling_dropout",
            "dropout_schedule",
            "grm",
            "grm_distance",
            "grm_tau",
            "grm_unit",
            "grm_redraws",
        }
    )
    parameters: TransformerDiffusionParameters
    network: ConditionedDenoiser
    real: RealClips

    @property
    def caveats(self) -> tuple[str, ...]:
        """That samples are tied to real clips, where they are."""
        if self.parameters.context == "label":
            return ()
        return (
            "transformer_diffusion with context: clip reads a training clip for each sample, so "
            "samples are variations of real clips rather than new ones",
        )

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn as all generators of sequences do, and keep the clips that samples must be like."""
        super().fit(clips, run)
        poses = self.codec.encode(clips)
        device = next(self.network.parameters()).device
        self.real = RealClips(
            torch.from_numpy(poses.values).to(device), torch.from_numpy(clips.labels).to(device)
        )

    def build_network(self) -> nn.Module:
        """The untrained network."""
        return ConditionedDenoiser(self.parameters, self.codec.size, len(self.classes))

    def loss(self, data: Sequences, seed: int) -> BatchLoss:
        """L_rec + lambda L_cls: the clean clip, and the class that the head sees in the clean
        clip and in the estimate."""
        weight, smoothing = self.parameters.classifier_weight, self.parameters.label_smoothing

        process = NoiseProcess(self.parameters.diffusion_steps)

        def loss(model: nn.Module, step: int) -> Tensor:
            clean, _, labels = data.batch(step)
            batch = process.noised(clean, seed, step)
            context = clean if self.parameters.context == "clip" else None
            predicted = model(batch.noisy, batch.timesteps, labels, context)
            total = F.mse_loss(predicted, clean)
            if weight:
                head = model.get_submodule("head")
                logits = head(torch.cat([predicted, clean]))
                seen = F.cross_entropy(logits, labels.repeat(2), label_smoothing=smoothing)
                total = total + weight * seen
            return total

        return loss

    def draw(self, labels: Tensor, steps: Tensor) -> Tensor:
        """Samples of labels ``[B]``; those that the refinement module rejects are drawn again, and
        the nearest of all draws is kept where none is accepted."""
        sources = self.real.of(labels)
        kept = self._generate(labels, sources)
        if not self.parameters.grm:
            return kept
        limit = self.parameters.grm_tau
        if self.parameters.grm_unit == "spacing":
            limit *= spacing(self.real)
        away = self._distance(kept, labels, sources)
        for _ in range(self.parameters.grm_redraws):
            rejected = torch.nonzero(away > limit)[:, 0]
            if len(rejected) == 0:
                break
            again = self._generate(labels[rejected], sources[rejected])
            distance = self._distance(again, labels[rejected], sources[rejected])
            better = distance < away[rejected]
            kept[rejected[better]] = again[better]
            away[rejected[better]] = distance[better]
        return kept

    def _distance(self, samples: Tensor, labels: Tensor, sources: Tensor) -> Tensor:
        if self.parameters.grm_distance == "signed_sum":
            return signed_sum(samples, self.real.values[sources], self.codec)
        return manifold_distance(samples, labels, self.real)

    def _generate(self, labels: Tensor, sources: Tensor) -> Tensor:
        """Samples of labels ``[B]``; ``sources [B]`` are rows of the context clips."""
        context = self.real.values[sources] if self.parameters.context == "clip" else None
        with living_dropout(self.network) as modules:

            def estimate(noisy: Tensor, timesteps: Tensor, alpha_bar: Tensor) -> Tensor:
                set_rate(modules, sampling_rate(self.parameters, alpha_bar))
                clean: Tensor = self.network(noisy, timesteps, labels, context)
                return clean

            shape = (len(labels), self.codec.frames, self.codec.size)
            return reverse(self.parameters, shape, labels.device, estimate)

    def on_devices(self, device: str, devices: int = 1) -> None:
        """Sample there from now on; the clips that samples are compared with go along."""
        super().on_devices(device, devices)
        self.real = RealClips(self.real.values.to(device), self.real.labels.to(device))

    def _tensors(self) -> dict[str, Tensor]:
        real = {"real.values": self.real.values.cpu(), "real.labels": self.real.labels.cpu()}
        return {**super()._tensors(), **real}

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        super()._load_tensors(tensors)
        device = next(self.network.parameters()).device
        real = {name: tensor.to(device) for name, tensor in below(tensors, "real").items()}
        self.real = RealClips(**real)
