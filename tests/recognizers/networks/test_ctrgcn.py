from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from recognizers.networks.ctrgcn import (
    CTRGCN,
    CTRGCNConfig,
    GraphConvolution,
    MultiScaleTemporalConvolution,
)
from skeletons.errors import InputError
from skeletons.layouts import NTU25, SMPL24
from tests.recognizers.pyskl.pyskl_reference import names_and_shapes
from tests.recognizers.weights import awake

SLIM = {"base_channels": 12, "stages": 4, "inflate": (3,), "down": (3,)}


def _slim(skeleton=SMPL24, **sizes):
    torch.manual_seed(0)
    return CTRGCN(CTRGCNConfig(**{"classes": 4, **SLIM, **sizes}), skeleton.adjacency())


def test_names_and_shapes_are_pyskls():
    theirs = names_and_shapes("ctrgcn")
    model = CTRGCN(CTRGCNConfig(classes=60, persons=2), NTU25.adjacency())
    ours = {name: list(values.shape) for name, values in model.state_dict().items()}
    assert len(theirs) == 823
    assert ours == theirs


def test_at_the_papers_size_has_the_papers_parameters():
    model = CTRGCN(CTRGCNConfig(classes=60, persons=2), NTU25.adjacency())
    count = sum(values.numel() for values in model.parameters())
    assert count == pytest.approx(1.46e6, rel=0.02), "Chen et al. 2021, table 2"


def test_with_a_number_of_persons_the_missing_ones_are_zeros():
    model = awake(_slim(persons=2)).eval()
    clips = torch.randn(2, 1, 16, 24, 3)
    filled = torch.cat([clips, torch.zeros_like(clips)], dim=1)
    torch.testing.assert_close(model(clips), model(filled))
    with pytest.raises(InputError, match="3 persons"):
        model(torch.randn(2, 3, 16, 24, 3))


def test_a_fresh_block_starts_with_the_skeletons_graph_for_every_clip():
    graph = torch.as_tensor(SMPL24.adjacency())
    layer = GraphConvolution(6, 8, graph)
    for topology, start in zip(layer.topologies(torch.randn(2, 6, 5, 24)), graph, strict=True):
        assert torch.equal(topology, start.expand(2, 8, -1, -1))


@pytest.mark.parametrize("channels", [6, 24])
def test_graph_convolution_is_the_sum_over_partitions_joint_by_joint(channels):
    """Chen et al. 2021, section 3.2, written with loops in float64."""
    torch.manual_seed(0)
    layer = awake(GraphConvolution(channels, 8, torch.rand(3, 5, 5)).double()).eval()
    maps = torch.randn(2, channels, 4, 5, dtype=torch.float64)
    total = torch.zeros(2, 8, 4, 5, dtype=torch.float64)
    for conv, graph in zip(layer.convs, layer.A, strict=True):
        # Relations frame by frame, averaged afterwards: the layer averages the frames first.
        source, target = conv.conv1(maps).mean(dim=2), conv.conv2(maps).mean(dim=2)
        spread = conv.conv3(maps)
        for v in range(5):
            for w in range(5):
                pair = torch.tanh(source[:, :, v] - target[:, :, w])[:, :, None, None]
                weight = graph[v, w] + layer.alpha * conv.conv4(pair)[:, :, 0]
                total[:, :, :, w] += weight * spread[:, :, :, v]
    expected = F.relu(layer.bn(total) + layer.down(maps))
    torch.testing.assert_close(layer(maps), expected, rtol=1e-6, atol=1e-9)


def test_every_parameter_is_trained():
    model = awake(_slim())
    model(torch.randn(4, 1, 16, 24, 3)).square().sum().backward()
    still = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []


@pytest.mark.parametrize("frames", [7, 16])
def test_temporal_convolution_keeps_or_halves_the_frames_and_fills_the_channels(frames):
    maps = torch.randn(2, 14, frames, 5)
    assert MultiScaleTemporalConvolution(14)(maps).shape == (2, 14, frames, 5)
    halved = MultiScaleTemporalConvolution(14, stride=2)(maps)
    assert halved.shape == (2, 14, -(-frames // 2), 5)


def test_temporal_convolution_sees_as_far_as_its_dilations_reach():
    layer = MultiScaleTemporalConvolution(8, kernel=5, dilations=(1, 3)).eval()
    maps = torch.randn(1, 8, 21, 1, requires_grad=True)
    (gradient,) = torch.autograd.grad(layer(maps)[0, :, 10, 0].sum(), maps)
    seen = gradient.abs().sum(dim=(0, 1, 3)).nonzero().flatten().tolist()
    assert set(seen) <= {4, 7, 8, 9, 10, 11, 12, 13, 16}, "2 frames and 2 x 3 frames either side"
    assert {4, 16} <= set(seen)


def test_sizes_that_no_network_can_have_are_refused():
    with pytest.raises(InputError, match="odd numbers of frames, not 4"):
        _slim(kernel=4)
    with pytest.raises(InputError, match="4 temporal branches do not fit 3 channels"):
        _slim(base_channels=3)
    with pytest.raises(InputError, match="24, 3"):
        _slim()(torch.randn(2, 1, 16, 20, 3))
