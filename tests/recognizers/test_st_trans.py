from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from recognizers.st_trans import STTrans, STTransConfig


def _overfits(model: nn.Module, batch: torch.Tensor, classes: int, steps: int) -> float:
    labels = torch.arange(len(batch)) % classes
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(steps):
        loss = F.cross_entropy(model(batch), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loss.item()


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
    assert _overfits(model, torch.randn(8, 3, 24, 24), 4, steps=40) < 0.05
