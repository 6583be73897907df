from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from recognizers.networks.joined_layers import joined_entries, joined_norm, joined_parameters

WIDTHS = (3, 1, 4)


def _norms():
    """Norms that have seen something, each its own."""
    torch.manual_seed(0)
    norms = [nn.BatchNorm2d(width, eps=1e-3, momentum=0.3) for width in WIDTHS]
    for norm in norms:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
        norm(2.0 + 3.0 * torch.randn(4, norm.num_features, 5, 2))
    return norms


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("training", [False, True])
def test_joined_norms_are_the_norms_of_their_channels_and_learn_the_same(training, layout):
    ours = [norm.double().train(training) for norm in _norms()]
    theirs = copy.deepcopy(ours)
    maps = (5.0 * torch.randn(4, 8, 5, 2, dtype=torch.float64)).contiguous(memory_format=layout)
    parts = maps.split(WIDTHS, dim=1)
    expected = torch.cat([norm(part) for norm, part in zip(theirs, parts, strict=True)], dim=1)
    found = joined_norm(ours, maps)
    torch.testing.assert_close(found, expected)
    slope = torch.randn_like(expected)
    for one in (expected, found):
        one.backward(slope)
    for norm, same in zip(ours, theirs, strict=True):
        for name, value in same.state_dict().items():
            torch.testing.assert_close(norm.state_dict()[name], value)
        assert norm.num_batches_tracked == (2 if training else 1)
        torch.testing.assert_close(norm.weight.grad, same.weight.grad)
        torch.testing.assert_close(norm.bias.grad, same.bias.grad)


def test_joined_parameters_stand_in_the_order_of_the_layers():
    layers = [nn.Conv2d(5, width, 1) for width in WIDTHS]
    weight, bias = joined_parameters(layers)
    maps = torch.randn(2, 5, 3, 4)
    expected = torch.cat([layer(maps) for layer in layers], dim=1)
    torch.testing.assert_close(torch.conv2d(maps, weight, bias), expected)


def test_joined_entries_give_each_branch_what_its_own_entry_would():
    branches = [
        nn.Sequential(nn.Conv2d(5, norm.num_features, 1), norm, nn.ReLU()) for norm in _norms()
    ]
    alone = copy.deepcopy(branches)
    maps = torch.randn(2, 5, 3, 4)
    for found, branch in zip(joined_entries(branches, maps), alone, strict=True):
        torch.testing.assert_close(found, branch(maps))
