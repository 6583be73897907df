from __future__ import annotations

import numpy as np
import pytest
import torch

from recognizers.networks.gru import GRUClassifier, GRUConfig
from tests.recognizers.extractors.published_gru import (
    PUBLISHED,
    published_state,
    reference_features,
)
from tests.recognizers.weights import learns_by_heart


def test_the_state_dict_is_the_published_one():
    state = GRUClassifier(GRUConfig(input_size=72, classes=12)).state_dict()
    assert [(name, tuple(value.shape)) for name, value in state.items()] == list(PUBLISHED.items())


@pytest.mark.parametrize("random", [False, True])
def test_features_follow_the_definition_of_a_gru(random):
    model = GRUClassifier(GRUConfig(72, 12)).eval()
    model.load_state_dict(published_state())
    motion = torch.randn(3, 9, 72, generator=torch.Generator().manual_seed(1))
    state = model.random_state(3, torch.Generator().manual_seed(2)) if random else None
    features = model.features(motion, state).detach().numpy()
    start = np.zeros((2, 3, 128)) if state is None else state.numpy()
    expected = reference_features(published_state(), motion.numpy(), start)
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-6)
    assert model(motion, state).shape == (3, 12)


def test_sizes_are_free():
    model = GRUClassifier(GRUConfig(input_size=75, classes=7, hidden=16, layers=3, features=8))
    motion = torch.randn(4, 5, 75)
    assert model.features(motion).shape == (4, 8)
    assert model(motion, model.random_state(4)).shape == (4, 7)


def test_the_classifier_overfits_one_batch():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = GRUClassifier(GRUConfig(input_size=12, classes=4))
        motion = torch.randn(8, 10, 12)
    labels = torch.arange(8) % 4
    assert learns_by_heart(model, motion, labels, 1e-2, loss_below=0.05)
