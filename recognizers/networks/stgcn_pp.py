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
from torch.nn import functional as F

from recognizers.networks.graph_layers import (
    Backbone,
    BlockSize,
    GraphRecognizer,
    Head,
    InputNorm,
    ResidualBlock,
    StagedConfig,
    neighbour_convolution,
    widened,
)
from recognizers.networks.temporal_layers import TemporalConvolution, Unit, shortcut

__all__ = ["STGCNPP", "GraphConvolution", "Head", "STGCNPPConfig", "TemporalConvolution", "Unit"]


@dataclass(frozen=True)
class STGCNPPConfig(StagedConfig):
    """Sizes of ST-GCN++; the defaults are the paper's."""


class STGCNPP(GraphRecognizer):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``, for any number of persons.

    Args:
        config: the sizes.
        adjacency: ``[3, V, V]``, where the learnt graphs start.
    """

    def __init__(self, config: STGCNPPConfig, adjacency: NDArray[Any]) -> None:
        graph = torch.as_tensor(adjacency, dtype=torch.float32)
        sizes = config.blocks
        backbone = Backbone(
            InputNorm(graph.shape[-1]),
            [_block(size, graph) for size in sizes],
            sizes[-1].out_channels,
        )
        super().__init__(backbone, config.classes, config.dropout)
        self.config = config


def _block(size: BlockSize, graph: Tensor) -> ResidualBlock:
    _, channels, width, stride = size
    return ResidualBlock(
        GraphConvolution(channels, width, graph),
        TemporalConvolution(width, width, stride),
        None if size.first else shortcut(channels, width, stride),
    )


class GraphConvolution(nn.Module):
    """One learnt graph of 3 partitions, initialised from the skeleton, shared by all channels."""

    def __init__(self, channels: int, out_channels: int, adjacency: Tensor) -> None:
        super().__init__()
        self.A = nn.Parameter(adjacency.clone())
        self.conv = nn.Conv2d(channels, out_channels * len(adjacency), 1)
        self.bn = nn.BatchNorm2d(out_channels)
        self.act = nn.ReLU()
        self.down = widened(channels, out_channels)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T, V]``."""
        mixed = neighbour_convolution(maps, self.conv, self.A)
        return F.relu_(self.bn(mixed) + self.down(maps))
