from __future__ import annotations

import pytest
import torch

from generators.image_diffusion.whitening import LEAST_SPREAD, Whitening


def test_whitened_images_have_unit_variance_in_each_row_and_come_back():
    torch.manual_seed(0)
    images = torch.randn(50, 3, 24, 24) * (0.5 + torch.rand(3, 24, 1)) + torch.randn(3, 24, 1)
    whitening = Whitening.of(images)
    whitened = whitening.forward(images)
    assert torch.allclose(whitening.inverse(whitened), images, atol=1e-5)
    assert torch.allclose(whitened.mean(dim=(0, 3)), torch.zeros(3, 24), atol=1e-5)
    assert torch.allclose(whitened.std(dim=(0, 3)), torch.ones(3, 24), atol=1e-2)


def test_rows_that_hardly_move_are_not_stretched_without_bound():
    torch.manual_seed(0)
    images = torch.randn(50, 3, 24, 24)
    images[:, :, 0] *= 1e-6
    spread = Whitening.of(images).spread
    assert spread.min().item() == pytest.approx(LEAST_SPREAD, rel=0.05)
