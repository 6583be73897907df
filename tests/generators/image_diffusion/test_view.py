from __future__ import annotations

import numpy as np
import pytest
import torch

from generators.image_diffusion.view import JointView
from skeletons.image import SkeletonImageCodec
from tests.conftest import moving_clips


@pytest.mark.parametrize("size", [24, 32])
def test_joints_for_a_graph_network_are_those_that_the_codec_decodes(size):
    clips = moving_clips(6)
    codec = SkeletonImageCodec.fit(clips, size)
    images = torch.from_numpy(codec.encode(clips)[0])
    images[0, 0, 0] = torch.linspace(-1.2, 1.2, size)
    joints = JointView(codec)(images)
    assert joints.shape == (6, 1, size, 24, 3)
    assert np.allclose(joints[:, 0].numpy(), codec.from_image(images.numpy()), atol=1e-4)
