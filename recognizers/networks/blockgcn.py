"""BlockGCN (Zhou et al. 2024, "BlockGCN: Redefine Topology Awareness for Skeleton-Based Action
Recognition").

A graph convolution that is block-diagonal over channels (BlockGC), with two encodings of topology:
bones by hop distance, the action by the persistent homology of the clip. PYSKL has no BlockGCN; the
modules are named in its manner. The authors' released code is not followed in four places, where
the scores of a clip depend on its batch, the homology is not that of its distances, or noise counts
as topology:
- distances are scaled by the largest of their own clip, not of the batch;
- with several persons, each gets the encoding of its own clip;
- the filtration is built on the distances themselves, not on rows of their matrix as points;
- an encoding that is almost the same for all clips stays so (``NOISE``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path
from torch import Tensor, nn

from recognizers.networks.ctrgcn import MultiScaleTemporalConvolution
from recognizers.networks.graph_layers import (
    Backbone,
    BlockSize,
    GraphRecognizer,
    InputNorm,
    StagedConfig,
    block_sizes,
    initialise_convolutions,
    widened,
)
from recognizers.networks.temporal_layers import shortcut
from skeletons.arrays import IntArray
from skeletons.errors import InputError

EPSILON = 1e-4
"""Added to a column's norm, so that an encoding that is still zero stays zero."""

NOISE = 1e-2
"""Added to the variance of a topology encoding before its norm divides by it; the authors add 1e-5.

Where bodies hardly differ, that variance is the sensor's noise: 1e-4 where limbs alone swing, 0.1
to 0.6 in kinematic12. Divided by its root, the noise is as loud as the motion.
"""


@dataclass(frozen=True)
class BlockGCNConfig(StagedConfig):
    """Sizes of BlockGCN; the defaults are the authors'.

    Attributes:
        persons: None for any number of persons, with one input norm for all. With a number each has
            a norm of its own and clips of fewer are filled up with zeros.
        base_channels: width of the joint embedding and the first stages.
        groups: blocks of channels, each with graphs of its own; divides ``base_channels``.
        subsets: graphs of each group, whose results are summed.
        kernel: frames of the dilated temporal branches, odd.
        dilations: dilation of each of these branches; a max-pooling and a 1x1 branch are added.
        elements: structure elements that turn a barcode into a vector.

    Raises:
        InputError: ``groups`` does not divide ``base_channels``.
    """

    persons: int | None = None
    base_channels: int = 128
    inflate: tuple[int, ...] = (5,)
    groups: int = 8
    subsets: int = 3
    kernel: int = 5
    dilations: tuple[int, ...] = (1, 2)
    elements: int = 64

    def __post_init__(self) -> None:
        if self.base_channels % self.groups:
            raise InputError(
                f"BlockGCN: {self.groups} groups do not divide {self.base_channels} channels"
            )


class BlockGCN(GraphRecognizer):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``. In training one clip alone is refused:
    the norm of its topology is not defined."""

    def __init__(self, config: BlockGCNConfig, adjacency: NDArray[Any]) -> None:
        backbone = TopologyBackbone(config, hop_distances(adjacency))
        super().__init__(backbone, config.classes, config.dropout)
        self.config = config


class TopologyBackbone(Backbone):
    """Embedding of joints and normalisation, then the blocks, each told the clip's topology."""

    def __init__(self, config: BlockGCNConfig, hops: IntArray) -> None:
        width = config.base_channels
        embedding, position = nn.Linear(3, width), torch.randn(len(hops), width)
        structure = StructureElements(config.elements)
        sizes = block_sizes(width, config.stages, config.inflate, config.down, in_channels=width)
        super().__init__(
            InputNorm(len(hops), width, config.persons),
            [Block(size, hops, config) for size in sizes],
            sizes[-1].out_channels,
        )
        self.joint_embedding = embedding
        self.joint_position = nn.Parameter(position)
        self.structure = structure
        self.usual_bars = MeanSeen(len(hops) - 1)

    def forward(self, clips: Tensor) -> Tensor:
        """``[N, M, T, V, C]`` -> ``[N, M, D, T', V]``."""
        joints = len(self.joint_position)
        if clips.ndim != 5 or clips.shape[3:] != (joints, 3):
            raise InputError(
                f"BlockGCN: clips have shape {tuple(clips.shape)}, not [N, M, T, {joints}, 3]"
            )
        if self.training and len(clips) == 1:
            raise InputError("BlockGCN: a training batch needs two clips or more")
        bars = barcode(clips)
        # Differences from the usual clip. In training the blocks' norms take off any mean anyway.
        # But their running means, used in testing, lag behind one that is many spreads away from
        # zero and moves with the weights: by 25 spreads after 120 steps, all clips got one label.
        topology = self.structure(bars) - self.structure(self.usual_bars(bars))
        normed: Tensor = self.data_bn(self.joint_embedding(clips) + self.joint_position)
        maps = normed.flatten(0, 1)
        for block in self.get_submodule("gcn").children():
            maps = block(maps, topology)
        return maps.reshape(*normed.shape[:2], *maps.shape[1:])


