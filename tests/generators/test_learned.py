from __future__ import annotations

import torch
from torch import nn

from generators.learned import frozen, shared_weights
from generators.protocol import FitContext
from tests.generators.fitting import KeptParts


def test_weights_are_the_same_with_and_without_a_store_and_trained_once(tmp_path):
    trained = []

    def train(run):
        trained.append(run.checkpoint)
        torch.manual_seed(len(trained))
        return nn.Linear(2, 3)

    torch.manual_seed(1)
    expected = nn.Linear(2, 3).state_dict()
    store = FitContext(seed=0, part=KeptParts(tmp_path))
    first, again = (shared_weights(store, "net", {"width": 3}, train) for _ in range(2))
    assert trained == [None]
    for weights in (first, again):
        assert all(torch.equal(weights[name], expected[name]) for name in expected)
    trained.clear()
    alone = shared_weights(FitContext(seed=0, scratch=tmp_path), "net", {"width": 3}, train)
    assert trained == [tmp_path / "net.checkpoint"]
    assert all(torch.equal(alone[name], expected[name]) for name in expected)


def test_a_frozen_network_neither_learns_nor_drops_out():
    network = frozen(
        nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 3)),
        {"1.weight": torch.ones(3, 2), "1.bias": torch.zeros(3)},
        "cpu",
    )
    assert network(torch.ones(1, 2)).tolist() == [[2.0, 2.0, 2.0]]
    assert not any(parameter.requires_grad for parameter in network.parameters())
