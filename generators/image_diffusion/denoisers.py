"""Networks that look at a noisy skeleton image, its timestep and its label.

Both return what the scheduler calls the model output, of the image's shape.
"""

from __future__ import annotations

import torch
from diffusers import UNet2DModel
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from torch import Tensor, nn
from torch.nn import functional as F

from generators.image_diffusion.parameters import DiffusionParameters

TIME_CHANNELS = 128

FRAMES_PER_TOKEN = 2
"""Image columns in one token of the transformer."""


def build_denoiser(parameters: DiffusionParameters, classes: int) -> nn.Module:
    """The network of ``parameters.denoiser``; label ``classes`` stands for "no label"."""
    if parameters.denoiser == "unet":
        return UNetDenoiser(parameters, classes)
    return TransformerDenoiser(parameters, classes)


class UNetDenoiser(nn.Module):
    """diffusers' ``UNet2DModel`` (Ho et al. 2020), conditioned on the label."""

    def __init__(self, parameters: DiffusionParameters, classes: int) -> None:
        super().__init__()
        channels = parameters.channels
        kinds = ["", *(["Attn"] * (len(channels) - 1) if parameters.attention else [""] * 9)]
        kinds = kinds[: len(channels)]
        self.unet = UNet2DModel(
            sample_size=parameters.image_size,
            in_channels=3,
            out_channels=3,
            block_out_channels=channels,
            layers_per_block=2 if parameters.attention else 1,
            down_block_types=tuple(f"{kind}DownBlock2D" for kind in kinds),
            up_block_types=tuple(f"{kind}UpBlock2D" for kind in reversed(kinds)),
            add_attention=parameters.attention,
            attention_head_dim=16,
            norm_num_groups=8,
            dropout=parameters.dropout,
            num_class_embeds=classes + 1,
        )

    def forward(self, images: Tensor, timesteps: Tensor, labels: Tensor) -> Tensor:
        """Images ``[N, 3, H, W]``, timesteps ``[N]``, labels ``[N]`` -> ``[N, 3, H, W]``."""
        output: Tensor = self.unet(images, timesteps, class_labels=labels).sample
        return output


class TokenTransformer(nn.Module):
    """A transformer over time: a token holds all joints of two neighbouring frames.

    What it is conditioned on enters every layer as scale, shift and gate of its norms, with gates
    that start at zero (adaLN-Zero, Peebles and Xie 2023, section 3.2). A subclass makes its
    embeddings between :meth:`_open` and :meth:`_close`: initial weights are drawn in that order.
    """

    def _open(self, size: int, width: int, channels: int = 3) -> None:
        """What reads images of ``size`` rows and columns, and their timesteps."""
        self.to_token = nn.Linear(channels * size * FRAMES_PER_TOKEN, width)
        self.position = nn.Parameter(torch.randn(size // FRAMES_PER_TOKEN, width) * 0.02)
        self.time = Timesteps(TIME_CHANNELS, flip_sin_to_cos=True, downscale_freq_shift=0)
        self.embed_time = TimestepEmbedding(TIME_CHANNELS, width)

    def _close(self, size: int, width: int, layers: int, heads: int, dropout: float) -> None:
        """The layers, and what writes images."""
        self.layers = nn.ModuleList(ConditionedLayer(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulate = nn.Linear(width, 2 * width)
        self.to_output = nn.Linear(width, 3 * size * FRAMES_PER_TOKEN)
        nn.init.zeros_(self.to_output.weight)
        nn.init.zeros_(self.to_output.bias)

    def _through(self, images: Tensor, condition: Tensor) -> Tensor:
        """Images ``[N, channels, H, W]`` and conditions ``[N, width]`` -> ``[N, 3, H, W]``."""
        count, channels, rows, columns = images.shape
        split = images.reshape(count, channels, rows, -1, FRAMES_PER_TOKEN)
        tokens = self.to_token(split.permute(0, 3, 1, 2, 4).flatten(2)) + self.position
        condition = F.silu(condition)
        for layer in self.layers:
            tokens = layer(tokens, condition)
        scale, shift = self.modulate(condition)[:, None].chunk(2, dim=-1)
        output = self.to_output(self.norm(tokens) * (1 + scale) + shift)
        split = output.reshape(count, -1, 3, rows, FRAMES_PER_TOKEN).permute(0, 2, 3, 1, 4)
        image: Tensor = split.reshape(count, 3, rows, columns)
        return image


class TransformerDenoiser(TokenTransformer):
    """Conditioned on timestep and label."""

    def __init__(self, parameters: DiffusionParameters, classes: int) -> None:
        super().__init__()
        told, size, width = parameters, parameters.image_size, parameters.width
        self._open(size, width)
        self.embed_label = nn.Embedding(classes + 1, width)
        self._close(size, width, told.layers, told.heads, told.dropout)

    def forward(self, images: Tensor, timesteps: Tensor, labels: Tensor) -> Tensor:
        """Images ``[N, 3, H, W]``, timesteps ``[N]``, labels ``[N]`` -> ``[N, 3, H, W]``."""
        condition = self.embed_time(self.time(timesteps)) + self.embed_label(labels)
        return self._through(images, condition)


class ConditionedLayer(nn.Module):
    """Self-attention and MLP, each modulated and gated by the condition."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(width, elementwise_affine=False)
        self.attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.norm_mlp = nn.LayerNorm(width, elementwise_affine=False)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width),
            nn.GELU(approximate="tanh"),
            nn.Dropout(dropout),
            nn.Linear(4 * width, width),
        )
        self.modulate = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulate.weight)
        nn.init.zeros_(self.modulate.bias)

    def forward(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """Tokens ``[N, L, width]`` and condition ``[N, width]`` -> tokens."""
        scale, shift, gate, mlp_scale, mlp_shift, mlp_gate = self.modulate(condition)[
            :, None
        ].chunk(6, dim=-1)
        here = self.norm_attention(tokens) * (1 + scale) + shift
        tokens = tokens + gate * self.attention(here, here, here, need_weights=False)[0]
        here = self.norm_mlp(tokens) * (1 + mlp_scale) + mlp_shift
        mixed: Tensor = tokens + mlp_gate * self.mlp(here)
        return mixed
