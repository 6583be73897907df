"""GRU prior, posterior and decoder of the temporal VAE (Guo et al. 2020, section 3.2)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from generators.action2motion.parameters import TemporalVAEParameters


class Gaussian(NamedTuple):
    """Mean and logarithm of the variance, of equal shape."""

    mean: Tensor
    log_variance: Tensor

    def draw(self) -> Tensor:
        """One sample, differentiable in mean and variance."""
        noise = torch.randn_like(self.mean)
        return self.mean + (0.5 * self.log_variance).exp() * noise

    def divergence(self, other: Gaussian) -> Tensor:
        """KL(self || other), summed over the last axis."""
        ratio = (self.log_variance - other.log_variance).exp()
        away = (self.mean - other.mean).square() / other.log_variance.exp()
        gap = other.log_variance - self.log_variance
        return 0.5 * (gap + ratio + away - 1.0).sum(dim=-1)


class Reader(nn.Module):
    """A linear layer, GRU layers and a linear layer over vectors ``[B, T, inputs]``."""

    def __init__(self, inputs: int, hidden: int, layers: int, outputs: int) -> None:
        super().__init__()
        self.embed = nn.Linear(inputs, hidden)
        self.gru = nn.GRU(hidden, hidden, layers, batch_first=True)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, inputs: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Outputs ``[B, T, outputs]`` and the state after the last step."""
        read, state = self.gru(self.embed(inputs), state)
        return self.output(read), state


class TemporalVAE(nn.Module):
    """A latent vector for each step; the prior sees poses before it, the posterior its own too.

    Inputs of each network are a pose, the class as one-hot vector and the part of the clip that
    has passed; the decoder's a latent vector, too. The first previous pose is zero, the mean pose.
    """

    def __init__(self, parameters: TemporalVAEParameters, size: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        hidden, latent = parameters.hidden, parameters.latent
        seen = size + classes + 1
        self.prior = Reader(seen, hidden, parameters.prior_layers, 2 * latent)
        self.posterior = Reader(seen, hidden, parameters.posterior_layers, 2 * latent)
        self.decoder = Reader(seen + latent, hidden, parameters.decoder_layers, size)

    def forward(
        self, poses: Tensor, labels: Tensor, *, forced: bool
    ) -> tuple[Tensor, Gaussian, Gaussian]:
        """Decoded poses, posterior and prior of real poses ``[B, T, D]`` with labels ``[B]``.

        Args:
            forced: previous poses are real ones; otherwise the decoder's own.
        """
        condition = self._condition(labels, poses.shape[1])
        posterior = _gaussian(self.posterior(torch.cat([poses, condition], dim=-1))[0])
        latent = posterior.draw()
        if forced:
            seen = torch.cat([_before(poses), condition], dim=-1)
            decoded = self.decoder(torch.cat([seen, latent], dim=-1))[0]
        else:
            decoded = self._feed_back(poses.shape[-1], condition, latent)
            seen = torch.cat([_before(decoded), condition], dim=-1)
        return decoded, posterior, _gaussian(self.prior(seen)[0])

    def sample(self, labels: Tensor, frames: int, size: int) -> Tensor:
        """Pose vectors ``[B, frames, size]`` with latent vectors from the prior."""
        condition = self._condition(labels, frames)
        pose = condition.new_zeros(len(labels), 1, size)
        prior_state, state, poses = None, None, []
        for now in torch.split(condition, 1, dim=1):
            seen = torch.cat([pose, now], dim=-1)
            values, prior_state = self.prior(seen, prior_state)
            latent = _gaussian(values).draw()
            pose, state = self.decoder(torch.cat([seen, latent], dim=-1), state)
            poses.append(pose)
        return torch.cat(poses, dim=1)

    def _feed_back(self, size: int, condition: Tensor, latent: Tensor) -> Tensor:
        pose = condition.new_zeros(len(condition), 1, size)
        state, poses = None, []
        for now in torch.split(torch.cat([condition, latent], dim=-1), 1, dim=1):
            pose, state = self.decoder(torch.cat([pose, now], dim=-1), state)
            poses.append(pose)
        return torch.cat(poses, dim=1)

    def _condition(self, labels: Tensor, frames: int) -> Tensor:
        """Class and time ``[B, T, classes + 1]``."""
        kind = nn.functional.one_hot(labels, self.classes).float()
        time = torch.linspace(0, 1, frames, device=kind.device)
        return torch.cat(
            [
                kind[:, None].expand(-1, frames, -1),
                time[None, :, None].expand(len(labels), -1, -1),
            ],
            dim=-1,
        )


def _gaussian(values: Tensor) -> Gaussian:
    return Gaussian(*values.chunk(2, dim=-1))


def _before(poses: Tensor) -> Tensor:
    """Each step's previous pose; zero before the first."""
    return nn.functional.pad(poses[:, :-1], (0, 0, 1, 0))
