"""The network of ``mdm``: one token for the condition, one for each pose (Tevet et al. 2023,
figure 2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from generators.mdm.parameters import MDMParameters
from generators.sequences.transformers import Positions, TimestepToken, encoder_stack


class MDMNetwork(nn.Module):
    """Predicts the clean poses from noisy ones, the timestep and, where it is shown, the label."""

    def __init__(self, parameters: MDMParameters, size: int, classes: int) -> None:
        super().__init__()
        width = parameters.width
        self.to_token = nn.Linear(size, width)
        self.embed_label = nn.Parameter(torch.randn(classes, width))
        self.embed_time = TimestepToken(width)
        self.positions = Positions(parameters.frames + 1, width, parameters.dropout)
        self.layers = encoder_stack(
            width, parameters.layers, parameters.heads, parameters.feedforward, parameters.dropout
        )
        self.to_pose = nn.Linear(width, size)

    def forward(self, noisy: Tensor, timesteps: Tensor, labels: Tensor, shown: Tensor) -> Tensor:
        """Poses ``[N, T, D]``, timesteps ``[N]``, labels ``[N]``, and whether each label is shown
        ``[N]`` (0 or 1) -> clean poses ``[N, T, D]``."""
        condition = self.embed_time(timesteps) + shown[:, None] * self.embed_label[labels]
        tokens = torch.cat([condition[:, None], self.to_token(noisy)], dim=1)
        clean: Tensor = self.to_pose(self.layers(self.positions(tokens))[:, 1:])
        return clean
