"""ST-GCN++ (Duan et al. 2022, "PYSKL: Towards Good Practices for Skeleton Action Recognition").

Modules carry PYSKL's names (``backbone.gcn.0.gcn.A``, ``cls_head.fc_cls``), so that weights can
be compared and carried over by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

TEMPORAL_BRANCHES: tuple[tuple[str, int], ...] = (
    ("conv", 1),
    ("conv", 2),
    ("conv", 3),
    ("conv", 4),
    ("max", 1),
    ("1x1", 1),
)
"""Kind and dilation of the parallel temporal branches, each with a kernel of 3 frames."""


@dataclass(frozen=True)
class STGCNPPConfig:
    """Sizes of ST-GCN++; the defaults are the paper's.

    Attributes:
        base_channels: width of the first stages.
        stages: number of blocks.
        inflate: blocks (from 1) that double the width.
        down: blocks (from 1) that halve the frames.
    """

    classes: int
    base_channels: int = 64
    stages: int = 10
    inflate: tuple[int, ...] = (5, 8)
    down: tuple[int, ...] = (5, 8)
    dropout: float = 0.0


class STGCNPP(nn.Module):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``."""

    def __init__(self, config: STGCNPPConfig, adjacency: NDArray[Any]) -> None:
        super().__init__()
        self.config = config
        self.backbone = Backbone(config, torch.as_tensor(adjacency, dtype=torch.float32))
        self.cls_head = Head(self.backbone.out_channels, config.classes, config.dropout)

    def features(self, clips: Tensor) -> Tensor:
        """Pooled features ``[N, D]``, the mean over persons, frames and joints."""
        maps: Tensor = self.backbone(clips)
        return maps.mean(dim=(1, 3, 4))

    def forward(self, clips: Tensor) -> Tensor:
        """Logits ``[N, classes]``."""
        logits: Tensor = self.cls_head(self.features(clips))
        return logits


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


class Backbone(nn.Module):
    """Input normalisation per joint and coordinate, then the blocks."""

    def __init__(self, config: STGCNPPConfig, adjacency: Tensor, in_channels: int = 3) -> None:
        super().__init__()
        joints = adjacency.shape[-1]
        self.data_bn = nn.BatchNorm1d(in_channels * joints)
        width, blocks = config.base_channels, []
        for number in range(1, config.stages + 1):
            out = width * 2 if number in config.inflate else width
            stride = 2 if number in config.down else 1
            source = in_channels if number == 1 else width
            blocks.append(Block(source, out, adjacency, stride, residual=number > 1))
            width = out
        self.gcn = nn.ModuleList(blocks)
        self.out_channels = width

    def forward(self, clips: Tensor) -> Tensor:
        """``[N, M, T, V, C]`` -> ``[N, M, D, T', V]``."""
        count, persons, frames, joints, channels = clips.shape
        flat = clips.permute(0, 1, 3, 4, 2).reshape(-1, joints * channels, frames)
        maps = self.data_bn(flat).reshape(-1, joints, channels, frames).permute(0, 2, 3, 1)
        maps = maps.contiguous()
        for block in self.gcn:
            maps = block(maps)
        split: Tensor = maps.reshape(count, persons, *maps.shape[1:])
        return split


class Block(nn.Module):
    """Graph convolution, multi-branch temporal convolution, residual."""

    def __init__(
        self, channels: int, out_channels: int, adjacency: Tensor, stride: int, residual: bool
    ) -> None:
        super().__init__()
        self.gcn = GraphConvolution(channels, out_channels, adjacency)
        self.tcn = TemporalConvolution(out_channels, out_channels, stride)
        self.relu = nn.ReLU()
        self.has_residual = residual
        self.residual: nn.Module = nn.Identity()
        if residual and (channels != out_channels or stride != 1):
            self.residual = Unit(channels, out_channels, kernel=1, stride=stride)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T / stride, V]``."""
        change = self.tcn(self.gcn(maps))
        if self.has_residual:
            change = change + self.residual(maps)
        mixed: Tensor = self.relu(change)
        return mixed


class GraphConvolution(nn.Module):
    """One learnt graph of 3 partitions, initialised from the skeleton, shared by all channels."""

    def __init__(self, channels: int, out_channels: int, adjacency: Tensor) -> None:
        super().__init__()
        self.A = nn.Parameter(adjacency.clone())
        self.conv = nn.Conv2d(channels, out_channels * len(adjacency), 1)
        self.bn = nn.BatchNorm2d(out_channels)
        self.act = nn.ReLU()
        self.down: nn.Module = nn.Identity()
        if channels != out_channels:
            self.down = nn.Sequential(
                nn.Conv2d(channels, out_channels, 1), nn.BatchNorm2d(out_channels)
            )

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T, V]``."""
        count, _, frames, joints = maps.shape
        parts = len(self.A)
        spread = self.conv(maps).reshape(count, parts, -1, joints)
        mixed = torch.matmul(spread, self.A).sum(dim=1).reshape(count, -1, frames, joints)
        joined: Tensor = self.act(self.bn(mixed) + self.down(maps))
        return joined


class TemporalConvolution(nn.Module):
    """Six parallel branches over time, joined by a 1x1 convolution."""

    def __init__(self, channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        narrow = out_channels // len(TEMPORAL_BRANCHES)
        widths = [narrow] * len(TEMPORAL_BRANCHES)
        widths[0] = out_channels - narrow * (len(TEMPORAL_BRANCHES) - 1)
        self.branches = nn.ModuleList(
            _branch(kind, dilation, channels, width, stride)
            for (kind, dilation), width in zip(TEMPORAL_BRANCHES, widths, strict=True)
        )
        self.transform = nn.Sequential(
            nn.BatchNorm2d(out_channels), nn.ReLU(), nn.Conv2d(out_channels, out_channels, 1)
        )
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T / stride, V]``."""
        joined = torch.cat([branch(maps) for branch in self.branches], dim=1)
        mixed: Tensor = self.bn(self.transform(joined))
        return mixed


class Unit(nn.Module):
    """Convolution over time, with or without its norm."""

    def __init__(
        self,
        channels: int,
        out_channels: int,
        kernel: int,
        stride: int = 1,
        dilation: int = 1,
        norm: bool = True,
    ) -> None:
        super().__init__()
        padding = (kernel + (kernel - 1) * (dilation - 1) - 1) // 2
        self.conv = nn.Conv2d(
            channels,
            out_channels,
            (kernel, 1),
            stride=(stride, 1),
            padding=(padding, 0),
            dilation=(dilation, 1),
        )
        self.bn = nn.BatchNorm2d(out_channels) if norm else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T / stride, V]``."""
        mixed: Tensor = self.bn(self.conv(maps))
        return mixed


def _branch(kind: str, dilation: int, channels: int, width: int, stride: int) -> nn.Module:
    if kind == "1x1":
        return nn.Conv2d(channels, width, 1, stride=(stride, 1))
    narrow = (nn.Conv2d(channels, width, 1), nn.BatchNorm2d(width), nn.ReLU())
    if kind == "max":
        return nn.Sequential(*narrow, nn.MaxPool2d((3, 1), (stride, 1), (1, 0)))
    return nn.Sequential(*narrow, Unit(width, width, 3, stride, dilation, norm=False))
