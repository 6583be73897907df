"""What tells real poses and sequences from made ones, the losses of both sides, and their game."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.2
"""Of leaky ReLUs."""

G = TypeVar("G", bound=nn.Module)
C = TypeVar("C", bound=nn.Module)


class Game(nn.Module, Generic[G, C]):
    """A generator against its critic: one module whose two parts move in turn."""

    generator: G
    critic: C

    def __init__(self, generator: G, critic: C) -> None:
        super().__init__()
        self.generator = generator
        self.critic = critic


class PoseDiscriminator(nn.Module):
    """Single poses ``[B, D]`` to a score ``[B]``, with knowledge of the class if there is any."""

    def __init__(self, size: int, hidden: int, classes: int = 0) -> None:
        super().__init__()
        self.classes = classes
        self.layers = nn.Sequential(
            nn.Linear(size + classes, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, 1),
        )

    def forward(self, poses: Tensor, labels: Tensor | None = None) -> Tensor:
        """Scores ``[B]`` of poses, of these labels ``[B]`` where it was made for classes."""
        if labels is not None:
            kind = functional.one_hot(labels, self.classes).to(poses)
            poses = torch.cat([poses, kind], dim=-1)
        scores: Tensor = self.layers(poses)[:, 0]
        return scores


class SequenceDiscriminator(nn.Module):
    """Sequences ``[B, T, D]`` to a score ``[B]`` and a value for each class ``[B, C]``.

    Temporal convolutions over poses and their changes, each layer at half the rate, as MoCoGAN's
    video discriminator has convolutions over space and time.
    """

    def __init__(self, size: int, frames: int, channels: int, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs, left = 2 * size, frames
        for width in (channels, channels, 2 * channels):
            layers += [nn.Conv1d(inputs, width, 5, stride=2, padding=2), nn.LeakyReLU(SLOPE)]
            inputs, left = width, (left + 1) // 2
        self.layers = nn.Sequential(*layers, nn.Flatten())
        self.score = nn.Linear(inputs * left, 1)
        self.kind = nn.Linear(inputs * left, classes)

    def forward(self, poses: Tensor) -> tuple[Tensor, Tensor]:
        """Score and class values."""
        change = functional.pad(poses[:, 1:] - poses[:, :-1], (0, 0, 1, 0))
        features = self.layers(torch.cat([poses, change], dim=-1).transpose(1, 2))
        return self.score(features)[:, 0], self.kind(features)

    def of_class(self, poses: Tensor, labels: Tensor) -> Tensor:
        """Scores ``[B]`` of sequences as examples of labels ``[B]``: the score plus the value of
        the class, a projection discriminator (Miyato and Koyama 2018)."""
        score, kinds = self(poses)
        together: Tensor = score + kinds.gather(1, labels[:, None])[:, 0]
        return together


def real_loss(scores: Tensor) -> Tensor:
    """Cross entropy of scores ``[B]`` that should say "real" (Goodfellow et al. 2014)."""
    return functional.softplus(-scores).mean()


def made_loss(scores: Tensor) -> Tensor:
    """Cross entropy of scores ``[B]`` that should say "made"."""
    return functional.softplus(scores).mean()


def critic_loss(
    critic: Callable[[Tensor], Tensor], real: Tensor, made: Tensor, penalty: float
) -> Tensor:
    """Wasserstein loss of a critic with gradient penalty (Gulrajani et al. 2017, algorithm 1).

    Args:
        critic: examples ``[B, ...]`` to scores ``[B]``.
        real: examples from the data; ``made``, of equal shape, from the generator.
    """
    both = critic(torch.cat([real, made]))
    count = len(real)
    loss = both[count:].mean() - both[:count].mean()
    return loss + penalty * gradient_penalty(critic, real, made)


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, made: Tensor) -> Tensor:
    """Mean square distance from 1 of the gradient's norm between real and made examples."""
    shape = (len(real), *[1] * (real.ndim - 1))
    share = torch.rand(shape, device=real.device)
    length = _slope(critic, share * real + (1 - share) * made).norm(dim=1)
    penalty: Tensor = (length - 1.0).square().mean()
    return penalty


def real_penalty(critic: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """Mean square norm of the gradient at real examples: R1 of Mescheder et al. 2018, halved."""
    length: Tensor = _slope(critic, real).norm(dim=1)
    return 0.5 * length.square().mean()


def _slope(critic: Callable[[Tensor], Tensor], examples: Tensor) -> Tensor:
    """Gradient ``[B, all else]`` of the scores of examples ``[B, ...]``."""
    examples = examples.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(examples).sum(), examples, create_graph=True)
    slope: Tensor = gradient.flatten(1)
    return slope
