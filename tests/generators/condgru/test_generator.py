"""Behaviour of the conditional GRU."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generators.condgru.generator import ConditionedGRU
from generators.condgru.parameters import CondGRUParameters
from generators.protocol import FitContext
from generators.registry import make_generator
from tests.conftest import moving_clips


@pytest.fixture(scope="module")
def fitted():
    generator = make_generator("condgru", "smoke", {})
    generator.fit(moving_clips(12), FitContext(seed=0))
    return generator


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return ConditionedGRU(CondGRUParameters(hidden=8), 6, 2)


def first_poses(generator, label, count, how):
    kept = generator.parameters
    generator.parameters = kept.model_copy(update={"first_pose": how})
    torch.manual_seed(0)
    poses = generator._first_poses(torch.full((count,), label))
    generator.parameters = kept
    return poses


def test_what_follows_is_settled_by_first_pose_and_class(network):
    first = torch.randn(2, 6)
    labels = torch.tensor([0, 1])
    assert torch.equal(network.continued(first, labels, 5), network.continued(first, labels, 5))
    other = network.continued(first, labels.flip(0), 5)
    assert not torch.allclose(network.continued(first, labels, 5), other, atol=1e-4)


def test_fed_with_its_own_poses_it_gives_them_again(network):
    first, labels = torch.randn(1, 6), torch.tensor([1])
    following = network.continued(first, labels, 5)
    real = torch.cat([first[:, None], following], dim=1)
    assert torch.allclose(network(real[:, :-1], labels)[0], following, atol=1e-5)


def test_a_gaussian_first_pose_has_mean_and_covariance_of_the_class(fitted):
    real = fitted.first[fitted.first_labels == 1]
    drawn = first_poses(fitted, 1, 20000, "gaussian")
    assert torch.allclose(drawn.mean(0), real.mean(0), atol=0.05)
    assert torch.allclose(drawn.T.cov(), real.T.cov(), atol=0.25)


def test_a_first_pose_of_a_clip_is_one_of_the_class_and_tables_say_so(fitted):
    real = fitted.first[fitted.first_labels == 2]
    drawn = first_poses(fitted, 2, 20, "clip")
    assert (torch.cdist(drawn, real).amin(dim=1) < 1e-3).all()
    assert fitted.caveats == ()
    (sentence,) = make_generator("condgru", "smoke", {"first_pose": "clip"}).caveats
    assert "training clip" in sentence


def test_samples_of_a_class_start_differently(fitted):
    clips = fitted.sample(np.zeros(4, np.int64), 0)
    starts = clips.frames[clips.starts]
    assert np.abs(starts[0] - starts[0].mean(0) - (starts[1] - starts[1].mean(0))).max() > 1e-3
