"""Generators of pose sequences: what VAEs, GANs and sequence diffusions share.

A subclass gives a network, a loss and a way to draw; data, training, batches, lengths, placement
and files are here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, partial
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

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
from generators.sequences.parameters import SequenceParameters
from generators.sequences.poses import PoseCodec, Poses
from recognizers.recipes import Optimisation
from recognizers.together import each_by_one
from recognizers.training import Batches, BatchLoss, Player, TrainingRun, train
from recognizers.transfer import to_device
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.placement import restore_placement
from skeletons.seeds import derive_seed, named_rng


@dataclass(frozen=True, eq=False)
class Sequences:
    """Training sequences on a device.

    Attributes:
        values: pose vectors ``[N, T, D]``.
        steps: steps of each sequence ``[N]``.
        labels: ``[N]``.
        batches: which rows a step sees.
    """

    values: Tensor
    steps: Tensor
    labels: Tensor
    batches: Batches

    def batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """Values ``[B, T, D]``, steps ``[B]`` and labels ``[B]`` of a training step."""
        rows = to_device(torch.from_numpy(self.batches.rows(step)), self.values.device)
        return self.values[rows], self.steps[rows], self.labels[rows]

    def at(self, device: str) -> Sequences:
        """The same on a device."""
        values, steps, labels = (one.to(device) for one in (self.values, self.steps, self.labels))
        return Sequences(values, steps, labels, self.batches)

    def own_steps(self, step: int) -> Tensor:
        """Where the steps of each sequence of a batch lie, and not what fills it up to T, once the
        batch is ``[B T, ...]``: ``[K]``."""
        steps = self._steps_on_cpu[self.batches.rows(step)]
        inside = np.arange(self.values.shape[1]) < steps[:, None]
        return to_device(torch.from_numpy(np.flatnonzero(inside)), self.values.device)

    @cached_property
    def _steps_on_cpu(self) -> IntArray:
        return np.asarray(self.steps.cpu().numpy())


class SequenceGenerator(LearnedGenerator):
    """A network over pose sequences; subclasses fill in the methods that raise."""

    parameters_type: ClassVar[type[SequenceParameters]]
    by_rows: ClassVar[bool] = False
    """The loss calls the network as a whole, and what goes in and out has clips as its rows:
    several devices can share a training."""
    sampling_only: ClassVar[frozenset[str]] = frozenset({"sampling_batch"})
    """Parameters that training does not depend on: fits that differ in these only share one."""

    codec_type = PoseCodec
    parameters: SequenceParameters
    codec: PoseCodec
    network: nn.Module

    def build_network(self) -> nn.Module:
        """The untrained network; weights come from torch's random state, which is seeded here."""
        raise NotImplementedError

    def loss(self, data: Sequences, seed: int) -> BatchLoss | Sequence[Player]:
        """The loss of a step, or the players of a game; torch's random numbers are seeded."""
        raise NotImplementedError

    def draw(self, labels: Tensor, steps: Tensor) -> Tensor:
        """Pose vectors ``[B, T, D]`` of labels ``[B]`` with steps ``[B]``.

        Called in evaluation mode, without gradients, with torch's random state seeded.
        """
        raise NotImplementedError

    def fit_codec(self, clips: ClipSet) -> PoseCodec:
        """The codec of training clips."""
        keep_pace = self.length == "variable"
        return PoseCodec.fit(clips, self.parameters.frames, keep_pace=keep_pace)

    def joints(self, values: Tensor, labels: IntArray, rng: np.random.Generator) -> Float32Array:
        """Upright joints ``[N, T, V, 3]`` of pose vectors ``[N, T, D]``."""
        joints: Float32Array = self.codec.joints(values).numpy()
        return joints

    def optimisation(self) -> Optimisation:
        """How the network is trained: parameters that :class:`Optimisation` knows by their name."""
        known = {field.name for field in fields(Optimisation)} - {"ema"}
        given = {name: value for name, value in self.parameters if name in known}
        return Optimisation(**given, ema=self.parameters.ema or None)

    def train(self, data: Sequences, seed: int, run: TrainingRun) -> nn.Module:
        """The trained network; a method of several trainings puts them here."""
        return train(
            self.untrained(seed),
            self.loss(data, seed),
            name=type(self).__name__,
            steps=self.parameters.train_steps,
            seed=seed,
            optimisation=self.optimisation(),
            run=run,
        )

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn codec, lengths and placements, then train, or take what an equal training gave."""
        self.classes = clips.classes
        self.codec = self.fit_codec(clips)
        poses = self.codec.encode(clips)
        self.length_and_placement = LengthAndPlacement.of(clips, poses.placement)
        names = set(self.parameters_type.model_fields) - self.sampling_only
        recipe = {name: getattr(self.parameters, name) for name in sorted(names)}
        name = type(self).__name__.lower()
        seed = derive_seed(run.seed, "network")
        data = Sequences(
            torch.from_numpy(poses.values),
            torch.from_numpy(poses.steps),
            torch.from_numpy(clips.labels),
            Batches(len(clips), self.parameters.batch, seed),
        )
        train = partial(self._train_there, data, seed)
        weights = shared_weights(run, name, recipe, train, by_rows=self.by_rows)
        self.network = frozen(self.untrained(), weights, run.device)

    def _train_there(self, data: Sequences, seed: int, run: TrainingRun) -> nn.Module:
        return self.train(data.at(run.device), seed, run)

    def _sample(self, labels: IntArray, seed: int) -> ClipSet:
        lengths, placement = self.length_and_placement.draw(labels, seed)
        steps = self.codec.steps(lengths)
        device = next(self.network.parameters()).device
        size = self.parameters.sampling_batch
        devices = [device] if device.type == "cuda" else []

        def batch(number: int) -> Tensor:
            rows = slice(number * size, (number + 1) * size)
            with torch.no_grad(), torch.random.fork_rng(devices=devices):
                torch.manual_seed(derive_seed(seed, "batch", number))
                drawn = self.draw(
                    torch.from_numpy(labels[rows]).to(device),
                    torch.from_numpy(steps[rows]).to(device),
                )
            return drawn.float().cpu()

        values = [torch.zeros(0, self.codec.frames, self.codec.size)]
        values += each_by_one(batch, -(-len(labels) // size), self.group)
        rng = named_rng(seed, "joints")
        return self._clips(Poses(torch.cat(values).numpy(), steps, placement), labels, lengths, rng)

    def represent(self, clips: ClipSet) -> ClipSet:
        """Clips as pose vectors have them: encoded and decoded."""
        rng = named_rng("represent")
        return self._clips(self.codec.encode(clips), clips.labels, clips.lengths, rng)

    def _clips(
        self, poses: Poses, labels: IntArray, lengths: IntArray, rng: np.random.Generator
    ) -> ClipSet:
        joints = self.joints(torch.from_numpy(poses.values), labels, rng)
        joints = restore_placement(joints, poses.placement, self.codec.skeleton)
        cut = [clip[:count] for clip, count in zip(joints, poses.steps.tolist(), strict=True)]
        clips = ClipSet.of(self.codec.skeleton, self.classes, cut, labels, name="sample")
        return clips.with_lengths(lengths)

    def untrained(self, seed: int = 0) -> nn.Module:
        """The network with seeded initial weights."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(seed, "weights"))
            return self.build_network()

    def _tensors(self) -> dict[str, Tensor]:
        return {f"network.{k}": v for k, v in on_cpu(self.network.state_dict()).items()}

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        self.network = frozen(self.untrained(), below(tensors, "network"), sampling_device())
