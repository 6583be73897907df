"""Behaviour of clips that keep their pace."""

from __future__ import annotations

import numpy as np
import torch

from generators.actor.generator import within
from tests.generators.fitting import fitted

LABELS = np.arange(6) % 3


def test_actors_samples_have_as_many_steps_as_the_length_asks_for():
    generator = fitted("actor")
    clips = generator.sample(LABELS, 3)
    assert len(set(clips.lengths.tolist())) > 1
    assert within(torch.tensor([1, 3]), 3).tolist() == [[True, False, False], [True] * 3]


def test_what_lies_beyond_a_clip_does_not_change_what_actor_encodes():
    generator = fitted("actor")
    poses = torch.randn(2, 8, generator.codec.size)
    inside = within(torch.tensor([4, 6]), 8)
    other = torch.where(inside[..., None], poses, poses + 5.0)
    labels = torch.tensor([0, 1])
    with torch.no_grad():
        first, again = (generator.network.encoder(some, labels, inside) for some in (poses, other))
    assert torch.allclose(first[0], again[0], atol=1e-5)
