"""The networks of ``transformer_diffusion``: a condition encoder, and three readers of the clip."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from generators.sequences.transformers import Positions, TimestepToken, decoder_stack, encoder_stack
from generators.transformer_diffusion.parameters import TransformerDiffusionParameters


class ConditionedDenoiser(nn.Module):
    """Noisy clip and condition -> clean clip; its head says which class a clip is of."""

    def __init__(self, parameters: TransformerDiffusionParameters, size: int, classes: int) -> None:
        super().__init__()
        self.condition = ConditionEncoder(parameters, size, classes)
        self.reader = READERS[parameters.denoiser](parameters, size)
        self.head = ClipHead(parameters.width, size, classes)

    def forward(
        self, noisy: Tensor, timesteps: Tensor, labels: Tensor, context: Tensor | None
    ) -> Tensor:
        """Poses ``[N, T, D]``, timesteps ``[N]``, labels ``[N]``, clean context poses
        ``[N, T, D]`` or None -> clean poses ``[N, T, D]``."""
        clean: Tensor = self.reader(noisy, self.condition(timesteps, labels, context))
        return clean


class ConditionEncoder(nn.Module):
    """Self-attention over one token for the label, one for the timestep and, where there is a
    context clip, one for each of its poses."""

    def __init__(self, parameters: TransformerDiffusionParameters, size: int, classes: int) -> None:
        super().__init__()
        width = parameters.width
        self.embed_label = nn.Embedding(classes, width)
        self.embed_time = TimestepToken(width)
        self.to_token = nn.Linear(size, width) if parameters.context == "clip" else None
        self.positions = Positions(parameters.frames + 2, width, parameters.dropout)
        self.layers = encoder_stack(
            width,
            parameters.encoder_layers,
            parameters.heads,
            parameters.feedforward,
            parameters.dropout,
            norm_first=parameters.encoder_norms == "before",
        )

    def forward(self, timesteps: Tensor, labels: Tensor, context: Tensor | None) -> Tensor:
        """-> ``[N, 2, width]``, or ``[N, T + 2, width]`` with a context clip."""
        tokens = [self.embed_label(labels)[:, None], self.embed_time(timesteps)[:, None]]
        if self.to_token is not None and context is not None:
            tokens.append(self.to_token(context))
        encoded: Tensor = self.layers(self.positions(torch.cat(tokens, dim=1)))
        return encoded


class TransformerReader(nn.Module):
    """A transformer decoder: the clip's tokens attend to each other and to the condition."""

    def __init__(self, parameters: TransformerDiffusionParameters, size: int) -> None:
        super().__init__()
        width = parameters.width
        self.to_token = nn.Linear(size, width)
        self.positions = Positions(parameters.frames, width, parameters.dropout)
        self.layers = decoder_stack(
            width,
            parameters.decoder_layers,
            parameters.heads,
            parameters.feedforward,
            parameters.dropout,
        )
        self.to_pose = nn.Linear(width, size)

    def forward(self, noisy: Tensor, condition: Tensor) -> Tensor:
        """``[N, T, D]`` and ``[N, K, width]`` -> ``[N, T, D]``."""
        tokens = self.layers(self.positions(self.to_token(noisy)), condition)
        clean: Tensor = self.to_pose(tokens)
        return clean


class LSTMReader(nn.Module):
    """A bidirectional LSTM; the mean condition token stands beside every pose."""

    def __init__(self, parameters: TransformerDiffusionParameters, size: int) -> None:
        super().__init__()
        width, layers = parameters.width, parameters.decoder_layers
        self.lstm = nn.LSTM(
            size + width,
            width,
            layers,
            batch_first=True,
            bidirectional=True,
            dropout=parameters.dropout if layers > 1 else 0.0,
        )
        self.to_pose = nn.Linear(2 * width, size)

    def forward(self, noisy: Tensor, condition: Tensor) -> Tensor:
        """``[N, T, D]`` and ``[N, K, width]`` -> ``[N, T, D]``."""
        beside = condition.mean(dim=1, keepdim=True).expand(-1, noisy.shape[1], -1)
        clean: Tensor = self.to_pose(self.lstm(torch.cat([noisy, beside], dim=-1))[0])
        return clean


class MLPReader(nn.Module):
    """Residual layers over the whole clip as one vector; the mean condition enters each."""

    def __init__(self, parameters: TransformerDiffusionParameters, size: int) -> None:
        super().__init__()
        width = 4 * parameters.width
        self.to_hidden = nn.Linear(parameters.frames * size, width)
        self.conditions = nn.ModuleList(
            nn.Linear(parameters.width, width) for _ in range(parameters.decoder_layers)
        )
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(width),
                nn.Linear(width, width),
                nn.GELU(),
                nn.Dropout(parameters.dropout),
                nn.Linear(width, width),
            )
            for _ in range(parameters.decoder_layers)
        )
        self.to_clip = nn.Linear(width, parameters.frames * size)

    def forward(self, noisy: Tensor, condition: Tensor) -> Tensor:
        """``[N, T, D]`` and ``[N, K, width]`` -> ``[N, T, D]``."""
        beside = condition.mean(dim=1)
        hidden = self.to_hidden(noisy.flatten(1))
        for enter, layer in zip(self.conditions, self.layers, strict=True):
            hidden = hidden + layer(hidden + enter(beside))
        clean: Tensor = self.to_clip(hidden).reshape(noisy.shape)
        return clean


class ClipHead(nn.Module):
    """The auxiliary classifier: two layers on the clip's mean pose and its spread over time."""

    def __init__(self, width: int, size: int, classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2 * size, width), nn.GELU(), nn.Linear(width, classes)
        )

    def forward(self, clips: Tensor) -> Tensor:
        """Poses ``[N, T, D]`` -> logits ``[N, classes]``."""
        spread = (clips.var(dim=1, unbiased=False) + 1e-6).sqrt()
        logits: Tensor = self.layers(torch.cat([clips.mean(dim=1), spread], dim=-1))
        return logits


READERS: dict[str, type[nn.Module]] = {
    "transformer": TransformerReader,
    "lstm": LSTMReader,
    "mlp": MLPReader,
}
