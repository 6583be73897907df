"""MS-G3D (Liu et al. 2020, "Disentangling and Unifying Graph Convolutions for Skeleton-Based
Action Recognition").

Two ideas. Disentangled scales (section 3.2): scale k of a graph convolution joins a joint with the
joints at exactly k bones, not with all those within k, so that far joints are not outweighed by
near ones. G3D (section 3.3): the joints of a window of frames form one graph, in which a joint is
linked to its neighbours and to itself in every frame of the window.

Modules carry PYSKL's names (``backbone.sgcn1.0.PA``), and where it departs from the paper this
follows it, so that its weights fit: each graph is divided by the degree on one side
(``A D^-1``, not ``D^-1/2 A D^-1/2``), and the window convolutions have no width of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.networks.graph_layers import (
    Backbone,
    GraphRecognizer,
    InputNorm,
    in_working_layout,
    neighbour_sums,
)
from recognizers.networks.temporal_layers import Unit, branches_with_norms, shortcut
from skeletons.arrays import BoolArray, Float64Array
from skeletons.errors import InputError

DILATIONS = (1, 2, 3, 4)
"""Of the convolving temporal branches, each with a kernel of 3 frames."""

STAGES = 3


@dataclass(frozen=True)
class MSG3DConfig:
    """Sizes of MS-G3D; the defaults are those of PYSKL, which are the paper's.

    Attributes:
        base_channels: width of the first stage, at least 6; the two later ones have two and four
            times as many.
        spatial_scales: hops 0, 1, ... that a graph convolution within a frame looks at.
        spacetime_scales: hops that a graph convolution over a window of frames looks at.
        windows: frames of each window, odd; their results are added.
        persons: M. The norm of the input has weights for each of them, so the number is part of
            the network; 2 for PYSKL's checkpoints. Clips of fewer are filled up with zeros.
        dropout: before the last layer.

    Raises:
        InputError: a size that no network can have.
    """

    classes: int
    base_channels: int = 96
    spatial_scales: int = 13
    spacetime_scales: int = 6
    windows: tuple[int, ...] = (3, 5)
    persons: int = 1
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.base_channels < len(DILATIONS) + 2:
            raise InputError(
                f"msg3d: base_channels is {self.base_channels}, its {len(DILATIONS) + 2} temporal "
                "branches need at least one channel each"
            )
        if min(self.spatial_scales, self.spacetime_scales, self.persons) < 1:
            raise InputError(f"msg3d: scales and persons are at least 1 each, not as in {self}")
        if not self.windows or any(window % 2 == 0 or window < 1 for window in self.windows):
            raise InputError(f"msg3d: windows are odd numbers of frames, not {self.windows}")


class MSG3D(GraphRecognizer):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``.

    Args:
        config: the sizes.
        adjacency: ``[K, V, V]``, as :meth:`skeletons.skeleton.Skeleton.adjacency` gives it. Only
            which joints it links is read, in either direction.
    """

    def __init__(self, config: MSG3DConfig, adjacency: NDArray[Any]) -> None:
        backbone = TwoPathBackbone(config, bones(adjacency))
        super().__init__(backbone, config.classes, config.dropout)
        self.config = config


def bones(adjacency: NDArray[Any]) -> Float64Array:
    """Which joints a bone links, ``[V, V]`` of 0 and 1, symmetric, without self links.

    Args:
        adjacency: ``[K, V, V]``, partitions of a graph in any weighting.
    """
    linked: BoolArray = (np.asarray(adjacency) != 0).any(axis=0)
    np.fill_diagonal(linked, False)
    return np.asarray(linked | linked.T, dtype=np.float64)


def disentangled_scales(links: NDArray[Any], scales: int) -> Float64Array:
    """Graphs ``[scales, V, V]``: k joins each joint with itself and the joints k hops away.

    Each column sums to 1. Liu et al. 2020, section 3.2, the k-adjacency matrices.

    Args:
        links: symmetric ``[V, V]``, nonzero where two joints are linked.
    """
    hops = shortest_path(links, directed=False, unweighted=True)
    exact = hops[None] == np.arange(scales)[:, None, None]
    joined = (exact | np.eye(len(links), dtype=np.bool_)).astype(np.float64)
    return np.asarray(joined / joined.sum(axis=1, keepdims=True))


def window_links(links: NDArray[Any], window: int) -> Float64Array:
    """The graph of the joints of ``window`` frames, ``[window V, window V]``.

    In every pair of frames a joint is linked to its neighbours and to itself. Liu et al. 2020,
    section 3.3, the block adjacency of G3D.
    """
    return np.tile(np.asarray(links, dtype=np.float64) + np.eye(len(links)), (window, window))


