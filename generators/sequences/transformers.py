"""Pieces of the transformers over pose sequences: token positions, timesteps, layer stacks."""

from __future__ import annotations

import torch
from diffusers.models.embeddings import TimestepEmbedding, Timesteps, get_timestep_embedding
from torch import Tensor, nn


class Positions(nn.Module):
    """Adds sinusoidal positions (Vaswani et al. 2017, section 3.5) to tokens ``[N, L, width]``."""

    table: Tensor

    def __init__(self, length: int, width: int, dropout: float) -> None:
        super().__init__()
        table = get_timestep_embedding(torch.arange(length), width)
        self.register_buffer("table", table, persistent=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens ``[N, L, width]`` with the positions 0 to L - 1 added."""
        placed: Tensor = self.dropout(tokens + self.table[: tokens.shape[1]])
        return placed


class TimestepToken(nn.Module):
    """A diffusion timestep ``[N]`` as a vector ``[N, width]``."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.wave = Timesteps(width, flip_sin_to_cos=True, downscale_freq_shift=0)
        self.embed = TimestepEmbedding(width, width)

    def forward(self, timesteps: Tensor) -> Tensor:
        """Timesteps ``[N]`` -> ``[N, width]``."""
        token: Tensor = self.embed(self.wave(timesteps))
        return token


def encoder_stack(
    width: int,
    layers: int,
    heads: int,
    feedforward: int,
    dropout: float,
    *,
    norm_first: bool = False,
) -> nn.TransformerEncoder:
    """Self-attention layers, batch first, with GELU and norms after the residual sums; or, with
    ``norm_first``, before the layers and at the end (Xiong et al. 2020, arXiv 2002.04745)."""
    layer = nn.TransformerEncoderLayer(
        width,
        heads,
        feedforward,
        dropout,
        activation="gelu",
        batch_first=True,
        norm_first=norm_first,
    )
    last = nn.LayerNorm(width) if norm_first else None
    return nn.TransformerEncoder(layer, layers, last, enable_nested_tensor=False)


def decoder_stack(
    width: int, layers: int, heads: int, feedforward: int, dropout: float
) -> nn.TransformerDecoder:
    """Self- and cross-attention layers, batch first, with GELU and norms after the sums."""
    layer = nn.TransformerDecoderLayer(
        width, heads, feedforward, dropout, activation="gelu", batch_first=True
    )
    return nn.TransformerDecoder(layer, layers)
