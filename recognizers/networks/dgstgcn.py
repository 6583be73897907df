"""DG-STGCN (Duan et al. 2022, "DG-STGCN: Dynamic Spatial-Temporal Modeling for Skeleton-based
Action Recognition").

The network is told how many joints there are, not which of them a bone links. DG-GCN: the channels
form groups, each with a learnt graph from random numbers, to which two graphs made from the clip at
hand are added. DG-TCN: the mean of all joints goes through the temporal branches as one more
joint, and is added to each joint with a learnt weight (joint-skeleton fusion).

Modules carry PYSKL's names (``backbone.gcn.0.gcn.A``), so that its weights fit. As in the
configurations that PYSKL publishes, one weight of each kind serves all groups: of ``alpha`` and
``beta``, which hold one a group, the first is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.networks.graph_layers import (
    Backbone,
    BlockSize,
    GraphRecognizer,
    InputNorm,
    ResidualBlock,
    StagedConfig,
    in_working_layout,
    widened,
)
from recognizers.networks.temporal_layers import TemporalConvolution, shortcut
from skeletons.errors import InputError

GRAPH_MEAN, GRAPH_STD = 0.04, 0.02
"""Of the random numbers that the learnt graphs start from, as PYSKL's configurations have them."""

PYSKL_JOINTS = 25
"""PYSKL keeps this many fusion weights even where there are fewer joints."""


@dataclass(frozen=True)
class DGSTGCNConfig(StagedConfig):
    """Sizes of DG-STGCN; the defaults are the paper's.

    Attributes:
        groups: learnt graphs a block.
        ratio: channels of a group, as a part of the block's width.

    Raises:
        InputError: a group without a channel.
    """

    groups: int = 8
    ratio: float = 0.125

    def __post_init__(self) -> None:
        if self.groups < 1 or int(self.ratio * self.base_channels) < 1:
            raise InputError(
                f"dgstgcn: {self.groups} groups of {self.ratio} x {self.base_channels} channels, "
                "there is at least one group of one channel"
            )


class DGSTGCN(GraphRecognizer):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``, for any number of persons.

    Args:
        config: the sizes.
        adjacency: ``[K, V, V]``, of which only V is used.
    """

    def __init__(self, config: DGSTGCNConfig, adjacency: NDArray[Any]) -> None:
        joints = adjacency.shape[-1]
        sizes = config.blocks
        blocks = (_block(size, joints, config) for size in sizes)
        backbone = Backbone(InputNorm(joints), blocks, sizes[-1].out_channels)
        super().__init__(backbone, config.classes, config.dropout)
        self.config = config


class DynamicGraphConvolution(nn.Module):
    """DG-GCN: a graph for each group of channels, learnt plus made from the clip.

    With ``q`` and ``k`` two projections of the clip's mean over frames, group g and channel c of it
    mix the joints by ``A_g + alpha tanh(q_gc - k_gc) + beta softmax(q_g . k_g)`` (Duan et al. 2022,
    DG-GCN): entry ``[v, w]`` weighs joint v in the sum for joint w, the tanh compares v with w
    channel by channel, the softmax over v all channels of the group at once.
    """

    def __init__(
        self, channels: int, out_channels: int, joints: int, groups: int, width: int
    ) -> None:
        super().__init__()
        self.A = nn.Parameter(torch.empty(groups, joints, joints).normal_(GRAPH_MEAN, GRAPH_STD))
        self.alpha = nn.Parameter(torch.zeros(groups))
        self.beta = nn.Parameter(torch.zeros(groups))
        self.pre = nn.Sequential(
            nn.Conv2d(channels, groups * width, 1), nn.BatchNorm2d(groups * width), nn.ReLU()
        )
        self.conv1 = nn.Conv2d(channels, groups * width, 1)
        self.conv2 = nn.Conv2d(channels, groups * width, 1)
        self.post = nn.Conv2d(groups * width, out_channels, 1)
        self.bn = nn.BatchNorm2d(out_channels)
        self.act = nn.ReLU()
        self.down = widened(channels, out_channels)

    def graphs(self, maps: Tensor) -> Tensor:
        """Graphs ``[N, groups, width, V, V]`` of maps ``[N, C, T, V]``."""
        groups, joints = self.A.shape[:2]
        pooled = maps.mean(dim=2, keepdim=True)
        query = self.conv1(pooled).reshape(len(maps), groups, -1, joints)
        key = self.conv2(pooled).reshape(len(maps), groups, -1, joints)
        contrast = torch.tanh_(query.unsqueeze(-1) - key.unsqueeze(-2))
        attention = torch.softmax(query.transpose(-1, -2) @ key, dim=-2)
        shared = self.A + self.beta[0] * attention
        return torch.addcmul(shared.unsqueeze(2), self.alpha[0], contrast)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T, V]``."""
        graphs = self.graphs(maps)
        convolution, norm, _ = self.pre
        spread = F.relu_(norm(convolution(maps))).reshape(*graphs.shape[:3], *maps.shape[2:])
        heard = torch.matmul(spread, graphs).flatten(1, 2)
        mixed = self.bn(self.post(in_working_layout(heard)))
        return F.relu_(mixed + self.down(maps))


class FusedTemporalConvolution(TemporalConvolution):
    """DG-TCN: ST-GCN++'s branches over the joints and their mean, which is added to each joint."""

    def __init__(self, channels: int, out_channels: int, stride: int, joints: int) -> None:
        super().__init__(channels, out_channels, stride)
        self.add_coeff = nn.Parameter(torch.zeros(max(joints, PYSKL_JOINTS)))

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T / stride, V]``."""
        joints = maps.shape[-1]
        both = torch.cat([maps, maps.mean(dim=-1, keepdim=True)], dim=-1)
        joined = self._joined_branches(both)
        fused = joined[..., :joints] + joined[..., joints:] * self.add_coeff[:joints]
        mixed: Tensor = self.bn(self._transformed(fused))
        return mixed


def _block(size: BlockSize, joints: int, config: DGSTGCNConfig) -> ResidualBlock:
    channels, out_channels = size.channels, size.out_channels
    width = int(config.ratio * out_channels)
    return ResidualBlock(
        DynamicGraphConvolution(channels, out_channels, joints, config.groups, width),
        FusedTemporalConvolution(out_channels, out_channels, size.stride, joints),
        None if size.first else shortcut(channels, out_channels, size.stride),
    )