class TwoPathBackbone(Backbone):
    """Three stages that add a path within frames to a path across windows of frames."""

    def __init__(self, config: MSG3DConfig, links: NDArray[Any], in_channels: int = 3) -> None:
        widths = [config.base_channels * 2**stage for stage in range(STAGES)]
        super().__init__(InputNorm(len(links), in_channels, config.persons), (), widths[-1])
        self.A: Tensor
        self.register_buffer("A", torch.as_tensor(links, dtype=torch.float32))
        spatial = disentangled_scales(links, config.spatial_scales)
        for stage, (channels, out) in enumerate(pairwise([in_channels, *widths]), start=1):
            stride = 1 if stage == 1 else 2
            # Only the first stage, fed with coordinates, widens before its temporal convolutions.
            width = out if stage == 1 else channels
            within = nn.Sequential(
                GraphConvolution(channels, width, spatial),
                BranchedConvolution(width, out, stride),
                BranchedConvolution(out, out, activate=False),
            )
            across = WindowPaths(channels, width, out, links, config, stride)
            setattr(self, f"gcn3d{stage}", across)
            setattr(self, f"sgcn{stage}", within)
            setattr(self, f"tcn{stage}", BranchedConvolution(out, out))

    def forward(self, clips: Tensor) -> Tensor:
        """``[N, M, T, V, C]`` -> ``[N, persons, D, T', V]``."""
        normed: Tensor = self.data_bn(clips)
        maps = in_working_layout(normed.flatten(0, 1))
        for stage in range(1, STAGES + 1):
            within, across = getattr(self, f"sgcn{stage}"), getattr(self, f"gcn3d{stage}")
            maps = getattr(self, f"tcn{stage}")(F.relu(within(maps) + across(maps)))
        return maps.reshape(*normed.shape[:2], *maps.shape[1:])


class GraphConvolution(nn.Module):
    """One graph a scale plus a learnt correction of it, then one layer over all scales."""

    def __init__(self, channels: int, out_channels: int, graphs: NDArray[Any]) -> None:
        super().__init__()
        self.A: Tensor
        self.register_buffer("A", torch.as_tensor(graphs, dtype=torch.float32))
        self.PA = nn.Parameter(torch.empty_like(self.A).uniform_(-1e-6, 1e-6))
        self.mlp = PointwiseLayer(channels * len(graphs), out_channels)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T, V]``."""
        mixed: Tensor = self.mlp(neighbour_sums(maps, self.A + self.PA))
        return mixed


class PointwiseLayer(nn.Module):
    """1x1 convolution, norm and ReLU."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU()
        )

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T, V]``."""
        mixed: Tensor = self.layers(maps)
        return mixed


class WindowPaths(nn.Module):
    """The sum of the paths of all window sizes."""

    def __init__(
        self,
        channels: int,
        width: int,
        out_channels: int,
        links: NDArray[Any],
        config: MSG3DConfig,
        stride: int,
    ) -> None:
        super().__init__()
        self.gcn3d = nn.ModuleList(
            WindowPath(
                channels,
                width,
                out_channels,
                disentangled_scales(window_links(links, window), config.spacetime_scales),
                window,
                stride,
            )
            for window in config.windows
        )

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T / stride, V]``."""
        return torch.stack([path(maps) for path in self.gcn3d]).sum(dim=0)


class WindowPath(nn.Module):
    """Graph convolution over the joints of a sliding window, whose frames are then merged."""

    def __init__(
        self,
        channels: int,
        width: int,
        out_channels: int,
        graphs: NDArray[Any],
        window: int,
        stride: int,
    ) -> None:
        super().__init__()
        self.gcn3d = nn.Sequential(
            SlidingWindow(window, stride), GraphConvolution(channels, width, graphs)
        )
        self.window = window
        self.out_conv = nn.Conv3d(width, out_channels, (1, window, 1))
        self.out_bn = nn.BatchNorm2d(out_channels)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T / stride, V]``, without an activation."""
        rows = self.gcn3d(maps).permute(0, 2, 3, 1)
        # Each frame's window is an image, over whose height the convolution goes.
        images = rows.flatten(0, 1).unflatten(1, (self.window, -1)).permute(0, 3, 1, 2)
        merged = F.conv2d(images, self.out_conv.weight.squeeze(2), self.out_conv.bias)
        joined = merged.permute(0, 2, 3, 1).reshape(*rows.shape[:2], -1, merged.shape[1])
        normed: Tensor = self.out_bn(joined.permute(0, 3, 1, 2))
        return normed


class SlidingWindow(nn.Module):
    """The frames around every ``stride``-th frame, side by side; zeros beyond the ends."""

    def __init__(self, window: int, stride: int) -> None:
        super().__init__()
        self.window, self.stride = window, stride

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C, T / stride, window V]``."""
        frames, reach = maps.shape[2], (self.window - 1) // 2
        padded = F.pad(maps, (0, 0, reach, reach))
        shifted = [padded[:, :, k : k + frames : self.stride] for k in range(self.window)]
        return torch.cat(shifted, dim=3)


class BranchedConvolution(nn.Module):
    """Six parallel branches over time, each with its norm, and a residual."""

    def __init__(
        self, channels: int, out_channels: int, stride: int = 1, activate: bool = True
    ) -> None:
        super().__init__()
        narrow = out_channels // (len(DILATIONS) + 2)
        rest = out_channels - narrow * (len(DILATIONS) + 1)
        branches = [
            nn.Sequential(*_entry(channels, narrow), Unit(narrow, narrow, 3, stride, dilation))
            for dilation in DILATIONS
        ]
        pool = nn.MaxPool2d((3, 1), (stride, 1), (1, 0))
        branches.append(nn.Sequential(*_entry(channels, narrow), pool, nn.BatchNorm2d(narrow)))
        direct = nn.Conv2d(channels, rest, 1, stride=(stride, 1))
        branches.append(nn.Sequential(direct, nn.BatchNorm2d(rest)))
        self.branches = nn.ModuleList(branches)
        self.residual = shortcut(channels, out_channels, stride)
        self.act: nn.Module = nn.ReLU() if activate else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T / stride, V]``."""
        joined = branches_with_norms(list(self.branches), maps)
        mixed: Tensor = self.act(joined + self.residual(maps))
        return mixed


def _entry(channels: int, width: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, width, 1), nn.BatchNorm2d(width), nn.ReLU()
