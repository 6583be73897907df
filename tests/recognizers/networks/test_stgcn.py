from __future__ import annotations

import numpy as np
import pytest
import torch

from recognizers.networks.stgcn import STGCN, GraphConvolution, STGCNConfig, spatial_configuration
from recognizers.networks.stgcn_pp import STGCNPP, STGCNPPConfig
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from skeletons.skeleton import Skeleton
from tests.recognizers.pyskl.pyskl_reference import names_and_shapes

SLIM = {"base_channels": 8, "stages": 3, "inflate": (2,), "down": (3,)}
CHAIN = Skeleton("chain", tuple("abcde"), (-1, 0, 1, 2, 3), 0, (), ())


@pytest.mark.parametrize(
    ("written", "model"),
    [
        ("stgcn", STGCN(STGCNConfig(60), NTU25.adjacency())),
        ("stgcn_pp", STGCNPP(STGCNPPConfig(60), NTU25.adjacency())),
    ],
    ids=["stgcn", "stgcn++"],
)
def test_names_and_shapes_are_pyskls(written, model):
    state = {name: list(value.shape) for name, value in model.state_dict().items()}
    assert state == names_and_shapes(written)


def test_stgcn_pp_at_the_papers_size_has_the_papers_parameters():
    model = STGCNPP(STGCNPPConfig(classes=60), NTU25.adjacency())
    count = sum(p.numel() for p in model.parameters())
    assert count == pytest.approx(1.39e6, rel=0.02), "PYSKL reports 1.39 M for NTU60"


def test_joints_in_another_order_are_the_same_skeleton():
    order = np.random.default_rng(0).permutation(24)
    models = []
    for adjacency in (SMPL24.adjacency(), SMPL24.adjacency()[:, order][:, :, order]):
        torch.manual_seed(0)
        models.append(STGCN(STGCNConfig(5, **SLIM), adjacency).eval())
    clips = torch.randn(2, 1, 8, 24, 3)
    torch.testing.assert_close(models[0](clips), models[1](clips[:, :, :, order]))


@pytest.mark.parametrize("hops", [None, 1, 3])
@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25, CHAIN], ids=lambda one: one.name)
def test_partitions_share_out_each_joint_and_its_neighbours_evenly(skeleton, hops):
    parts = spatial_configuration(skeleton.adjacency(), hops)
    assert np.allclose(parts.sum(axis=(0, 1)), 1.0)
    linked = np.eye(len(skeleton), dtype=bool)
    for one, other in skeleton.edges:
        linked[one, other] = linked[other, one] = True
    assert np.array_equal((parts > 0).sum(axis=0), linked), "each neighbour in one partition"
    assert np.array_equal(parts[0] > 0, np.eye(len(skeleton)) > 0)


def test_the_paper_tells_neighbours_apart_by_their_distance_and_pyskl_up_to_one_hop():
    adjacency = CHAIN.adjacency()
    outward = np.eye(5, k=1, dtype=bool)
    paper = spatial_configuration(adjacency)
    assert np.array_equal(paper[2] > 0, outward), "joint v hands on to v + 1: it is closer"
    assert np.array_equal(paper[1] > 0, outward.T)
    pyskl = spatial_configuration(adjacency, 1)
    beyond = outward.copy()
    beyond[[0, 1], [1, 2]] = False
    assert np.array_equal(pyskl[2] > 0, outward & ~beyond)
    assert np.array_equal(pyskl[1] > 0, outward.T | beyond)


def test_the_settings_reach_every_block():
    graph = spatial_configuration(SMPL24.adjacency(), 1)
    for hops, expected in ((1, graph), (None, spatial_configuration(SMPL24.adjacency()))):
        model = STGCN(STGCNConfig(5, kernel=5, centre_hops=hops, **SLIM), SMPL24.adjacency())
        for block in model.backbone.gcn:
            assert block.tcn.conv.kernel_size == (5, 1)
            assert np.allclose(block.gcn.A, expected)
            assert torch.equal(block.gcn.PA, torch.ones(3, 24, 24))
    assert STGCNConfig(5).centre_hops == 1, "as the authors' code and PYSKL"


def test_graph_convolution_is_the_weighted_sum_over_edges():
    graph = torch.as_tensor(spatial_configuration(CHAIN.adjacency()), dtype=torch.float32)
    layer = GraphConvolution(3, 4, graph).eval()
    torch.nn.init.uniform_(layer.PA, 0.5, 2.0)
    maps = torch.randn(2, 3, 6, 5)
    handed = layer.conv(maps).reshape(2, 3, 4, 6, 5)
    total = torch.einsum("nkctv,kvw,kvw->nctw", handed, graph, layer.PA)
    torch.testing.assert_close(layer(maps), layer.bn(total).relu())


def test_temporal_dropout_is_for_training_and_spares_the_first_block():
    one = STGCN(STGCNConfig(5, 8, stages=1, temporal_dropout=0.9), SMPL24.adjacency())
    two = STGCN(STGCNConfig(5, 8, stages=2, temporal_dropout=0.9), SMPL24.adjacency())
    clips = torch.randn(2, 1, 8, 24, 3)
    assert torch.equal(one(clips), one(clips))
    assert not torch.equal(two(clips), two(clips))
    two.eval()
    assert torch.equal(two(clips), two(clips))


def test_every_parameter_is_trained():
    model = STGCN(STGCNConfig(5, **SLIM), SMPL24.adjacency())
    model(torch.randn(3, 2, 8, 24, 3)).square().sum().backward()
    for name, values in model.named_parameters():
        assert values.grad is not None and values.grad.isfinite().all(), name
        assert values.grad.abs().sum() > 0 or name.endswith("conv.bias"), name


@pytest.mark.parametrize(
    ("adjacency", "message"),
    [
        (np.zeros((2, 5, 5)), r"not \[3, V, V\]"),
        (np.zeros((3, 5, 4)), r"not \[3, V, V\]"),
        (np.stack([np.eye(5)] * 3), "0 centres"),
        (np.zeros((3, 5, 5)), "5 centres"),
    ],
)
def test_an_adjacency_without_one_centre_is_refused(adjacency, message):
    with pytest.raises(InputError, match=message):
        STGCN(STGCNConfig(5), adjacency)


@pytest.mark.parametrize("kernel", [0, 4, -3])
def test_an_even_kernel_is_refused(kernel):
    with pytest.raises(InputError, match="odd number of frames"):
        STGCNConfig(5, kernel=kernel)
