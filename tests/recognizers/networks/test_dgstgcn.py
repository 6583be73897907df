from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from recognizers.networks.dgstgcn import (
    DGSTGCN,
    DGSTGCNConfig,
    DynamicGraphConvolution,
    FusedTemporalConvolution,
)
from recognizers.networks.temporal_layers import TemporalConvolution
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from tests.recognizers.pyskl.pyskl_reference import names_and_shapes

SLIM = {"base_channels": 12, "stages": 4, "inflate": (3,), "down": (3,), "groups": 3, "ratio": 0.25}


def _slim(adjacency=None, **sizes):
    torch.manual_seed(0)
    config = DGSTGCNConfig(**{"classes": 5, **SLIM, **sizes})
    return DGSTGCN(config, SMPL24.adjacency() if adjacency is None else adjacency)


def _awake(module):
    """Weights that start at zero count, as after training."""
    with torch.no_grad():
        for values in module.parameters():
            if (values == 0).all():
                values.normal_()
    return module


def test_names_and_shapes_are_pyskls():
    state = DGSTGCN(DGSTGCNConfig(60), NTU25.adjacency()).state_dict()
    shapes = {name: list(values.shape) for name, values in state.items()}
    assert shapes == names_and_shapes("dgstgcn")


def test_which_joints_a_bone_links_has_no_say():
    clips = torch.randn(2, 1, 8, 24, 3)
    unlinked = np.zeros((3, 24, 24), dtype=np.float32)
    assert torch.equal(_slim()(clips), _slim(unlinked)(clips))


def test_more_joints_than_pyskl_knows_have_fusion_weights_too():
    model = _slim(np.zeros((3, 30, 30)))
    assert model(torch.randn(2, 1, 8, 30, 3)).shape == (2, 5)
    assert model.backbone.gcn[0].tcn.add_coeff.shape == (30,)
    assert _slim(KINECT20.adjacency()).backbone.gcn[0].tcn.add_coeff.shape == (25,)


def test_learnt_graphs_start_at_random_and_the_clips_share_is_nought():
    torch.manual_seed(0)
    layer = DynamicGraphConvolution(3, 16, joints=25, groups=8, width=2)
    assert layer.A.mean().item() == pytest.approx(0.04, abs=0.001)
    assert layer.A.std().item() == pytest.approx(0.02, abs=0.001)
    graphs = layer.graphs(torch.randn(2, 3, 7, 25))
    assert graphs.shape == (2, 8, 2, 25, 25)
    assert torch.equal(graphs, layer.A[None, :, None].expand_as(graphs))


def test_a_clips_graphs_in_plain_loops():
    torch.manual_seed(0)
    layer = _awake(DynamicGraphConvolution(3, 8, joints=4, groups=2, width=3)).double()
    layer.requires_grad_(False)
    maps = torch.randn(1, 3, 5, 4, dtype=torch.float64)
    graphs = layer.graphs(maps)[0]
    mean = maps.mean(dim=2)[0]
    query = layer.conv1.weight[:, :, 0, 0] @ mean + layer.conv1.bias[:, None]
    key = layer.conv2.weight[:, :, 0, 0] @ mean + layer.conv2.bias[:, None]
    for group in range(2):
        rows = slice(3 * group, 3 * group + 3)
        for w in range(4):
            match = [math.exp(float(query[rows, v] @ key[rows, w])) for v in range(4)]
            for v in range(4):
                for channel in range(3):
                    row = 3 * group + channel
                    expected = (
                        layer.A[group, v, w]
                        + layer.alpha[0] * torch.tanh(query[row, v] - key[row, w])
                        + layer.beta[0] * match[v] / sum(match)
                    )
                    torch.testing.assert_close(graphs[group, channel, v, w], expected)


def test_a_graph_sends_joint_v_to_joint_w_in_each_channel():
    torch.manual_seed(0)
    layer = _awake(DynamicGraphConvolution(6, 6, joints=4, groups=2, width=3)).eval()
    maps = torch.randn(2, 6, 5, 4)
    spread = layer.pre(maps).reshape(2, 2, 3, 5, 4)
    mixed = torch.einsum("ngctv,ngcvw->ngctw", spread, layer.graphs(maps)).reshape(2, 6, 5, 4)
    torch.testing.assert_close(layer(maps), F.relu(layer.bn(layer.post(mixed)) + maps))


def test_without_fusion_a_joint_goes_its_own_way_and_with_it_all_joints_join():
    torch.manual_seed(0)
    fused = FusedTemporalConvolution(6, 12, stride=2, joints=5).eval()
    plain = TemporalConvolution(6, 12, stride=2).eval()
    plain.load_state_dict({k: v for k, v in fused.state_dict().items() if k != "add_coeff"})
    maps = torch.randn(2, 6, 9, 5)
    torch.testing.assert_close(fused(maps), plain(maps))
    other = maps.clone()
    other[..., 0] += 1.0
    assert torch.equal(fused(other)[..., 1:], fused(maps)[..., 1:])
    with torch.no_grad():
        fused.add_coeff[2] = 1.0
    moved = (fused(other) - fused(maps)).abs().amax(dim=(0, 1, 2)) > 0
    assert moved.tolist() == [True, False, True, False, False]

    def branches(some):
        return torch.cat([branch(some) for branch in plain.branches], dim=1)

    body = branches(maps.mean(dim=-1, keepdim=True))
    joined = branches(maps) + fused.add_coeff[:5] * body
    torch.testing.assert_close(fused(maps), plain.bn(plain.transform(joined)))


def test_every_weight_in_use_learns():
    model = _awake(_slim())
    model(torch.randn(3, 1, 12, 24, 3)).square().sum().backward()
    for name, values in model.named_parameters():
        assert values.grad is not None, name
        assert torch.isfinite(values.grad).all(), name
    for block in model.backbone.gcn:
        assert block.gcn.alpha.grad[0] != 0
        assert block.gcn.beta.grad[0] != 0
        assert block.gcn.A.grad.abs().amax(dim=(1, 2)).min() > 0, "each group's graph"
        assert (block.tcn.add_coeff.grad[:24] != 0).all()


@pytest.mark.parametrize("sizes", [{"groups": 0}, {"base_channels": 6}])
def test_groups_without_a_channel_are_refused(sizes):
    with pytest.raises(InputError, match="at least one group of one channel"):
        DGSTGCNConfig(5, **sizes)
