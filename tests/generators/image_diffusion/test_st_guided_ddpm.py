"""What the guide does to samples."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from generators.registry import load_generator
from tests.generators.fitting import drawn, fitted


def test_the_guide_finds_guided_samples_more_likely():
    generator = fitted("st_guided_ddpm", guide_steps=40, guide_batch=16, sampling_batch=12)
    labels = np.repeat(np.arange(3), 4)

    def likelihood(scale: float) -> float:
        generator.parameters = generator.parameters.model_copy(update={"guidance_scale": scale})
        images, _ = generator.codec.encode(generator.sample(labels, 0))
        logits = generator.guide(torch.from_numpy(images))
        return -F.cross_entropy(logits, torch.from_numpy(labels)).item()

    assert likelihood(20.0) > likelihood(0.0) + 0.02


@pytest.mark.parametrize("size", [24, 32, 48])
@pytest.mark.parametrize("guide", ["st_trans", "stgcn++"])
def test_either_guide_works_at_every_image_size_and_is_loaded_as_it_was(guide, size, tmp_path):
    generator = fitted("st_guided_ddpm", guide=guide, image_size=size, guidance_scale=5.0)
    labels = np.asarray([1, 0])
    samples = drawn(generator, labels)
    generator.save(tmp_path)
    assert np.array_equal(drawn(load_generator("st_guided_ddpm", tmp_path), labels), samples)
    assert not np.array_equal(drawn(generator, labels, guidance_scale=0.0), samples)
