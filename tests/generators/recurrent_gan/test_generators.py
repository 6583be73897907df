"""Behaviour of the recurrent GANs: losses, discriminators, both stages, both kinds of noise."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from generators.protocol import FitContext
from generators.recurrent_gan.act_mocogan import MotionNetwork, one_step_each
from generators.recurrent_gan.discriminators import (
    PoseDiscriminator,
    SequenceDiscriminator,
    critic_loss,
    gradient_penalty,
    made_loss,
    real_loss,
    real_penalty,
)
from generators.recurrent_gan.parameters import ActMoCoGANParameters, TwoStageGANParameters
from generators.recurrent_gan.two_stage import NoiseSequence, TwoStageNetwork, some_poses
from generators.sequences.generator import Sequences
from recognizers.training import Batches
from tests.generators.fitting import fitted


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


def test_one_step_of_each_sequence_is_taken():
    poses = torch.arange(4.0)[:, None, None] + torch.arange(3.0)[None, :, None] / 10
    taken = one_step_each(poses)
    assert taken[:, 0].floor().tolist() == [0, 1, 2, 3]


def test_poses_are_drawn_from_the_steps_that_a_clip_has():
    values = torch.arange(5.0)[None, :, None].expand(2, -1, -1)
    data = Sequences(values, torch.tensor([2, 4]), torch.tensor([0, 1]), Batches(2, 2, 0))
    poses, labels = some_poses(data, 400)
    assert poses[labels == 0].unique().tolist() == [0, 1]
    assert poses[labels == 1].unique().tolist() == [0, 1, 2, 3]


def test_the_pose_noise_stays_where_the_pose_generator_knows_it():
    parameters = TwoStageGANParameters(noise=4, hidden=8)
    noise = NoiseSequence(parameters, 3)(torch.arange(3), 6)
    assert noise.shape == (3, 6, 4)
    assert noise.abs().max() <= 1


def test_both_networks_read_the_class():
    labels = torch.tensor([0, 1])
    two_stage = TwoStageGANParameters(noise=4, hidden=8, pose_hidden=8)
    for network in (
        MotionNetwork(ActMoCoGANParameters(noise=4, hidden=8), 6, 2),
        TwoStageNetwork(two_stage, 6, 2),
    ):
        drawn = []
        for some in (labels, labels.flip(0)):
            torch.manual_seed(0)
            drawn.append(network(some, 5))
        assert drawn[0].shape == (2, 5, 6)
        assert not torch.allclose(*drawn)


def test_content_noise_is_one_vector_a_clip_and_motion_noise_one_a_step():
    torch.manual_seed(0)
    network = MotionNetwork(ActMoCoGANParameters(noise=4, hidden=8), 6, 2)
    seen = []
    network.poses.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    network(torch.tensor([0, 1]), 5)
    (inputs,) = seen
    motion, content = inputs[..., :8], inputs[..., 8:12]
    assert torch.equal(content, content[:, :1].expand_as(content))
    assert not torch.allclose(motion[:, 0], motion[:, 1])
    assert not torch.allclose(content[0], content[1])


def test_the_second_stage_keeps_frozen_poses_and_moves_others():
    def poses(**settings):
        network = fitted("two_stage_gan", **settings).network
        return torch.cat([part.flatten() for part in network.poses.parameters()])

    assert torch.equal(poses(train_steps=1), poses(train_steps=5))
    frozen, free = (poses(freeze_poses=flag) for flag in (True, False))
    assert not torch.equal(frozen, free)


@pytest.mark.parametrize("name", ["act_mocogan", "two_stage_gan"])
def test_discriminators_are_not_kept(name):
    names = fitted(name)._tensors()
    assert names
    assert not any("critic" in key or "discriminator" in key for key in names)


def test_two_stages_are_one_progress_and_two_checkpoints(tmp_path, monkeypatch):
    monkeypatch.setattr("recognizers.training.SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    seen = []
    context = FitContext(
        seed=0, scratch=tmp_path, progress=lambda done, total: seen.append((done, total))
    )
    fitted("two_stage_gan", run=context, pose_steps=3, train_steps=2)
    assert seen == [(step, 5) for step in range(1, 6)]
    assert len(list(tmp_path.glob("*.checkpoint"))) == 2


def test_a_two_stage_fit_that_was_killed_in_its_second_stage_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("recognizers.training.SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    settings = {"pose_steps": 3, "train_steps": 4, "ema": 0.9}
    steps = []

    def stop(done, total):
        steps.append(done)
        if done == 6:
            raise KeyboardInterrupt

    context = FitContext(seed=0, scratch=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        fitted("two_stage_gan", run=dataclasses.replace(context, progress=stop), **settings)
    again = fitted("two_stage_gan", run=context, **settings)
    whole = fitted("two_stage_gan", **settings)
    labels = np.arange(3)
    assert np.array_equal(again.sample(labels, 1).frames, whole.sample(labels, 1).frames)
