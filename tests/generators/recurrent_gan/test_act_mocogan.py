from __future__ import annotations

import torch

from generators.recurrent_gan.act_mocogan import MotionNetwork, one_step_each
from generators.recurrent_gan.parameters import ActMoCoGANParameters


def test_one_step_of_each_sequence_is_taken():
    poses = torch.arange(4.0)[:, None, None] + torch.arange(3.0)[None, :, None] / 10
    taken = one_step_each(poses)
    assert taken[:, 0].floor().tolist() == [0, 1, 2, 3]


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
