"""``action2motion``: the conditional temporal VAE of Guo et al. 2020 (ACM Multimedia).

``action2motion`` makes rotations of bones and the path of the root; bone lengths come from a
training clip. ``action2motion_xyz`` is the same VAE on joint positions, the paper's ablation.
Both are trained on the error of joints: the rotations' goes through forward kinematics with the
clip's own bone lengths.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from generators.action2motion.codec import LieCodec, clip_bone_lengths
from generators.action2motion.network import TemporalVAE
from generators.action2motion.parameters import Action2MotionParameters, TemporalVAEParameters
from generators.protocol import FitContext
from generators.sequences.generator import SequenceGenerator, Sequences
from generators.sequences.poses import PoseCodec
from recognizers.training import BatchLoss
from recognizers.transfer import to_like
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet


class Action2MotionXyz(SequenceGenerator):
    """The temporal VAE on joint positions."""

    parameters_type: ClassVar[type[TemporalVAEParameters]] = TemporalVAEParameters
    by_rows = True
    parameters: TemporalVAEParameters
    network: TemporalVAE

    def build_network(self) -> nn.Module:
        """The untrained network."""
        return TemporalVAE(self.parameters, self.codec.size, len(self.classes))

    def loss(self, data: Sequences, seed: int) -> BatchLoss:
        """Reconstruction error plus KL divergence of posterior and prior (equation 8)."""

        def batch_loss(model: nn.Module, step: int) -> Tensor:
            poses, _, labels = data.batch(step)
            forced = bool(torch.rand(()) < self.parameters.teacher_forcing)
            decoded, posterior, prior = model(poses, labels, forced=forced)
            error = self.error(decoded, poses, data.batches.rows(step))
            divergence: Tensor = posterior.divergence(prior).mean()
            return error + self.parameters.kl_weight * divergence

        return batch_loss

    def error(self, decoded: Tensor, poses: Tensor, rows: IntArray) -> Tensor:
        """Mean square error of pose vectors ``[B, T, D]``; ``rows [B]`` are the clips."""
        return (decoded - poses).square().mean()

    def draw(self, labels: Tensor, steps: Tensor) -> Tensor:
        """Step by step, with latent vectors from the prior."""
        return self.network.sample(labels, self.codec.frames, self.codec.size)


class Action2Motion(Action2MotionXyz):
    """The temporal VAE on rotations of bones, with bone lengths of training clips."""

    parameters_type: ClassVar[type[Action2MotionParameters]] = Action2MotionParameters
    sampling_only: ClassVar[frozenset[str]] = frozenset({"sampling_batch", "bone_lengths"})
    codec_type: ClassVar[type[PoseCodec]] = LieCodec
    parameters: Action2MotionParameters
    codec: LieCodec

    bones: Tensor
    """Bone lengths of the training clips ``[N, V - 1]``."""

    bone_labels: Tensor
    """Labels of these clips ``[N]``."""

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn codec, bone lengths, placements, then train."""
        self.positions = PoseCodec.fit(clips, self.parameters.frames)
        joints = self.positions.joints_of(clips)[0]
        self.bones = torch.from_numpy(clip_bone_lengths(joints, self.positions))
        self.bone_labels = torch.from_numpy(clips.labels)
        super().fit(clips, run)

    def fit_codec(self, clips: ClipSet) -> PoseCodec:
        """The codec of training clips."""
        return LieCodec.of(self.positions, clips)

    def error(self, decoded: Tensor, poses: Tensor, rows: IntArray) -> Tensor:
        """Mean square error of joints of unit variance, and of rotations."""
        lengths = to_like(self.bones[torch.from_numpy(rows)], poses)
        both = torch.cat([decoded, poses]), torch.cat([lengths, lengths])
        joints, real = self.positions.vectors(self.codec.joints_with(*both)).chunk(2)
        rotations = (decoded - poses).square().mean()
        return (joints - real).square().mean() + self.parameters.rotation_weight * rotations

    def joints(self, values: Tensor, labels: IntArray, rng: np.random.Generator) -> Float32Array:
        """Upright joints ``[N, T, V, 3]``, each with the bone lengths of a training clip."""
        known = self.bone_labels.numpy()
        rows = np.empty(len(labels), dtype=np.int64)
        for label in np.unique(labels):
            own = np.flatnonzero(known == label)
            if self.parameters.bone_lengths == "any":
                own = np.arange(len(known))
            here = labels == label
            rows[here] = own[rng.integers(len(own), size=int(here.sum()))]
        joints: Float32Array = self.codec.joints_with(values, self.bones[rows]).numpy()
        return joints

    def _tensors(self) -> dict[str, Tensor]:
        return super()._tensors() | {"bones": self.bones, "bone_labels": self.bone_labels}

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        super()._load_tensors(tensors)
        self.bones, self.bone_labels = tensors["bones"], tensors["bone_labels"]
