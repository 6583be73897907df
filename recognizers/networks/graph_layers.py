"""What graph networks have in common: input norm, residual blocks, backbone, head, recognizer.

Modules carry PYSKL's names (``backbone.data_bn``, ``backbone.gcn.0.tcn``, ``cls_head.fc_cls``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skeletons.errors import InputError


class GraphRecognizer(nn.Module):
    """Clips ``[N, M, T, V, C]`` -> maps of a backbone -> their mean -> logits ``[N, classes]``."""

    def __init__(self, backbone: Backbone, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.backbone = backbone
        self.cls_head = Head(backbone.out_channels, classes, dropout)

    def features(self, clips: Tensor) -> Tensor:
        """Pooled features ``[N, D]``, the mean over persons, frames and joints.

        Raises:
            InputError: clips that do not fit the network's input, see :class:`InputNorm`.
        """
        maps: Tensor = self.backbone(clips)
        return maps.mean(dim=(1, 3, 4))

    def classify(self, features: Tensor) -> Tensor:
        """Features ``[N, D]`` -> logits ``[N, classes]``."""
        logits: Tensor = self.cls_head(features)
        return logits

    def forward(self, clips: Tensor) -> Tensor:
        """Logits ``[N, classes]``."""
        return self.classify(self.features(clips))


class Head(nn.Module):
    """Dropout and one linear layer."""

    def __init__(self, channels: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.fc_cls = nn.Linear(channels, classes)
        nn.init.normal_(self.fc_cls.weight, std=0.01)
        nn.init.zeros_(self.fc_cls.bias)

    def forward(self, features: Tensor) -> Tensor:
        """``[N, D]`` -> ``[N, classes]``."""
        logits: Tensor = self.fc_cls(self.dropout(features))
        return logits


class InputNorm(nn.BatchNorm1d):
    """Batch norm of the coordinates, with statistics of its own for each joint and coordinate.

    Args:
        joints: V.
        channels: C.
        persons: None shares the statistics between persons and takes any number of them. With a
            number each person has statistics of its own; clips of fewer persons are filled up with
            zeros, as PYSKL does it, and these persons count in the network's mean over persons.

    Raises:
        InputError: a number of persons below one.
    """

    def __init__(self, joints: int, channels: int = 3, persons: int | None = None) -> None:
        if persons is not None and persons < 1:
            raise InputError(f"a network for {persons} persons: at least one, or None for any")
        super().__init__((persons or 1) * joints * channels)
        self.joints, self.channels, self.persons = joints, channels, persons

    def forward(self, clips: Tensor) -> Tensor:
        """``[N, M, T, V, C]`` -> ``[N, M, C, T, V]``, with M filled up to ``persons``.

        Raises:
            InputError: another number of joints or coordinates, or too many persons.
        """
        if clips.ndim != 5 or clips.shape[3:] != (self.joints, self.channels):
            raise InputError(
                f"clips have shape {tuple(clips.shape)}, the network takes "
                f"[N, M, T, {self.joints}, {self.channels}]"
            )
        count, persons, frames = clips.shape[:3]
        if self.persons is not None:
            if persons > self.persons:
                raise InputError(
                    f"clips have {persons} persons, the network was built for {self.persons}"
                )
            clips = F.pad(clips, (0, 0) * 3 + (0, self.persons - persons))
            persons = self.persons
        flat = clips.permute(0, 1, 3, 4, 2).reshape(-1, self.num_features, frames)
        normed = super().forward(flat)
        split = normed.reshape(count, persons, self.joints, self.channels, frames)
        return split.permute(0, 1, 3, 4, 2).contiguous()


class Backbone(nn.Module):
    """Input norm, then blocks that persons go through side by side.

    Args:
        called: name of the blocks in checkpoints.
    """

    def __init__(
        self, norm: InputNorm, blocks: Iterable[nn.Module], out_channels: int, called: str = "gcn"
    ) -> None:
        super().__init__()
        self.data_bn = norm
        self.add_module(called, nn.ModuleList(blocks))
        self.called = called
        self.out_channels = out_channels

    def forward(self, clips: Tensor) -> Tensor:
        """``[N, M, T, V, C]`` -> ``[N, M, D, T', V]``."""
        normed: Tensor = self.data_bn(clips)
        maps = in_working_layout(normed.flatten(0, 1))
        for block in self.get_submodule(self.called).children():
            maps = block(maps)
        count, persons = normed.shape[:2]
        return maps.reshape(count, persons, *maps.shape[1:])


class ResidualBlock(nn.Module):
    """Graph convolution, temporal convolution, and the way past both where there is one."""

    def __init__(
        self, gcn: nn.Module, tcn: nn.Module, residual: nn.Module | None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.gcn = gcn
        self.tcn = tcn
        self.drop = nn.Dropout(dropout)
        self.relu = nn.ReLU()
        self.residual = residual

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T / stride, V]``."""
        change = dropped(self.tcn(self.gcn(maps)), self.drop)
        if self.residual is None:
            return F.relu(change)
        return F.relu_(change + self.residual(maps))


class BlockSize(NamedTuple):
    """Width, frame stride and place of one block."""

    number: int
    channels: int
    out_channels: int
    stride: int

    @property
    def first(self) -> bool:
        """The first block has no way past it: coordinates are no features."""
        return self.number == 1


@dataclass(frozen=True)
class StagedConfig:
    """Sizes that networks of equal blocks have in common; the defaults are those of ST-GCN.

    Attributes:
        classes: actions that are told apart.
        base_channels: width of the first stages.
        stages: number of blocks.
        inflate: blocks (from 1) that double the width.
        down: blocks (from 1) that halve the frames.
        dropout: before the last layer.
    """

    classes: int
    base_channels: int = 64
    stages: int = 10
    inflate: tuple[int, ...] = (5, 8)
    down: tuple[int, ...] = (5, 8)
    dropout: float = 0.0

    @property
    def blocks(self) -> list[BlockSize]:
        """Sizes of the blocks 1..stages."""
        return block_sizes(self.base_channels, self.stages, self.inflate, self.down)


def block_sizes(
    base_channels: int,
    stages: int,
    inflate: tuple[int, ...],
    down: tuple[int, ...],
    in_channels: int = 3,
) -> list[BlockSize]:
    """Sizes of the blocks 1..stages: those of ``inflate`` double the width, those of ``down`` halve
    the frames; the first block leads from the coordinates to ``base_channels``."""
    sizes, channels, width = [], in_channels, base_channels
    for number in range(1, stages + 1):
        width = width * 2 if number in inflate else width
        sizes.append(BlockSize(number, channels, width, 2 if number in down else 1))
        channels = width
    return sizes


def in_working_layout(maps: Tensor) -> Tensor:
    """Maps ``[N, C, T, V]`` whose memory holds the channels of a joint together.

    So each layer finds its operands in order: 1x1 convolutions are plain matrix products, norms and
    pools of few channels use whole vectors, and neighbours are summed without copies.
    """
    return maps.contiguous(memory_format=torch.channels_last)


def dropped(maps: Tensor, dropout: nn.Dropout) -> Tensor:
    """Dropout whose draws depend on a value's place in ``[N, C, T, V]``, not on that in memory."""
    if not dropout.training or dropout.p == 0.0:
        return maps
    return in_working_layout(dropout(maps.contiguous()))


def neighbour_sums(maps: Tensor, graphs: Tensor) -> Tensor:
    """What each joint receives from its neighbours in each partition of a graph.

    Args:
        maps: ``[N, C, T, V]``.
        graphs: ``[K, V, W]`` for all clips, or ``[N, K, V, W]``; entry ``[k, v, w]`` weighs joint
            v in the sum for joint w.

    Returns:
        ``[N, K * C, T, W]``, the first C channels from the first partition.
    """
    count, channels, frames, joints = maps.shape
    rows = maps.permute(0, 2, 3, 1).reshape(count * frames, joints, channels)
    # In the order [W, K, V] the channels of all partitions end up beside each other.
    weights = graphs.movedim(-1, -3).reshape(-1, 1, graphs.shape[-1] * graphs.shape[-3], joints)
    weights = weights.expand(count, frames, -1, -1).reshape(len(rows), -1, joints)
    received = torch.bmm(weights, rows)
    return received.reshape(count, frames, graphs.shape[-1], -1).permute(0, 3, 1, 2)


def neighbour_convolution(maps: Tensor, convolution: nn.Conv2d, graphs: Tensor) -> Tensor:
    """A 1x1 convolution for each partition, and the sum over partitions and neighbours.

    Yan et al. 2018, equation 5. The neighbours are summed before they are convolved: so the sum
    over partitions is part of one product, and no map of K * C' channels is ever written.

    Args:
        maps: ``[N, C, T, V]``.
        convolution: to K * C' channels, the first C' of which are what partition 1 hands on.
        graphs: ``[K, V, V]``; entry ``[k, v, w]`` weighs joint v in the sum for joint w.

    Returns:
        ``[N, C', T, V]``.
    """
    parts, channels = len(graphs), maps.shape[1]
    weight = convolution.weight.reshape(parts, -1, channels).transpose(0, 1).flatten(1)
    mixed = F.conv2d(neighbour_sums(maps, graphs), weight[:, :, None, None])
    if convolution.bias is not None:
        # A bias reaches joint w as often as column w of its graph says.
        reached = graphs.sum(dim=1).t() @ convolution.bias.reshape(parts, -1)
        mixed = mixed + reached.t().unsqueeze(1)
    return mixed


def widened(channels: int, out_channels: int) -> nn.Module:
    """The way past a graph convolution: its input, by a 1x1 convolution and a norm where the output
    is wider."""
    if channels == out_channels:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(channels, out_channels, 1), nn.BatchNorm2d(out_channels))


def initialise_convolutions(module: nn.Module) -> None:
    """Convolutions over maps: weights normal with the variance of He et al. 2015 for the outputs,
    biases zero."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
