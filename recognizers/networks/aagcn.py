"""AAGCN (Shi et al. 2020, "Skeleton-Based Action Recognition with Multi-Stream Adaptive Graph
Convolutional Networks"; its adaptive graph grew out of 2s-AGCN, Shi et al. 2019).

Modules carry PYSKL's names (``backbone.gcn.0.gcn.conv_a.0``, ``cls_head.fc_cls``), so that its
weights fit.
"""

from __future__ import annotations

import math
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
    initialise_convolutions,
    neighbour_sums,
    widened,
)
from recognizers.networks.joined_layers import joined_parameters
from recognizers.networks.temporal_layers import Unit, shortcut
from skeletons.errors import InputError

TEMPORAL_KERNEL = 9
"""Frames of the temporal convolution and of the attention over time."""


@dataclass(frozen=True)
class AAGCNConfig(StagedConfig):
    """Sizes of AAGCN; the defaults are the paper's, as PYSKL has them.

    Attributes:
        persons: None for any number of persons, with one input norm for all. With a number each has
            a norm of its own and clips of fewer are filled up with zeros; PYSKL's weights have 2.
        reduction: width of a block over channels in which joints are compared, at most
            ``base_channels``.
        temporal_dropout: after the temporal convolution of each block but the first.
    """

    persons: int | None = None
    reduction: int = 4
    temporal_dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.reduction < 1 or self.base_channels < max(2, self.reduction):
            raise InputError(
                f"aagcn: base_channels is {self.base_channels} and reduction {self.reduction}, "
                "joints are compared in base_channels / reduction channels, at least one"
            )