class Block(nn.Module):
    """The clip's topology added, BlockGC, multi-scale temporal convolution, residual."""

    def __init__(self, size: BlockSize, hops: IntArray, config: BlockGCNConfig) -> None:
        super().__init__()
        _, channels, width, stride = size
        self.topology = nn.Sequential(
            nn.Linear(config.elements, channels), nn.BatchNorm1d(channels, eps=NOISE), nn.ReLU()
        )
        self.gcn1 = BlockGraphConvolution(channels, width, hops, config.groups, config.subsets)
        self.tcn1 = MultiScaleTemporalConvolution(width, stride, config.kernel, config.dilations)
        self.relu = nn.ReLU()
        self.residual = shortcut(channels, width, stride)

    def forward(self, maps: Tensor, topology: Tensor) -> Tensor:
        """``[N * M, C, T, V]`` and ``[N, E]`` -> ``[N * M, C', T / stride, V]``."""
        encoding = self.topology(topology)
        encoding = encoding.repeat_interleave(len(maps) // len(encoding), dim=0)
        told = maps + encoding[:, :, None, None]
        mixed: Tensor = self.relu(self.tcn1(self.gcn1(told)) + self.residual(told))
        return mixed


class BlockGraphConvolution(nn.Module):
    """BlockGC: each group of channels has its own graphs and its own block of weights.

    Graph of a subset and group: A / |A| + B / |B|, with A learnt freely, B[v, w] learnt for the
    hop distance of joints v and w, and norms over each column. The sum over subsets of the
    block-diagonal maps is one grouped convolution.
    """

    hops: Tensor

    def __init__(
        self,
        channels: int,
        out_channels: int,
        hops: IntArray,
        groups: int,
        subsets: int,
    ) -> None:
        super().__init__()
        self.groups, self.subsets = groups, subsets
        self.register_buffer("hops", torch.as_tensor(hops), persistent=False)
        self.A = nn.Parameter(torch.eye(len(hops)).repeat(groups, subsets, 1, 1))
        self.hop_encoding = nn.Parameter(torch.zeros(groups, subsets, int(hops.max()) + 1))
        self.conv = nn.Conv2d(channels * subsets, out_channels, 1, groups=groups)
        self.bn = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.down = widened(channels, out_channels)
        initialise_convolutions(self)
        # A block starts as its residual; the graph comes in as training finds a use for it.
        nn.init.constant_(self.bn.weight, 1e-6)

    def graphs(self) -> Tensor:
        """Graph of each group and subset, ``[G, S, V, V]``; ``[v, w]``: weight of v for w."""
        return _by_column(self.A) + _by_column(self.hop_encoding[:, :, self.hops])

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, V]`` -> ``[N, C', T, V]``."""
        count, channels, frames, joints = maps.shape
        grouped = maps.reshape(count, self.groups, 1, -1, joints)
        mixed = torch.matmul(grouped, self.graphs())
        mixed = self.conv(mixed.reshape(count, channels * self.subsets, frames, joints))
        joined: Tensor = self.relu(self.bn(mixed) + self.down(maps))
        return joined


class StructureElements(nn.Module):
    """A barcode as a vector: how many bars end near each learnt place (Hofer et al. 2017).

    Bars of connected components all begin at zero, so an element is a place on a line.
    """

    def __init__(self, elements: int) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.rand(elements))
        self.sharpness = nn.Parameter(torch.full((elements,), 3.0))

    def forward(self, bars: Tensor) -> Tensor:
        """``[N, B]`` -> ``[N, E]``, the sum over bars of exp(-(sharpness (end - centre))^2)."""
        distance = self.sharpness * (bars.unsqueeze(-1) - self.centres)
        return torch.exp(-distance.square()).sum(dim=1)


