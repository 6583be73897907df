"""``condgru``: the conditional GRU that Guo et al. 2020 compare with, after Shlizerman et al. 2018.

The network is deterministic: at each step it reads an embedding of the class and the pose before,
and gives the next pose. Samples of a class differ in their first pose only. The published row of
this baseline was an error of its loader; this is the model as described, trained to its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from generators.condgru.parameters import CondGRUParameters
from generators.protocol import FitContext
from generators.sequences.generator import SequenceGenerator, Sequences
from recognizers.training import BatchLoss
from skeletons.clips import ClipSet


class ConditionedGRU(nn.Module):
    """Class and pose to next pose: a linear embedding of the class, a GRU, a linear output."""

    def __init__(self, parameters: CondGRUParameters, size: int, classes: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(classes, size)
        self.gru = nn.GRU(2 * size, parameters.hidden, parameters.layers, batch_first=True)
        self.output = nn.Linear(parameters.hidden, size)

    def forward(
        self, poses: Tensor, labels: Tensor, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """The pose after each of ``poses [B, T, D]`` of labels ``[B]``, and the last state."""
        kind = self.embed(labels)[:, None].expand(-1, poses.shape[1], -1)
        read, state = self.gru(torch.cat([poses, kind], dim=-1), state)
        return self.output(read), state

    def continued(self, first: Tensor, labels: Tensor, frames: int) -> Tensor:
        """The ``frames - 1`` poses ``[B, frames - 1, D]`` after ``first [B, D]``, each read from
        the one that the network gave before."""
        pose, state, poses = first[:, None], None, [first[:, None][:, :0]]
        for _ in range(frames - 1):
            pose, state = self(pose, labels, state)
            poses.append(pose)
        return torch.cat(poses, dim=1)


class CondGRU(SequenceGenerator):
    """See the module's docstring; parameters are those of :class:`CondGRUParameters`."""

    parameters_type: ClassVar[type[CondGRUParameters]] = CondGRUParameters
    sampling_only: ClassVar[frozenset[str]] = frozenset({"sampling_batch", "first_pose"})
    parameters: CondGRUParameters
    network: ConditionedGRU

    first: Tensor
    """First poses of the training clips ``[N, D]``."""

    first_labels: Tensor
    """Labels of these clips ``[N]``."""

    @property
    def caveats(self) -> tuple[str, ...]:
        """What tables of its samples must say."""
        if self.parameters.first_pose == "gaussian":
            return ()
        return ("condgru with first_pose: clip starts every sample with a pose of a training clip",)

    def build_network(self) -> nn.Module:
        """The untrained network."""
        return ConditionedGRU(self.parameters, self.codec.size, len(self.classes))

    def fit(self, clips: ClipSet, run: FitContext) -> None:
        """Learn codec, first poses, lengths and placements, then train."""
        super().fit(clips, run)
        self.first = torch.from_numpy(self.codec.encode(clips).values[:, 0].copy())
        self.first_labels = torch.from_numpy(clips.labels)

    def loss(self, data: Sequences, seed: int) -> BatchLoss:
        """Mean square error of the next pose, from real poses or from the network's own."""

        def batch_loss(model: nn.Module, step: int) -> Tensor:
            assert isinstance(model, ConditionedGRU)
            poses, _, labels = data.batch(step)
            if torch.rand(()) < self.parameters.teacher_forcing:
                following = model(poses[:, :-1], labels)[0]
            else:
                following = model.continued(poses[:, 0], labels, poses.shape[1])
            return nn.functional.mse_loss(following, poses[:, 1:])

        return batch_loss

    def draw(self, labels: Tensor, steps: Tensor) -> Tensor:
        """A first pose and what follows from it."""
        first = self._first_poses(labels)
        following = self.network.continued(first, labels, self.codec.frames)
        return torch.cat([first[:, None], following], dim=1)

    def _first_poses(self, labels: Tensor) -> Tensor:
        """Pose vectors ``[B, D]`` that clips of these labels ``[B]`` may start with."""
        first = torch.empty(len(labels), self.codec.size, device=labels.device)
        for label in torch.unique(labels):
            known = self.first[self.first_labels == label.item()].to(first)
            here = labels == label
            count = int(here.sum())
            if self.parameters.first_pose == "clip":
                first[here] = known[torch.randint(len(known), (count,)).to(labels.device)]
            else:
                # Normal weights of the deviations: their covariance, without a matrix root.
                weights = torch.randn(count, len(known)).to(first)
                mean = known.mean(dim=0)
                spread = weights @ (known - mean) / max(1, len(known) - 1) ** 0.5
                first[here] = mean + spread
        return first

    def _tensors(self) -> dict[str, Tensor]:
        return super()._tensors() | {"first": self.first, "first_labels": self.first_labels}

    def _load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        super()._load_tensors(tensors)
        self.first, self.first_labels = tensors["first"], tensors["first_labels"]