class AAGCN(GraphRecognizer):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``.

    Args:
        config: the sizes.
        adjacency: ``[K, V, V]``, where the learnt graphs start.
    """

    def __init__(self, config: AAGCNConfig, adjacency: NDArray[Any]) -> None:
        graph = torch.as_tensor(adjacency, dtype=torch.float32)
        sizes = config.blocks
        backbone = Backbone(
            InputNorm(graph.shape[-1], persons=config.persons),
            [_block(size, graph, config) for size in sizes],
            sizes[-1].out_channels,
        )
        # Not used in the forward pass: PYSKL's checkpoints hold the skeleton's own graph.
        backbone.register_buffer("A", graph.clone())
        super().__init__(backbone, config.classes, config.dropout)
        self.config = config


class GraphConvolution(nn.Module):
    """Learnt graphs, to which each clip adds its own; then attention.

    Shi et al. 2020: the sum over partitions k of W_k f (B_k + alpha C_k), where B_k is learnt from
    the skeleton's graph on and C_k compares the joints of the clip.
    """

    def __init__(self, channels: int, out_channels: int, graph: Tensor, reduction: int) -> None:
        super().__init__()
        width = out_channels // reduction
        self.conv_d = _each_partition(graph, channels, out_channels)
        self.A = nn.Parameter(graph.clone())
        self.alpha = nn.Parameter(torch.zeros(1))
        self.conv_a = _each_partition(graph, channels, width)
        self.conv_b = _each_partition(graph, channels, width)
        joints = graph.shape[-1]
        over_joints = joints if joints % 2 else joints - 1
        self.conv_ta = nn.Conv1d(out_channels, 1, TEMPORAL_KERNEL, padding=TEMPORAL_KERNEL // 2)
        self.conv_sa = nn.Conv1d(out_channels, 1, over_joints, padding=over_joints // 2)
        self.fc1c = nn.Linear(out_channels, out_channels // 2)
        self.fc2c = nn.Linear(out_channels // 2, out_channels)
        self.down = widened(channels, out_channels)
        self.bn = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self._initialise()

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T, V]``.

        The neighbours are summed before they are convolved, so that the sum over partitions is part
        of the convolution.
        """
        weight = torch.cat([conv.get_parameter("weight") for conv in self.conv_d], dim=1)
        bias = torch.stack([conv.get_parameter("bias") for conv in self.conv_d]).sum(dim=0)
        mixed = F.conv2d(neighbour_sums(maps, self.topologies(maps)), weight, bias)
        return self.attend(F.relu_(self.bn(mixed) + self.down(maps)))

    def topologies(self, maps: Tensor) -> Tensor:
        """Graphs of each clip, ``[N, C, T, V]`` -> ``[N, K, V, V]``.

        B_k + alpha tanh(theta_k^T phi_k / (C_e T)), with two embeddings of the joints in C_e
        channels each; entry ``[v, w]`` weighs joint v in the sum for joint w.
        """
        count, _, frames, joints = maps.shape
        embedded = F.conv2d(maps, *joined_parameters([*self.conv_a, *self.conv_b]))
        rows = embedded.permute(0, 2, 3, 1).reshape(count, frames, joints, 2 * len(self.A), -1)
        theta, phi = rows.permute(0, 3, 2, 1, 4).flatten(3).chunk(2, dim=1)
        alike = torch.matmul(theta, phi.transpose(-2, -1)) / theta.shape[-1]
        return torch.addcmul(self.A, self.alpha, torch.tanh(alike))

    def attend(self, maps: Tensor) -> Tensor:
        """Weigh joints, then frames, then channels of ``[N, C, T, V]``, each by 1 + a sigmoid.

        The attention module of Shi et al. 2020, in its order; each looks at the mean over what it
        does not weigh. The means of what is already weighed are weighed means: the maps themselves
        are multiplied at the end.
        """
        count, channels, frames, joints = maps.shape
        rows = maps.permute(0, 2, 3, 1)
        even = maps.new_full((count, 1, frames), 1.0 / frames)
        seen = torch.bmm(even, rows.reshape(count, frames, -1)).reshape(count, joints, channels)
        of_joints = 1.0 + torch.sigmoid(self.conv_sa(seen.transpose(1, 2)))
        share = (of_joints / joints).unsqueeze(1).expand(-1, frames, -1, -1)
        seen = torch.matmul(share, rows).squeeze(2)
        of_frames = 1.0 + torch.sigmoid(self.conv_ta(seen.transpose(1, 2)))
        seen = torch.bmm(of_frames / frames, seen).squeeze(1)
        of_channels = 1.0 + torch.sigmoid(self.fc2c(self.relu(self.fc1c(seen))))
        weights = of_frames.unsqueeze(3) * of_joints.unsqueeze(2)
        return maps * weights * of_channels[:, :, None, None]

    def _initialise(self) -> None:
        """As the authors and PYSKL do: the block starts near its residual, attention at 1.5."""
        initialise_convolutions(self)
        nn.init.constant_(self.bn.weight, 1e-6)
        for conv in self.conv_d:
            weight = conv.get_parameter("weight")
            nn.init.normal_(weight, std=math.sqrt(2.0 / (weight.numel() * len(self.conv_d))))
        for layer in (self.conv_ta, self.fc2c):
            nn.init.zeros_(layer.weight)
        nn.init.xavier_normal_(self.conv_sa.weight)
        nn.init.kaiming_normal_(self.fc1c.weight)
        for bias in (self.conv_ta.bias, self.conv_sa.bias, self.fc1c.bias, self.fc2c.bias):
            if bias is not None:
                nn.init.zeros_(bias)


def _each_partition(graph: Tensor, channels: int, out_channels: int) -> nn.ModuleList:
    return nn.ModuleList(nn.Conv2d(channels, out_channels, 1) for _ in graph)


def _block(size: BlockSize, graph: Tensor, config: AAGCNConfig) -> ResidualBlock:
    _, channels, width, stride = size
    block = ResidualBlock(
        GraphConvolution(channels, width, graph, config.reduction),
        Unit(width, width, TEMPORAL_KERNEL, stride),
        None if size.first else shortcut(channels, width, stride),
        dropout=0.0 if size.first else config.temporal_dropout,
    )
    initialise_convolutions(block.tcn)
    return block
