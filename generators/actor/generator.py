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
from generators.sequences.generator import SequenceGenerator, Sequences
from recognizers.training import BatchLoss, TrainingRun
from recognizers.transfer import to_device


class Actor(SequenceGenerator):
    """See the module's docstring; parameters are those of :class:`ActorParameters`."""

    parameters_type: ClassVar[type[ActorParameters]] = ActorParameters
    by_rows = True
    length = "variable"
    parameters: ActorParameters
    network: ActorNetwork

    def build_network(self) -> nn.Module:
        """The untrained network."""
        return ActorNetwork(self.parameters, self.codec.size, len(self.classes))

    def loss(self, data: Sequences, seed: int) -> BatchLoss:
        """Poses, joint positions and KL divergence (equation 1 of the paper)."""

        def batch_loss(model: nn.Module, step: int) -> Tensor:
            poses, steps, labels = data.batch(step)
            inside = within(steps, poses.shape[1])
            decoded, mean, log_variance = model(poses, labels, inside)
            away = (decoded - poses).flatten(0, 1)[data.own_steps(step)]
            positions = self.codec.positions(away).square().mean()
            total = away.square().mean() + self.parameters.position_weight * positions
            kl = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum()
            loss: Tensor = total + self.parameters.kl_weight * kl
            return loss

        return batch_loss

    def train(self, data: Sequences, seed: int, run: TrainingRun) -> nn.Module:
        """Train the VAE, then note where the latent vectors of each class lie."""
        network = super().train(data, seed, run)
        if isinstance(network, ActorNetwork) and self.parameters.latents == "fitted":
            inside = within(data.steps, data.values.shape[1])
            network.fit_latents(data.values, data.labels, inside)
        return network

    def draw(self, labels: Tensor, steps: Tensor) -> Tensor:
        """The decoder on latent vectors from the prior, or from the class's own distribution."""
        noise = to_device(torch.randn(len(labels), self.parameters.width), labels.device)
        latent = self.network.latent_mean[labels] + noise * self.network.latent_spread[labels]
        poses: Tensor = self.network.decoder(latent, labels, within(steps, self.codec.frames))
        return poses


def within(steps: Tensor, frames: int) -> Tensor:
    """Which of ``frames`` steps belong to sequences of ``steps [N]``: booleans ``[N, frames]``."""
    return torch.arange(frames, device=steps.device) < steps[:, None]
