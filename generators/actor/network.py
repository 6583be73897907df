"""The networks of ``actor`` (Petrovich et al. 2021, figure 2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from generators.actor.parameters import ActorParameters
from generators.sequences.transformers import Positions, decoder_stack, encoder_stack

FIRST_LOG_VARIANCE = -4.0
"""The encoder's last norm starts the log variance at 0, so that the noise hides the clip and the
decoder long learns nothing from it; this offset, which a bias can undo, lets it begin with."""


class ActorNetwork(nn.Module):
    """Encoder and decoder of the VAE, and where the latent vectors of each class lie.

    Attributes:
        latent_mean: mean of the latent vectors of a class's training clips, ``[classes, width]``;
            the prior's until :meth:`fit_latents`.
        latent_spread: their standard deviation, likewise.
    """

    latent_mean: Tensor
    latent_spread: Tensor

    def __init__(self, parameters: ActorParameters, size: int, classes: int) -> None:
        super().__init__()
        self.encoder = MotionEncoder(parameters, size, classes)
        self.decoder = MotionDecoder(parameters, size, classes)
        self.register_buffer("latent_mean", torch.zeros(classes, parameters.width))
        self.register_buffer("latent_spread", torch.ones(classes, parameters.width))

    @torch.no_grad()
    def fit_latents(self, poses: Tensor, labels: Tensor, inside: Tensor) -> None:
        """Fit a normal distribution to the latent vectors of each class that ``labels`` holds."""
        mean, log_variance = self.encoder(poses, labels, inside)
        for label in range(len(self.latent_mean)):
            here = labels == label
            if not bool(here.any()):
                continue
            self.latent_mean[label] = mean[here].mean(dim=0)
            between = mean[here].var(dim=0, unbiased=False)
            self.latent_spread[label] = (between + log_variance[here].exp().mean(dim=0)).sqrt()

    def forward(self, poses: Tensor, labels: Tensor, inside: Tensor) -> tuple[Tensor, ...]:
        """Poses ``[N, T, D]``, labels ``[N]``, which steps are the clip's ``[N, T]`` -> the
        decoded poses, mean and log variance of the latent vectors ``[N, width]``."""
        mean, log_variance = self.encoder(poses, labels, inside)
        latent = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        return self.decoder(latent, labels, inside), mean, log_variance


class MotionEncoder(nn.Module):
    """Two tokens of the class come before the poses; what becomes of them is mean and variance."""

    def __init__(self, parameters: ActorParameters, size: int, classes: int) -> None:
        super().__init__()
        width = parameters.width
        self.mean_token = nn.Parameter(torch.randn(classes, width))
        self.variance_token = nn.Parameter(torch.randn(classes, width))
        self.to_token = nn.Linear(size, width)
        self.positions = Positions(parameters.frames + 2, width, parameters.dropout)
        self.layers = encoder_stack(
            width, parameters.layers, parameters.heads, parameters.feedforward, parameters.dropout
        )

    def forward(self, poses: Tensor, labels: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
        """-> mean and log variance ``[N, width]``."""
        first = torch.stack([self.mean_token[labels], self.variance_token[labels]], dim=1)
        tokens = self.positions(torch.cat([first, self.to_token(poses)], dim=1))
        outside = torch.cat([torch.zeros_like(inside[:, :2]), ~inside], dim=1)
        encoded = self.layers(tokens, src_key_padding_mask=outside)
        return encoded[:, 0], encoded[:, 1] + FIRST_LOG_VARIANCE


class MotionDecoder(nn.Module):
    """Queries are the positions of as many steps as are asked for; they attend to the latent
    vector, moved by what its class has learnt."""

    def __init__(self, parameters: ActorParameters, size: int, classes: int) -> None:
        super().__init__()
        width = parameters.width
        self.class_bias = nn.Parameter(torch.randn(classes, width))
        self.positions = Positions(parameters.frames, width, parameters.dropout)
        self.layers = decoder_stack(
            width, parameters.layers, parameters.heads, parameters.feedforward, parameters.dropout
        )
        self.to_pose = nn.Linear(width, size)

    def forward(self, latent: Tensor, labels: Tensor, inside: Tensor) -> Tensor:
        """Latent vectors ``[N, width]``, labels ``[N]``, steps asked for ``[N, T]`` -> poses
        ``[N, T, D]``."""
        memory = (latent + self.class_bias[labels])[:, None]
        queries = self.positions(memory.new_zeros(*inside.shape, memory.shape[-1]))
        poses: Tensor = self.to_pose(self.layers(queries, memory, tgt_key_padding_mask=~inside))
        return poses
