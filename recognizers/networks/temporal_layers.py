"""Convolutions over time that several graph networks share; maps are ``[N, C, T, V]``.

Modules carry PYSKL's names (``conv``, ``bn``, ``branches``, ``transform``).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.networks.joined_layers import joined_entries, joined_norm

__all__ = ["TEMPORAL_BRANCHES", "TemporalConvolution", "Unit", "branches_with_norms", "shortcut"]

TEMPORAL_BRANCHES: tuple[tuple[str, int], ...] = (
    ("conv", 1),
    ("conv", 2),
    ("conv", 3),
    ("conv", 4),
    ("max", 1),
    ("1x1", 1),
)
"""Kind and dilation of the parallel temporal branches, each with a kernel of 3 frames."""


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


def branches_with_norms(branches: Sequence[nn.Module], maps: Tensor) -> Tensor:
    """Branches over time side by side: ``[N, C, T, V]`` -> ``[N, C', T / stride, V]``.

    Args:
        branches: narrowed ones, each of a 1x1 convolution, norm, ReLU and then a :class:`Unit` or a
            pool and a norm; and one of a convolution and a norm.
    """
    *narrowed, direct = branches
    over_time: list[Tensor] = []
    norms: list[nn.Module] = []
    for branch, part in zip(narrowed, joined_entries(narrowed, maps), strict=True):
        layer = branch.get_submodule("3")
        over_time.append(layer.conv(part) if isinstance(layer, Unit) else layer(part))
        norms.append(layer.bn if isinstance(layer, Unit) else branch.get_submodule("4"))
    convolution, norm = direct.children()
    return joined_norm([*norms, norm], torch.cat([*over_time, convolution(maps)], dim=1))


def shortcut(channels: int, out_channels: int, stride: int) -> nn.Module:
    """The way past a block: its input, fitted to the output's width and frames if they differ."""
    if channels == out_channels and stride == 1:
        return nn.Identity()
    return Unit(channels, out_channels, kernel=1, stride=stride)


class TemporalConvolution(nn.Module):
    """Six parallel branches over time, joined by a 1x1 convolution (Duan et al. 2022)."""

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
        mixed: Tensor = self.bn(self._transformed(self._joined_branches(maps)))
        return mixed

    def _joined_branches(self, maps: Tensor) -> Tensor:
        *narrowed, direct = self.branches
        parts = joined_entries(narrowed, maps)
        layers = (branch.get_submodule("3") for branch in narrowed)
        over_time = [layer(part) for layer, part in zip(layers, parts, strict=True)]
        return torch.cat([*over_time, direct(maps)], dim=1)

    def _transformed(self, joined: Tensor) -> Tensor:
        norm, _, convolution = self.transform
        mixed: Tensor = convolution(F.relu_(norm(joined)))
        return mixed


def _branch(kind: str, dilation: int, channels: int, width: int, stride: int) -> nn.Module:
    if kind == "1x1":
        return nn.Conv2d(channels, width, 1, stride=(stride, 1))
    narrow = (nn.Conv2d(channels, width, 1), nn.BatchNorm2d(width), nn.ReLU())
    if kind == "max":
        return nn.Sequential(*narrow, nn.MaxPool2d((3, 1), (stride, 1), (1, 0)))
    return nn.Sequential(*narrow, Unit(width, width, 3, stride, dilation, norm=False))
