from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from generators.protocol import FitContext
from generators.recurrent_gan.act_mocogan import MotionNetwork
from generators.recurrent_gan.parameters import ActMoCoGANParameters, TwoStageGANParameters
from generators.recurrent_gan.two_stage import NoiseSequence, TwoStageNetwork, some_poses
from generators.sequences.generator import Sequences
from recognizers.training import Batches
from tests.generators.fitting import fitted


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
    monkeypatch.setattr("recognizers.resuming.SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    seen = []
    context = FitContext(
        seed=0, scratch=tmp_path, progress=lambda done, total: seen.append((done, total))
    )
    fitted("two_stage_gan", run=context, pose_steps=3, train_steps=2)
    assert seen == [(step, 5) for step in range(1, 6)]
    assert len(list(tmp_path.glob("*.checkpoint"))) == 2


def test_a_two_stage_fit_that_was_killed_in_its_second_stage_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("recognizers.resuming.SECONDS_BETWEEN_CHECKPOINTS", 0.0)
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
