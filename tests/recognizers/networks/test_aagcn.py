from __future__ import annotations

import re

import pytest
import torch

from recognizers.networks.aagcn import AAGCN, AAGCNConfig, GraphConvolution
from skeletons.errors import InputError
from skeletons.layouts import NTU25, SMPL24
from tests.recognizers.pyskl.pyskl_reference import names_and_shapes

SLIM = {"base_channels": 8, "stages": 3, "inflate": (2,), "down": (3,)}


def _awake(module, seed=0):
    """All weights moved off their start: a fresh block hides its graph and its attention."""
    torch.manual_seed(seed)
    for values in module.parameters():
        torch.nn.init.normal_(values, std=0.3)
    return module


def test_names_and_shapes_are_pyskls():
    state = AAGCN(AAGCNConfig(60, persons=2), NTU25.adjacency()).state_dict()
    shapes = {name: list(value.shape) for name, value in state.items()}
    assert shapes == names_and_shapes("aagcn")


def test_with_a_number_of_persons_the_missing_ones_are_zeros():
    model = _awake(AAGCN(AAGCNConfig(7, persons=2, **SLIM), SMPL24.adjacency())).eval()
    clips = torch.randn(2, 1, 9, 24, 3)
    full = torch.cat([clips, torch.zeros_like(clips)], dim=1)
    assert torch.equal(model(clips), model(full))
    with pytest.raises(InputError, match="3 persons, the network was built for 2"):
        model(torch.zeros(2, 3, 9, 24, 3))
    with pytest.raises(InputError, match="20, 3"):
        model(torch.zeros(2, 1, 9, 20, 3))


@pytest.mark.parametrize("joints", [4, 5])
def test_graph_convolution_is_the_papers_equation_joint_by_joint(joints):
    graph = torch.rand(3, joints, joints)
    layer = _awake(GraphConvolution(3, 8, graph, reduction=4)).double().eval()
    maps = torch.randn(2, 3, 6, joints, dtype=torch.float64)
    mixed = torch.zeros(2, 8, 6, joints, dtype=torch.float64)
    for part in range(3):
        theta, phi = layer.conv_a[part](maps), layer.conv_b[part](maps)
        values = layer.conv_d[part](maps)
        bias = layer.conv_d[part].bias[None, :, None]
        for target in range(joints):
            for source in range(joints):
                alike = (theta[..., source] * phi[..., target]).mean(dim=(1, 2)).tanh()
                weight = layer.A[part, source, target] + layer.alpha * alike
                mixed[..., target] += weight[:, None, None] * (values[..., source] - bias)
            mixed[..., target] += bias
    before = (layer.bn(mixed) + layer.down(maps)).relu()
    torch.testing.assert_close(layer(maps), layer.attend(before), rtol=1e-9, atol=1e-9)


def test_attention_weighs_joints_then_frames_then_channels():
    layer = _awake(GraphConvolution(8, 8, torch.rand(3, 5, 5), reduction=4))
    maps = torch.randn(2, 8, 6, 5)
    weighed = maps
    for over, weigh in (
        (2, lambda mean: layer.conv_sa(mean).reshape(2, 1, 1, 5)),
        (3, lambda mean: layer.conv_ta(mean).reshape(2, 1, 6, 1)),
        ((2, 3), lambda mean: layer.fc2c(layer.fc1c(mean).relu()).reshape(2, 8, 1, 1)),
    ):
        weighed = weighed + weighed * weigh(weighed.mean(dim=over)).sigmoid()
    torch.testing.assert_close(layer.attend(maps), weighed)


def test_a_fresh_layer_has_the_skeletons_graph_for_every_clip_and_then_one_for_each():
    graph = torch.as_tensor(SMPL24.adjacency())
    layer = GraphConvolution(3, 8, graph, reduction=4)
    maps = torch.randn(2, 3, 6, 24)
    assert torch.equal(layer.topologies(maps), graph.expand(2, -1, -1, -1))
    torch.nn.init.constant_(layer.alpha, 0.5)
    own = layer.topologies(maps)
    assert not torch.allclose(own[0], own[1])
    assert (own - graph).abs().max() <= 0.5, "tanh bounds what a clip adds"


def test_a_fresh_block_is_nearly_its_residual_and_attends_evenly():
    torch.manual_seed(0)
    model = AAGCN(AAGCNConfig(5, base_channels=32, stages=2), SMPL24.adjacency())
    layer = model.backbone.gcn[1].gcn
    assert layer.bn.weight.unique().item() == pytest.approx(1e-6)
    for zero in (layer.conv_ta.weight, layer.conv_ta.bias, layer.conv_sa.bias, layer.alpha):
        assert not zero.any()
    assert not layer.fc2c.weight.any()
    assert not layer.fc2c.bias.any()
    # He's variance for the outputs; the three transformations share one between them.
    assert float(layer.conv_a[0].weight.detach().std()) == pytest.approx((2 / 8) ** 0.5, rel=0.15)
    assert float(model.backbone.gcn[1].tcn.conv.weight.detach().std()) == pytest.approx(
        (2 / (32 * 9)) ** 0.5, rel=0.05
    )
    assert float(layer.conv_d[0].weight.detach().std()) == pytest.approx(
        (2 / (32 * 32 * 3)) ** 0.5, rel=0.1
    )


def test_temporal_dropout_is_for_training_and_spares_the_first_block():
    clips = torch.randn(2, 1, 8, 24, 3)
    for stages, same in ((1, True), (2, False)):
        config = AAGCNConfig(5, persons=1, base_channels=8, stages=stages, temporal_dropout=0.9)
        model = _awake(AAGCN(config, SMPL24.adjacency()))
        assert torch.equal(model(clips), model(clips)) == same
        model.eval()
        assert torch.equal(model(clips), model(clips))


def test_every_parameter_is_trained():
    model = _awake(AAGCN(AAGCNConfig(5, **SLIM), SMPL24.adjacency())).double()
    clips = torch.randn(4, 1, 8, 24, 3, dtype=torch.float64)
    (model(clips) * torch.randn(4, 5)).sum().backward()
    still = {
        name
        for name, values in model.named_parameters()
        if values.grad is None or values.grad.abs().max() < 1e-15
    }
    # A constant before a batch norm is taken out by it.
    lost = re.compile(r"(conv|down\.0|conv_d\.\d)\.bias$")
    assert all(lost.search(name) for name in still), still


@pytest.mark.parametrize("sizes", [{"base_channels": 3}, {"reduction": 0}])
def test_sizes_that_leave_no_channel_to_compare_joints_in_are_refused(sizes):
    with pytest.raises(InputError, match="at least one"):
        AAGCNConfig(5, **sizes)
