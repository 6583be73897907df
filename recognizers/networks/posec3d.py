"""PoseC3D (Duan et al. 2022, "Revisiting Skeleton-based Action Recognition"): a 3D convolutional
network, SlowOnly (Feichtenhofer et al. 2019) with few channels, on heat maps of the body.

Modules carry PYSKL's names (``backbone.layer1.0.conv1.conv``, ``cls_head.fc_cls``), so that weights
can be compared and carried over by name. Sizes are those of PYSKL's
``configs/posec3d/slowonly_r50_ntu60_xsub/joint.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recognizers.networks.graph_layers import Head
from recognizers.networks.heatmaps import limbs_of, project, random_crops
from skeletons.errors import InputError

EXPANSION = 4
"""Output channels of a block over its inner channels (He et al. 2016, figure 5)."""


@dataclass(frozen=True)
class PoseC3DConfig:
    """Sizes of PoseC3D; the defaults are the paper's, as PYSKL has them.

    Attributes:
        maps: what is drawn, joints or the limbs between them.
        limbs: the pairs of joints that are limbs; None for the skeleton's bones.
        axes: (horizontal, vertical) axis of the clips that the maps show, see
            :func:`recognizers.networks.heatmaps.frontal_axes`.
        size: rows and columns of a map in training.
        test_size: rows and columns in testing, where all of the body's box is shown.
        sigma: width of a peak, in pixels.
        padding: part of the body's box that is added around it.
        crop: least part of the box that a training clip shows; 1 for no crops.
        base_channels: width of the first stage; each later one has twice as many.
        stage_blocks: blocks of each stage.
        inflate: which stages look at three frames at a time; the others look at one.
        spatial_strides: of the first block of each stage.
        temporal_strides: of the first block of each stage.
        stem_kernel: rows and columns of the first convolution, odd.
        stem_stride: of the first convolution, in rows and columns.
        dropout: before the last layer.
    """

    classes: int
    maps: Literal["joint", "limb"] = "joint"
    limbs: tuple[tuple[int, int], ...] | None = None
    axes: tuple[int, int] = (0, 1)
    size: int = 56
    test_size: int = 64
    sigma: float = 0.6
    padding: float = 0.25
    crop: float = 0.56
    base_channels: int = 32
    stage_blocks: tuple[int, ...] = (4, 6, 3)
    inflate: tuple[bool, ...] = (False, True, True)
    spatial_strides: tuple[int, ...] = (2, 2, 2)
    temporal_strides: tuple[int, ...] = (1, 1, 2)
    stem_kernel: int = 7
    stem_stride: int = 1
    dropout: float = 0.5

    def check(self, joints: int) -> None:
        """Raise :class:`InputError` for sizes that no network on so many joints can have."""
        stages = len(self.stage_blocks)
        for name in ("inflate", "spatial_strides", "temporal_strides"):
            if len(getattr(self, name)) != stages:
                raise InputError(
                    f"posec3d: {len(getattr(self, name))} {name} for {stages} stages, "
                    "stage_blocks has one number a stage"
                )
        if self.stem_kernel % 2 == 0:
            raise InputError(f"posec3d: stem_kernel is odd, not {self.stem_kernel}")
        if self.maps not in ("joint", "limb"):
            raise InputError(f"posec3d: maps are 'joint' or 'limb', not '{self.maps}'")
        if not 0.0 < self.crop <= 1.0:
            raise InputError(f"posec3d: crop is above 0 and at most 1, not {self.crop}")
        if self.limbs is not None:
            wrong = [limb for limb in self.limbs if not all(0 <= end < joints for end in limb)]
            if wrong or not self.limbs:
                raise InputError(
                    f"posec3d: limbs {wrong[:1] or 'are none'}, joints go from 0 to {joints - 1}"
                )


class PoseC3D(nn.Module):
    """Clips ``[N, M, T, V, C]`` -> logits ``[N, classes]``, for any number of persons and frames.

    Args:
        config: the sizes.
        adjacency: ``[K, V, V]``; it gives the number of joints, and the limbs where they are drawn.

    Raises:
        InputError: sizes that do not fit each other or the skeleton.
    """

    def __init__(self, config: PoseC3DConfig, adjacency: NDArray[Any]) -> None:
        super().__init__()
        self.config = config
        self.joints = adjacency.shape[-1]
        config.check(self.joints)
        self.limbs: tuple[tuple[int, int], ...] | None = None
        if config.maps == "limb":
            self.limbs = config.limbs or tuple(limbs_of(torch.as_tensor(adjacency)))
        channels = self.joints if self.limbs is None else len(self.limbs)
        self.backbone = ResNet3D(config, channels)
        self.cls_head = Head(self.backbone.out_channels, config.classes, config.dropout)

    def heat_maps(self, clips: Tensor) -> Tensor:
        """``[N, M, T, V, C]`` -> ``[N, V or limbs, T, H, W]``; in training each clip's maps show a
        window drawn by torch's generator.

        Raises:
            InputError: clips of another shape.
        """
        if clips.ndim != 5 or clips.shape[3] != self.joints:
            raise InputError(
                f"clips have shape {tuple(clips.shape)}, the network takes "
                f"[N, M, T, {self.joints}, 3]"
            )
        config = self.config
        crops = None
        if self.training and config.crop < 1.0:
            crops = random_crops(len(clips), config.crop, clips.device)
        return project(
            clips,
            config.size if self.training else config.test_size,
            axes=config.axes,
            sigma=config.sigma,
            padding=config.padding,
            limbs=self.limbs,
            crops=crops,
        )

    def features(self, clips: Tensor) -> Tensor:
        """Pooled features ``[N, D]``, the mean over frames and the map.

        Raises:
            InputError: clips of another shape.
        """
        volume: Tensor = self.backbone(self.heat_maps(clips))
        return volume.mean(dim=(2, 3, 4))

    def classify(self, features: Tensor) -> Tensor:
        """Features ``[N, D]`` -> logits ``[N, classes]``."""
        logits: Tensor = self.cls_head(features)
        return logits

    def forward(self, clips: Tensor) -> Tensor:
        """Logits ``[N, classes]``."""
        return self.classify(self.features(clips))


class ResNet3D(nn.Module):
    """Stem, then stages of bottleneck blocks; time is touched late and lightly."""

    def __init__(self, config: PoseC3DConfig, channels: int) -> None:
        super().__init__()
        width = config.base_channels
        stem = (1, config.stem_kernel, config.stem_kernel)
        self.conv1 = Unit(channels, width, stem, (1, config.stem_stride, config.stem_stride))
        # PYSKL's pooling with a stride of one.
        self.maxpool = nn.MaxPool3d((1, 3, 3), 1, (0, 1, 1))
        self.stages = len(config.stage_blocks)
        wide = width
        for stage, blocks in enumerate(config.stage_blocks):
            inner = width * 2**stage
            strides = (config.temporal_strides[stage], config.spatial_strides[stage])
            frames = 3 if config.inflate[stage] else 1
            first = Bottleneck(wide, inner, strides, frames)
            wide = inner * EXPANSION
            rest = [Bottleneck(wide, inner, (1, 1), frames) for _ in range(blocks - 1)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(first, *rest))
        self.out_channels = wide
        _initialise(self)

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, T, H, W]`` -> ``[N, D, T', H', W']``."""
        volume: Tensor = self.maxpool(self.conv1(maps))
        for stage in range(self.stages):
            volume = self.get_submodule(f"layer{stage + 1}")(volume)
        return volume


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 pixels with the way past them (He et al. 2016); of ``frames`` 3, the
    first convolution looks at three frames. The strides are (frames, pixels)."""

    def __init__(self, channels: int, inner: int, strides: tuple[int, int], frames: int) -> None:
        super().__init__()
        stride = (strides[0], strides[1], strides[1])
        wide = inner * EXPANSION
        self.conv1 = Unit(channels, inner, (frames, 1, 1))
        self.conv2 = Unit(inner, inner, (1, 3, 3), stride)
        self.conv3 = Unit(inner, wide, (1, 1, 1), activate=False)
        self.downsample: Unit | None = None
        if channels != wide or strides != (1, 1):
            self.downsample = Unit(channels, wide, (1, 1, 1), stride, activate=False)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, volume: Tensor) -> Tensor:
        """``[N, C, T, H, W]`` -> ``[N, C', T', H', W']``."""
        change: Tensor = self.conv3(self.conv2(self.conv1(volume)))
        past = volume if self.downsample is None else self.downsample(volume)
        mixed: Tensor = self.relu(change + past)
        return mixed


class Unit(nn.Module):
    """Convolution without bias that keeps the size but for its stride, batch norm, ReLU."""

    def __init__(
        self,
        channels: int,
        out_channels: int,
        kernel: tuple[int, int, int],
        stride: tuple[int, int, int] = (1, 1, 1),
        activate: bool = True,
    ) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
        self.conv = nn.Conv3d(channels, out_channels, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm3d(out_channels)
        self.activate: nn.Module = nn.ReLU(inplace=True) if activate else nn.Identity()

    def forward(self, volume: Tensor) -> Tensor:
        """``[N, C, T, H, W]`` -> ``[N, C', T', H', W']``."""
        passed: Tensor = self.activate(self.bn(self.conv(volume)))
        return passed


def _initialise(network: nn.Module) -> None:
    """Convolutions as He et al. 2015 for the outputs; every block starts as its way past."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv3d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(layer, Bottleneck):
            nn.init.zeros_(layer.conv3.bn.weight)
