"""ST-GCN (Yan et al. 2018, "Spatial Temporal Graph Convolutional Networks for Skeleton-Based Action
Recognition").

Modules carry PYSKL's names (``backbone.gcn.0.gcn.PA``, ``cls_head.fc_cls``), so that its weights
fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.networks.graph_layers import (
    Backbone,
    BlockSize,
    GraphRecognizer,
    InputNorm,
    ResidualBlock,
    StagedConfig,
    neighbour_convolution,
)
from recognizers.networks.temporal_layers import Unit, shortcut
from skeletons.arrays import Float64Array
from skeletons.errors import InputError


@dataclass(frozen=True)
class STGCNConfig(StagedConfig):
    """Sizes of ST-GCN; the defaults are those of the authors' code and of PYSKL.

    Attributes:
        kernel: frames of the temporal convolution, odd.
        centre_hops: see :func:`spatial_configuration`.
        temporal_dropout: after the temporal convolution of each block but the first; 0.5 in the
            paper, none in PYSKL's recipe.
    """

    kernel: int = 9
    centre_hops: int | None = 1
    temporal_dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise InputError(
                f"stgcn: kernel is {self.kernel}, a temporal convolution has an odd number of "
                "frames, 9 in the paper"
            )


class STGCN(GraphRecognizer):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``, for any number of persons.

    Args:
        config: the sizes.
        adjacency: ``[3, V, V]`` as :meth:`skeletons.skeleton.Skeleton.adjacency` gives it, of which
            the bones and the centre are used.

    Raises:
        InputError: an adjacency without exactly one centre.
    """

    def __init__(self, config: STGCNConfig, adjacency: NDArray[Any]) -> None:
        partitions = spatial_configuration(adjacency, config.centre_hops)
        graph = torch.as_tensor(partitions, dtype=torch.float32)
        sizes = config.blocks
        backbone = Backbone(
            InputNorm(graph.shape[-1]),
            [_block(size, graph, config) for size in sizes],
            sizes[-1].out_channels,
        )
        super().__init__(backbone, config.classes, config.dropout)
        self.config = config


def spatial_configuration(adjacency: NDArray[Any], centre_hops: int | None = None) -> Float64Array:
    """The three partitions of a joint's neighbours, Yan et al. 2018, "spatial configuration".

    Args:
        adjacency: ``[3, V, V]`` as :meth:`skeletons.skeleton.Skeleton.adjacency` gives it.
        centre_hops: bones up to which distances from the centre are told apart; all joints beyond
            are equally far. None tells all apart, as the paper has it. The authors' code and PYSKL
            stop at 1: there a joint three or more bones from the centre has both its neighbours
            in partition 1.

    Returns:
        ``[3, V, V]``: the joint itself, its neighbours that are not closer to the centre, those
        that are closer. Entry ``[k, v, w]`` weighs joint v in the sum for joint w; each column sums
        to 1 over the three partitions together.

    Raises:
        InputError: an adjacency of another shape, or without exactly one centre.
    """
    adjacency = np.asarray(adjacency)
    if adjacency.ndim != 3 or len(adjacency) != 3 or adjacency.shape[1] != adjacency.shape[2]:
        raise InputError(f"stgcn: the adjacency has shape {adjacency.shape}, not [3, V, V]")
    centres = np.flatnonzero(adjacency[1].sum(axis=0) == 0)
    if len(centres) != 1:
        raise InputError(f"stgcn: the adjacency has {len(centres)} centres, a skeleton has one")
    directed = adjacency[1] + adjacency[2] > 0
    bones = np.asarray(directed | directed.T)
    distance = shortest_path(bones, unweighted=True, indices=int(centres[0]))
    if centre_hops is not None:
        distance[distance > centre_hops] = np.inf
    closer = bones & (distance[:, None] < distance[None, :])
    partitions = np.stack([np.eye(len(bones)), bones & ~closer, closer])
    return np.asarray(partitions / partitions.sum(axis=(0, 1)))


class GraphConvolution(nn.Module):
    """A fixed graph of 3 partitions, each edge with a learnt importance shared by all channels.

    Yan et al. 2018, "learnable edge importance weighting".
    """

    A: Tensor

    def __init__(self, channels: int, out_channels: int, graph: Tensor) -> None:
        super().__init__()
        self.register_buffer("A", graph.clone())
        self.PA = nn.Parameter(torch.ones_like(graph))
        self.conv = nn.Conv2d(channels, out_channels * len(graph), 1)
        self.bn = nn.BatchNorm2d(out_channels)
        self.act = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T, V]``."""
        return F.relu_(self.bn(neighbour_convolution(maps, self.conv, self.A * self.PA)))


def _block(size: BlockSize, graph: Tensor, config: STGCNConfig) -> ResidualBlock:
    _, channels, width, stride = size
    return ResidualBlock(
        GraphConvolution(channels, width, graph),
        Unit(width, width, config.kernel, stride),
        None if size.first else shortcut(channels, width, stride),
        dropout=0.0 if size.first else config.temporal_dropout,
    )
