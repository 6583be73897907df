from __future__ import annotations

import pytest
import torch
from torch import nn

from generators.image_diffusion.guidance import ClassifierGuide
from generators.image_diffusion.view import image_view
from generators.image_diffusion.whitening import Whitening


@pytest.mark.parametrize("alpha_bar", [0.0, 0.75, 1.0])
def test_an_estimate_moves_by_the_scale_and_the_noise_along_the_classifiers_gradient(alpha_bar):
    torch.manual_seed(0)
    classifier = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2))
    flat = Whitening(torch.zeros(3, 8, 1), torch.ones(3, 8, 1))
    guide = ClassifierGuide(classifier, image_view, flat, scale=4.0)
    clean, labels = torch.randn(2, 3, 8, 8), torch.tensor([0, 1])
    moved = guide(clean, labels, torch.tensor(alpha_bar)) - clean
    lengths = moved.flatten(1).norm(dim=1)
    assert torch.allclose(lengths, torch.full((2,), 4.0 * (1 - alpha_bar)), atol=1e-5)
    # For two classes and a linear classifier the gradient is along the difference of the rows.
    weights = classifier[1].weight
    along = (weights[0] - weights[1]) / (weights[0] - weights[1]).norm()
    expected = torch.stack([along, -along]) * lengths[:, None]
    assert torch.allclose(moved.flatten(1), expected, atol=1e-5)
