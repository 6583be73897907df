"""``actor``: the action-conditioned transformer VAE of Petrovich, Black and Varol 2021 (ICCV).

Clips keep their pace: a step is a fixed number of frames and a sample has as many steps as the
length that is drawn for it.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from generators.actor.network import ActorNetwork
from generators.actor.parameters import ActorParameters
from generators.sequence_diffusion import body_size
from generators.sequences import SequenceGenerator, Sequences
from recognizers.training import BatchLoss


class Actor(SequenceGenerator):
    """See the module's docstring; parameters are those of :class:`ActorParameters`."""

    parameters_type: ClassVar[type[ActorParameters]] = ActorParameters
    length = "variable"
    parameters: ActorParameters
    network: ActorNetwork

    def build_network(self) -> nn.Module:
        """The untrained network."""
        return ActorNetwork(self.parameters, self.codec.size, len(self.classes))

    def loss(self, data: Sequences, seed: int) -> BatchLoss:
        """Poses, joint positions and KL divergence (equation 1 of the paper)."""
        unit = body_size(self.codec)

        def batch_loss(model: nn.Module, step: int) -> Tensor:
            poses, steps, labels = data.batch(step)
            inside = within(steps, poses.shape[1])
            decoded, mean, log_variance = model(poses, labels, inside)
            total = (decoded - poses)[inside].square().mean()
            away = (self.codec.joints(decoded) - self.codec.joints(poses))[inside] / unit
            total = total + self.parameters.position_weight * away.square().mean()
            kl = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum()
            loss: Tensor = total + self.parameters.kl_weight * kl
            return loss

        return batch_loss

    def draw(self, labels: Tensor, steps: Tensor) -> Tensor:
        """The decoder on latent vectors from the prior."""
        latent = torch.randn(len(labels), self.parameters.width).to(labels.device)
        poses: Tensor = self.network.decoder(latent, labels, within(steps, self.codec.frames))
        return poses


def within(steps: Tensor, frames: int) -> Tensor:
    """Which of ``frames`` steps belong to sequences of ``steps [N]``: booleans ``[N, frames]``."""
    return torch.arange(frames, device=steps.device) < steps[:, None]
