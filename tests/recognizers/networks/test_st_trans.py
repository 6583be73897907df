from __future__ import annotations

import pytest
import torch

from recognizers.networks.st_trans import STTrans, STTransConfig
from tests.recognizers.weights import learns_by_heart


def test_st_trans_has_about_a_million_parameters_at_24x24():
    model = STTrans(STTransConfig(classes=12))
    assert 0.8e6 < sum(p.numel() for p in model.parameters()) < 1.2e6


@pytest.mark.parametrize("size", [24, 32, 48])
def test_st_trans_takes_images_of_any_size_and_is_differentiable_to_them(size):
    model = STTrans(STTransConfig(classes=5)).eval()
    images = torch.randn(2, 3, size, size, requires_grad=True)
    logits = model(images)
    assert logits.shape == (2, 5)
    assert model.features(images).shape == (2, model.config.features)
    (gradient,) = torch.autograd.grad(logits[0, 1], images)
    assert gradient[0].abs().min() > 0, "every pixel of the clip has a say"
    assert gradient[1].abs().max() == 0, "clips do not look at each other"


def test_st_trans_overfits_one_batch():
    torch.manual_seed(0)
    model = STTrans(STTransConfig(classes=4, dropout=0.0))
    images, labels = torch.randn(8, 3, 24, 24), torch.arange(8) % 4
    assert learns_by_heart(model, images, labels, 3e-3, loss_below=0.05)
