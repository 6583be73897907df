"""CTR-GCN (Chen et al. 2021, "Channel-wise Topology Refinement Graph Convolution").

Modules carry PYSKL's names (``backbone.net.0.gcn1.convs.0.conv3``, ``cls_head.fc_cls``), so that
weights can be compared and carried over by name.
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
    StagedConfig,
    dropped,
    in_working_layout,
    initialise_convolutions,
    widened,
)
from recognizers.networks.joined_layers import joined_parameters
from recognizers.networks.temporal_layers import Unit, branches_with_norms, shortcut
from skeletons.errors import InputError


@dataclass(frozen=True)
class CTRGCNConfig(StagedConfig):
    """Sizes of CTR-GCN; the defaults are the paper's, as PYSKL has them.

    Attributes:
        persons: None for any number of persons, with one input norm for all. With a number each has
            a norm of its own and clips of fewer are filled up with zeros; 2 for PYSKL's weights.
        kernel: frames of the dilated temporal branches, odd.
        dilations: dilation of each of these branches; a max-pooling and a 1x1 branch are added.
        reduction: input channels over channels of the pairwise relations.
        temporal_dropout: after the temporal convolution of each block but the first.
    """

    persons: int | None = None
    kernel: int = 5
    dilations: tuple[int, ...] = (1, 2)
    reduction: int = 8
    temporal_dropout: float = 0.0


class CTRGCN(GraphRecognizer):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``."""

    def __init__(self, config: CTRGCNConfig, adjacency: NDArray[Any]) -> None:
        graph = torch.as_tensor(adjacency, dtype=torch.float32)
        sizes = config.blocks
        backbone = Backbone(
            InputNorm(graph.shape[-1], persons=config.persons),
            [Block(size, graph, config) for size in sizes],
            sizes[-1].out_channels,
            called="net",
        )
        # The forward pass has no use for it: it is an entry of PYSKL's checkpoints.
        backbone.register_buffer("A", graph.clone())
        super().__init__(backbone, config.classes, config.dropout)
        self.config = config


class Block(nn.Module):
    """Channel-wise graph convolution, multi-scale temporal convolution, residual."""

    def __init__(self, size: BlockSize, adjacency: Tensor, config: CTRGCNConfig) -> None:
        super().__init__()
        _, channels, width, stride = size
        self.gcn1 = GraphConvolution(channels, width, adjacency, config.reduction)
        self.tcn1 = MultiScaleTemporalConvolution(width, stride, config.kernel, config.dilations)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(0.0 if size.first else config.temporal_dropout)
        self.residual = None if size.first else shortcut(channels, width, stride)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T / stride, V]``."""
        # The inner ReLU is PYSKL's; the paper's block has the last one alone.
        change = dropped(F.relu_(self.tcn1(self.gcn1(maps))), self.dropout)
        if self.residual is None:
            return change
        return F.relu_(change + self.residual(maps))


class GraphConvolution(nn.Module):
    """Sum of one channel-wise convolution for each partition of the graph, norm, residual."""

    def __init__(
        self, channels: int, out_channels: int, adjacency: Tensor, reduction: int = 8
    ) -> None:
        super().__init__()
        self.A = nn.Parameter(adjacency.clone())
        self.alpha = nn.Parameter(torch.zeros(1))
        self.convs = nn.ModuleList(
            ChannelWiseTopology(channels, out_channels, reduction) for _ in adjacency
        )
        self.bn = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.down = widened(channels, out_channels)
        initialise_convolutions(self)
        # A block starts as its residual; the graph comes in as training finds a use for it.
        nn.init.constant_(self.bn.weight, 1e-6)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T, V]``."""
        # The products below take joints that lie together, in the order [N, C, T, V].
        plain = maps.contiguous()
        count, _, frames, joints = maps.shape
        spreads = [conv.get_submodule("conv3")(plain) for conv in self.convs]
        factors = [
            (spread.reshape(-1, frames, joints), graphs.reshape(-1, joints, joints))
            for spread, graphs in zip(spreads, self.topologies(plain), strict=True)
        ]
        mixed = torch.bmm(*factors[0])
        for spread, graphs in factors[1:]:
            mixed.baddbmm_(spread, graphs)
        mixed = in_working_layout(mixed.reshape(count, -1, frames, joints))
        return F.relu_(self.bn(mixed) + self.down(maps))

    def topologies(self, maps: Tensor) -> list[Tensor]:
        """Graph of each clip and channel, ``[N, C, T, V]`` -> ``[N, C', V, V]`` for each partition.

        Chen et al. 2021, section 3.2: R = A + alpha Q, with Q a linear map of
        tanh(psi(x_v) - phi(x_w)) for each pair of joints and x the mean over frames. Entry
        ``[v, w]`` weighs joint v in the sum for joint w.
        """
        count, _, _, joints = maps.shape
        parts = len(self.A)
        # Mean and 1x1 convolution commute: the mean first is T times cheaper.
        still = maps.mean(dim=2, keepdim=True)
        relations = [
            F.conv2d(still, *self._joined(name)).reshape(count, parts, -1, joints)
            for name in ("conv1", "conv2")
        ]
        pairs = torch.tanh_(relations[0].unsqueeze(-1) - relations[1].unsqueeze(-2)).flatten(3)
        # A and the bias are two more relations, so that one product gives the whole graph.
        ones = pairs.new_ones(count, parts, 1, joints * joints)
        fixed = self.A.reshape(1, parts, 1, -1).expand(count, -1, -1, -1).to(pairs.dtype)
        pairs = torch.cat([pairs, ones, fixed], dim=2)
        weight, bias = self._joined("conv4")
        learnt = self.alpha * torch.cat([weight.flatten(1), bias.unsqueeze(1)], dim=1)
        learnt = torch.cat([learnt, torch.ones_like(bias).unsqueeze(1)], dim=1)
        by_part = zip(learnt.chunk(parts), pairs.unbind(dim=1), strict=True)
        graphs = [torch.bmm(one.expand(count, -1, -1), pair) for one, pair in by_part]
        return [graph.reshape(count, -1, joints, joints) for graph in graphs]

    def _joined(self, name: str) -> tuple[Tensor, Tensor]:
        """Weight and bias of one convolution of all partitions, one below the other."""
        return joined_parameters([conv.get_submodule(name) for conv in self.convs])


