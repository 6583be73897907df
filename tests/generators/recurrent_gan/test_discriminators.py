from __future__ import annotations

import pytest
import torch
from torch import nn

from generators.recurrent_gan.discriminators import (
    PoseDiscriminator,
    SequenceDiscriminator,
    critic_loss,
    gradient_penalty,
    made_loss,
    real_loss,
    real_penalty,
)


class Linear(nn.Module):
    """A critic whose gradient is known everywhere."""

    def __init__(self, slope):
        super().__init__()
        self.slope = nn.Parameter(slope)

    def forward(self, examples):
        return (examples * self.slope).flatten(1).sum(dim=1)


def test_the_penalty_of_a_linear_critic_is_that_of_its_slope():
    slope = torch.zeros(4, 3)
    slope[0] = torch.tensor([3.0, 0.0, 4.0])
    penalty = gradient_penalty(Linear(slope), torch.randn(5, 4, 3), torch.randn(5, 4, 3))
    assert penalty.item() == pytest.approx((5 - 1) ** 2, rel=1e-5)


def test_the_penalty_moves_the_critic():
    critic = Linear(torch.full((3,), 2.0))
    gradient_penalty(critic, torch.randn(5, 3), torch.randn(5, 3)).backward()
    assert (critic.slope.grad > 0).all()


def test_the_penalty_at_real_examples_is_half_the_squared_slope():
    critic = Linear(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))
    penalty = real_penalty(critic, torch.randn(5, 2, 2))
    assert penalty.item() == pytest.approx(12.5, rel=1e-5)
    penalty.backward()
    assert critic.slope.grad.tolist() == [[3.0, 0.0], [0.0, 4.0]]


def test_a_critic_without_penalty_loses_what_it_scores_made_above_real():
    critic = Linear(torch.ones(2))
    real, made = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert critic_loss(critic, real, made, 0.0).item() == pytest.approx(1.0 - 5.0)


def test_cross_entropy_losses_are_torchs():
    scores = torch.randn(9)
    entropy = nn.functional.binary_cross_entropy_with_logits
    assert torch.allclose(real_loss(scores), entropy(scores, torch.ones(9)))
    assert torch.allclose(made_loss(scores), entropy(scores, torch.zeros(9)))


@pytest.mark.parametrize("frames", [2, 5, 8, 60])
def test_a_sequence_discriminator_sees_every_frame(frames):
    torch.manual_seed(0)
    judge = SequenceDiscriminator(6, frames, 8, 3)
    poses = torch.randn(2, frames, 6, requires_grad=True)
    score, kinds = judge(poses)
    assert (score.shape, kinds.shape) == ((2,), (2, 3))
    (gradient,) = torch.autograd.grad(score.sum(), poses)
    assert (gradient.abs().sum(dim=-1) > 0).all()


def test_a_projection_score_depends_on_the_class():
    torch.manual_seed(0)
    judge = SequenceDiscriminator(6, 8, 8, 3)
    poses = torch.randn(1, 8, 6).expand(3, -1, -1)
    scores = judge.of_class(poses, torch.arange(3))
    assert not torch.allclose(scores[0], scores[1:])


def test_a_pose_discriminator_may_know_the_class():
    torch.manual_seed(0)
    poses = torch.randn(1, 6).expand(2, -1)
    without, with_class = PoseDiscriminator(6, 8), PoseDiscriminator(6, 8, 2)
    assert torch.allclose(*without(poses))
    assert not torch.allclose(*with_class(poses, torch.tensor([0, 1])))
