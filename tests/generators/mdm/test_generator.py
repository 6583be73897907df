"""Behaviour of MDM's guidance without a classifier."""

from __future__ import annotations

import numpy as np
import torch

from skeletons.seeds import derive_seed
from tests.generators.fitting import drawn, fitted

LABELS = np.arange(6) % 3


def test_mdm_without_guidance_is_the_conditional_estimate_and_guidance_moves_it():
    generator = fitted("mdm")
    near = drawn(generator, LABELS, guidance_scale=1.0 + 1e-6)
    assert np.allclose(drawn(generator, LABELS, guidance_scale=1.0), near, atol=1e-3)
    assert not np.allclose(drawn(generator, LABELS, guidance_scale=4.0), near, atol=1e-3)


def test_mdm_with_guidance_zero_does_not_see_the_label():
    generator = fitted("mdm")
    kept = generator.parameters
    generator.parameters = kept.model_copy(update={"guidance_scale": 0.0})
    noisy, steps = [], torch.full((3,), 8)
    for labels in ([0, 1, 2], [2, 0, 1]):
        with torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(derive_seed(1))
            noisy.append(generator.draw(torch.tensor(labels), steps))
    assert torch.equal(*noisy)