class ChannelWiseTopology(nn.Module):
    """Weights of one partition; :class:`GraphConvolution` applies all partitions together.

    ``conv1`` and ``conv2`` embed the two joints of a pair (psi and phi of the paper), ``conv4``
    turns their relation into one graph a channel (xi), ``conv3`` transforms the features.
    """

    def __init__(self, channels: int, out_channels: int, reduction: int) -> None:
        super().__init__()
        # Coordinates and other narrow inputs still get 8 channels for relations.
        width = 8 if channels <= 16 else channels // reduction
        self.conv1 = nn.Conv2d(channels, width, 1)
        self.conv2 = nn.Conv2d(channels, width, 1)
        self.conv3 = nn.Conv2d(channels, out_channels, 1)
        self.conv4 = nn.Conv2d(width, out_channels, 1)


class MultiScaleTemporalConvolution(nn.Module):
    """Dilated convolutions, max-pooling and a 1x1 convolution side by side over time.

    Each branch ends with its norm; the branches are joined and nothing is added.

    Raises:
        InputError: an even kernel, which would change the number of frames, or fewer channels than
            branches.
    """

    def __init__(
        self, channels: int, stride: int = 1, kernel: int = 5, dilations: tuple[int, ...] = (1, 2)
    ) -> None:
        super().__init__()
        if kernel % 2 == 0:
            raise InputError(f"temporal kernels are odd numbers of frames, not {kernel}")
        narrow = channels // (len(dilations) + 2)
        if narrow < 1:
            raise InputError(
                f"{len(dilations) + 2} temporal branches do not fit {channels} channels"
            )
        rest = channels - narrow * (len(dilations) + 1)
        branches: list[nn.Module] = [
            nn.Sequential(*_narrowed(channels, narrow), Unit(narrow, narrow, kernel, stride, step))
            for step in dilations
        ]
        pool = nn.MaxPool2d((3, 1), (stride, 1), (1, 0))
        branches.append(
            nn.Sequential(*_narrowed(channels, narrow), pool, nn.BatchNorm2d(narrow)),
        )
        branches.append(
            nn.Sequential(nn.Conv2d(channels, rest, 1, stride=(stride, 1)), nn.BatchNorm2d(rest))
        )
        self.branches = nn.ModuleList(branches)
        initialise_convolutions(self)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C, T / stride, V]``."""
        return branches_with_norms(list(self.branches), maps)


def _narrowed(channels: int, width: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, width, 1), nn.BatchNorm2d(width), nn.ReLU()
