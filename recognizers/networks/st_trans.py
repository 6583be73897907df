"""ST-Trans: a spatial-temporal transformer on skeleton images, after MobileViT.

The paper that guides a DDPM with it (Jiang et al. 2023, arXiv 2302.13434, section 4.2) says that
it is based on MobileViT (Mehta and Rastegari 2022) and no more, so sizes here are ours: two
stages, 12x12 and 6x6 at an image of 24x24, about a million parameters. In each transformer layer
joints of one frame attend to each other, then frames of one joint.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class STTransConfig:
    """Sizes of ST-Trans; the defaults have about a million parameters.

    Attributes:
        channels: of the stem and of the two stages.
        widths: of the transformers of the two stages.
        layers: transformer layers of the two stages.
        features: size D of the feature vector that metrics see.
        frame_stride: columns that the stem moves on at a time: 2 halves the map of a long clip, and
            every frame still lies under a kernel.
    """

    classes: int
    channels: tuple[int, int, int] = (24, 40, 80)
    widths: tuple[int, int] = (64, 128)
    layers: tuple[int, int] = (2, 3)
    heads: int = 4
    features: int = 64
    dropout: float = 0.1
    frame_stride: int = 1


class STTrans(nn.Module):
    """Skeleton images ``[N, 3, H, W]`` -> logits ``[N, classes]``; differentiable to the input."""

    def __init__(self, config: STTransConfig) -> None:
        super().__init__()
        stem, first, second = config.channels
        self.config = config
        self.stem = nn.Sequential(
            nn.Conv2d(3, stem, 3, stride=(1, config.frame_stride), padding=1, bias=False),
            nn.BatchNorm2d(stem),
            nn.SiLU(),
        )
        self.stages = nn.Sequential(
            InvertedResidual(stem, first, stride=2),
            SpatialTemporalBlock(
                first, config.widths[0], config.layers[0], config.heads, config.dropout
            ),
            InvertedResidual(first, second, stride=2),
            SpatialTemporalBlock(
                second, config.widths[1], config.layers[1], config.heads, config.dropout
            ),
        )
        self.to_features = nn.Sequential(nn.Linear(2 * second, config.features), nn.SiLU())
        self.dropout = nn.Dropout(config.dropout)
        self.classify = nn.Linear(config.features, config.classes)

    def features(self, images: Tensor) -> Tensor:
        """Feature vectors ``[N, D]`` of images ``[N, 3, H, W]``: mean and maximum over the map."""
        maps = self.stages(self.stem(images))
        pooled = torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)
        vectors: Tensor = self.to_features(pooled)
        return vectors

    def forward(self, images: Tensor) -> Tensor:
        """Logits ``[N, classes]``."""
        logits: Tensor = self.classify(self.dropout(self.features(images)))
        return logits


class InvertedResidual(nn.Module):
    """MobileNetV2's block (Sandler et al. 2018): widen, depthwise 3x3, narrow."""

    def __init__(self, channels: int, out_channels: int, stride: int, widen: int = 2) -> None:
        super().__init__()
        hidden = channels * widen
        self.residual = stride == 1 and channels == out_channels
        self.layers = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.SiLU(),
            nn.Conv2d(hidden, hidden, 3, stride, padding=1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.SiLU(),
            nn.Conv2d(hidden, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, H, W]`` -> ``[N, C', H / stride, W / stride]``."""
        change: Tensor = self.layers(maps)
        return maps + change if self.residual else change


class SpatialTemporalBlock(nn.Module):
    """MobileViT's block: local convolution, transformer over the map, fusion with the input."""

    def __init__(self, channels: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.local = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.SiLU(),
            nn.Conv2d(channels, width, 1, bias=False),
        )
        self.transformer = nn.ModuleList(
            SpatialTemporalLayer(width, heads, dropout) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.project = nn.Sequential(
            nn.Conv2d(width, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.SiLU()
        )
        self.fuse = nn.Sequential(
            nn.Conv2d(2 * channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.SiLU(),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """``[N, C, H, W]`` -> the same shape."""
        tokens = self.local(maps).permute(0, 2, 3, 1)
        for layer in self.transformer:
            tokens = layer(tokens)
        whole = self.project(self.norm(tokens).permute(0, 3, 1, 2))
        fused: Tensor = self.fuse(torch.cat([maps, whole], dim=1))
        return fused


class SpatialTemporalLayer(nn.Module):
    """Attention among the joints of a frame, then among the frames of a joint, then an MLP."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.spatial = Attention(width, heads)
        self.temporal = Attention(width, heads)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens ``[N, H joints, W frames, width]`` -> the same shape."""
        tokens = tokens + self.spatial(tokens.transpose(1, 2)).transpose(1, 2)
        tokens = tokens + self.temporal(tokens)
        mixed: Tensor = tokens + self.mlp(tokens)
        return mixed


class Attention(nn.Module):
    """Pre-norm multi-head self-attention along the last axis but one."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide width {width}")
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.to_qkv = nn.Linear(width, 3 * width)
        self.to_out = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """``[..., L, width]`` -> the same shape; every row of the leading axes on its own."""
        *lead, length, width = tokens.shape
        split = self.to_qkv(self.norm(tokens)).reshape(
            -1, length, 3, self.heads, width // self.heads
        )
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)
        joined: Tensor = self.to_out(mixed.transpose(1, 2).reshape(*lead, length, width))
        return joined