class MeanSeen(nn.Module):
    """Mean of all rows that went through in training; data, not learnt."""

    mean: Tensor
    count: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("count", torch.tensor(0))

    def forward(self, rows: Tensor) -> Tensor:
        """``[N, D]`` -> ``[1, D]``, the mean including these rows while in training."""
        if self.training:
            self.count += len(rows)
            self.mean += (rows.detach() - self.mean).sum(dim=0) / self.count
        return self.mean.unsqueeze(0).clone()


def barcode(clips: Tensor) -> Tensor:
    """Ends of the bars of connected components, ``[N, M, T, V, C]`` -> ``[N, V - 1]``, ascending.

    Vietoris-Rips filtration of the joints, by the distance of their mean places over persons and
    frames, the largest distance of a clip being 1. Components merge along the edges of a minimum
    spanning tree, so the ends are its edges' lengths; the bar that never ends is left out. A clip
    whose joints all lie in one point has bars of length 0.
    """
    places = clips.mean(dim=(1, 2))
    distances = torch.cdist(places, places, compute_mode="donot_use_mm_for_euclid_dist")
    largest = distances.amax(dim=(1, 2), keepdim=True)
    distances = distances / torch.where(largest > 0, largest, torch.ones_like(largest))
    nearer, farther = _spanning_tree(distances.detach())
    rows = torch.arange(len(distances), device=distances.device).unsqueeze(1)
    return distances[rows, nearer, farther].sort(dim=1).values


def hop_distances(adjacency: NDArray[Any]) -> IntArray:
    """Bones between two joints, ``[P, V, V]`` -> ``[V, V]``; a bone counts in both directions.

    Raises:
        InputError: two joints are not connected.
    """
    linked = np.abs(np.asarray(adjacency, dtype=np.float64)).sum(axis=0)
    hops = shortest_path(linked, directed=False, unweighted=True)
    if not np.isfinite(hops).all():
        raise InputError("BlockGCN: the skeleton falls into parts, hop distances need one tree")
    return np.asarray(hops, dtype=np.int64)


def _spanning_tree(distances: Tensor) -> tuple[Tensor, Tensor]:
    """Minimum spanning tree of each ``[N, V, V]`` (Prim 1957): both ends of its edges ``[N, E]``.

    One step a joint, all clips at once.
    """
    count, joints, _ = distances.shape
    rows = torch.arange(count, device=distances.device)
    reached = torch.zeros(count, joints, dtype=torch.bool, device=distances.device)
    reached[:, 0] = True
    shortest, source = distances[:, 0].clone(), torch.zeros_like(reached, dtype=torch.int64)
    ends: list[Tensor] = []
    for _ in range(joints - 1):
        joint = shortest.masked_fill(reached, torch.inf).argmin(dim=1)
        ends.append(joint)
        reached[rows, joint] = True
        offered = distances[rows, joint]
        closer = (offered < shortest) & ~reached
        shortest = torch.where(closer, offered, shortest)
        source = torch.where(closer, joint.unsqueeze(1), source)
    farther = torch.stack(ends, dim=1)
    return source.gather(1, farther), farther


def _by_column(graphs: Tensor) -> Tensor:
    """Graphs ``[..., V, V]`` with columns of length one."""
    length = torch.linalg.vector_norm(graphs, dim=-2, keepdim=True)
    return torch.div(graphs, length + EPSILON)
