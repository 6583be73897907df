"""What every network promises, whatever it is made of: slim, on any skeleton, for any persons."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from recognizers.networks.catalogue import NETWORKS
from recognizers.recipe_table import recipe_of
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.skeleton import Skeleton
from tests.recognizers.weights import awake, learns_by_heart

CASES = [*((name, "joint") for name in NETWORKS), ("posec3d", "bone")]
"""Networks, and streams that they make themselves."""

ANY_PERSONS = [case for case in CASES if case[0] != "msg3d"]
"""MS-G3D is built for a number of persons, each with a norm of its own."""


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def _slim(name: str, stream: str, skeleton: Skeleton, classes: int = 4) -> nn.Module:
    network = NETWORKS[name]
    sizes = recipe_of(name, "quick").model | dict((network.stream_sizes or {}).get(stream, {}))
    return network.build(classes, skeleton, sizes)


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda one: one.name)
@pytest.mark.parametrize(("name", "stream"), ANY_PERSONS)
def test_any_skeleton_and_number_of_persons_who_have_no_order(name, stream, skeleton):
    model = awake(_slim(name, stream, skeleton)).eval()
    clips = torch.randn(2, 3, 9, len(skeleton), 3)
    logits = model(clips)
    assert logits.shape == (2, 4)
    assert torch.equal(model.classify(model.features(clips)), logits)
    torch.testing.assert_close(model(clips.flip(1)), logits, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(model(clips[:, :1]), logits, atol=1e-4), "each person counts"


@pytest.mark.parametrize(("name", "stream"), CASES)
def test_clips_are_on_their_own_and_all_their_frames_and_joints_have_a_say(name, stream):
    model = awake(_slim(name, stream, SMPL24)).eval()
    clips = torch.randn(3, 1, 12, 24, 3, requires_grad=True)
    logits = model(clips)
    (gradient,) = torch.autograd.grad(logits[0, 1], clips)
    assert gradient[0].abs().amax(dim=-1).min() > 0
    assert gradient[1:].abs().max() == 0
    torch.testing.assert_close(model(clips[:1]), logits[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_clips_of_another_skeleton_are_refused(name):
    with pytest.raises(InputError, match="20, 3"):
        _slim(name, "joint", SMPL24)(torch.randn(2, 1, 8, 20, 3))


@pytest.mark.parametrize(("name", "stream"), CASES)
def test_eight_clips_are_learnt_by_heart(name, stream):
    model = _slim(name, stream, SMPL24)
    clips, labels = torch.randn(8, 1, 8, 24, 3), torch.arange(8) % 4
    assert learns_by_heart(model, clips, labels, 3e-3, loss_below=0.1)
