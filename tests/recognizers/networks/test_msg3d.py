from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from recognizers.networks.msg3d import (
    MSG3D,
    GraphConvolution,
    MSG3DConfig,
    SlidingWindow,
    WindowPath,
    bones,
    disentangled_scales,
    window_links,
)
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from tests.recognizers.pyskl.pyskl_reference import names_and_shapes

SLIM = {"base_channels": 12, "spatial_scales": 3, "spacetime_scales": 2}


def _slim(skeleton=SMPL24, **sizes):
    torch.manual_seed(0)
    config = MSG3DConfig(**{"classes": 5, **SLIM, **sizes})
    return MSG3D(config, skeleton.adjacency())


def test_names_and_shapes_are_pyskls():
    state = MSG3D(MSG3DConfig(60, persons=2), NTU25.adjacency()).state_dict()
    assert {name: list(values.shape) for name, values in state.items()} == names_and_shapes("msg3d")


def test_at_the_papers_size_it_has_the_papers_parameters():
    model = MSG3D(MSG3DConfig(60, persons=2), NTU25.adjacency())
    count = sum(values.numel() for values in model.parameters())
    assert count == pytest.approx(3.2e6, rel=0.01), "Liu et al. 2020 report 3.2 M"


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda s: s.name)
@pytest.mark.parametrize("persons", [1, 2])
def test_it_takes_any_skeleton_and_number_of_persons(skeleton, persons):
    model = _slim(skeleton, persons=persons)
    clips = torch.randn(3, persons, 9, len(skeleton), 3)
    logits = model(clips)
    assert logits.shape == (3, 5)
    assert model.features(clips).shape == (3, 48)
    assert torch.equal(model.eval()(clips), model.classify(model.features(clips)))
    torch.testing.assert_close(model(clips)[:1], model(clips[:1]), msg="clips are on their own")


def test_absent_persons_are_zeros_and_too_many_an_error():
    model = _slim(persons=2).eval()
    one = torch.randn(2, 1, 8, 24, 3)
    both = torch.cat([one, torch.zeros_like(one)], dim=1)
    assert torch.equal(model(one), model(both))
    with pytest.raises(InputError, match="3 persons"):
        model(torch.randn(2, 3, 8, 24, 3))


def test_persons_have_an_input_norm_of_their_own():
    model = _slim(persons=2)
    clips = torch.randn(4, 2, 8, 24, 3) + torch.tensor([0.0, 5.0]).reshape(1, 2, 1, 1, 1)
    normed = model.backbone.data_bn(clips)
    assert normed.mean(dim=(0, 2, 3, 4)).abs().max() < 1e-5


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda s: s.name)
def test_the_links_are_the_skeletons_bones(skeleton):
    expected = np.zeros((len(skeleton), len(skeleton)))
    for parent, child in skeleton.edges:
        expected[parent, child] = expected[child, parent] = 1.0
    np.testing.assert_array_equal(bones(skeleton.adjacency()), expected)


def test_links_count_in_both_directions_and_joints_are_not_linked_to_themselves():
    one_way = np.stack([np.eye(3), 0.5 * np.diag(np.ones(2), 1)])
    np.testing.assert_array_equal(bones(one_way), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])


def test_scales_of_a_chain_of_four():
    chain = np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1)
    scales = disentangled_scales(chain, 5)
    np.testing.assert_array_equal(scales[0], np.eye(4))
    third, half = 1.0 / 3.0, 0.5
    np.testing.assert_allclose(
        scales[1],
        [
            [half, third, 0, 0],
            [half, third, third, 0],
            [0, third, third, half],
            [0, 0, third, half],
        ],
    )
    np.testing.assert_array_equal(
        scales[2], [[half, 0, half, 0], [0, half, 0, half], [half, 0, half, 0], [0, half, 0, half]]
    )
    np.testing.assert_array_equal(scales[4], np.eye(4))


@pytest.mark.parametrize("window", [1, 3, 5])
def test_scales_agree_with_powers_of_the_adjacency(window):
    """Liu et al. 2020: I + 1[(A + I)^k >= 1] - 1[(A + I)^(k - 1) >= 1], here divided by degree."""
    links = window_links(bones(NTU25.adjacency()), window)
    reach = [np.linalg.matrix_power(np.minimum(links + np.eye(len(links)), 1), k) for k in range(7)]
    for hops, scale in enumerate(disentangled_scales(links, 7)):
        expected = np.eye(len(links))
        if hops:
            expected += (reach[hops] >= 1) * 1.0 - (reach[hops - 1] >= 1)
        np.testing.assert_allclose(scale, expected / expected.sum(axis=0), rtol=1e-12)


def test_a_window_links_a_joint_to_itself_and_its_neighbours_in_every_frame():
    links = bones(KINECT20.adjacency())
    graph = window_links(links, 3).reshape(3, 20, 3, 20)
    for before in range(3):
        for after in range(3):
            np.testing.assert_array_equal(graph[before, :, after], links + np.eye(20))


@pytest.mark.parametrize(
    ("window", "stride", "frames"), [(3, 1, 7), (5, 1, 6), (3, 2, 7), (5, 2, 8)]
)
def test_a_window_slides_over_the_frames_with_zeros_beyond_the_ends(window, stride, frames):
    maps = torch.randn(2, 3, frames, 4)
    slid = SlidingWindow(window, stride)(maps)
    assert slid.shape == (2, 3, -(-frames // stride), window * 4)
    for number in range(slid.shape[2]):
        for offset in range(window):
            frame = number * stride + offset - window // 2
            expected = maps[:, :, frame] if 0 <= frame < frames else torch.zeros(2, 3, 4)
            assert torch.equal(slid[:, :, number, offset * 4 : offset * 4 + 4], expected)


def test_a_graph_convolution_sends_joint_v_to_joint_w():
    """A graph that is not symmetric, one channel, against a sum in plain loops."""
    torch.manual_seed(0)
    graphs = np.random.default_rng(0).random((2, 3, 3))
    layer = GraphConvolution(1, 4, graphs).eval()
    torch.nn.init.normal_(layer.PA)
    maps = torch.randn(1, 1, 2, 3)
    weights = layer.mlp.layers[0]
    for frame in range(2):
        for joint in range(3):
            total = weights.bias.clone()
            for scale in range(2):
                for other in range(3):
                    weight = graphs[scale, other, joint] + layer.PA[scale, other, joint]
                    total = (
                        total + weights.weight[:, scale, 0, 0] * weight * maps[0, 0, frame, other]
                    )
            torch.testing.assert_close(
                layer(maps)[0, :, frame, joint], F.relu(total / (1 + 1e-5) ** 0.5)
            )


def test_a_window_path_sees_its_window_and_no_further():
    links = bones(SMPL24.adjacency())
    graphs = disentangled_scales(window_links(links, 5), 2)
    path = WindowPath(3, 6, 8, graphs, window=5, stride=1).eval()
    maps = torch.randn(1, 3, 12, 24, requires_grad=True)
    (slope,) = torch.autograd.grad(path(maps)[0, :, 6].sum(), maps)
    reached = slope.abs().sum(dim=(0, 1, 3)) > 0
    assert reached.nonzero().flatten().tolist() == [4, 5, 6, 7, 8]


def test_both_paths_of_a_stage_may_be_negative_and_their_sum_is_rectified():
    model = _slim().eval()
    seen = {}
    for name in ("sgcn1", "gcn3d1", "tcn1", "sgcn3", "gcn3d3", "tcn3"):
        model.backbone.get_submodule(name).register_forward_hook(
            lambda _, inputs, maps, name=name: seen.update({name: (inputs[0], maps)})
        )
    model(torch.randn(2, 1, 8, 24, 3))
    for stage in (1, 3):
        within, across = seen[f"sgcn{stage}"][1], seen[f"gcn3d{stage}"][1]
        assert within.min() < 0
        assert across.min() < 0
        torch.testing.assert_close(seen[f"tcn{stage}"][0], (within + across).clamp(min=0))
        assert seen[f"tcn{stage}"][1].min() >= 0


def test_corrections_of_the_graphs_start_next_to_nothing_but_not_alike():
    correction = _slim().backbone.get_parameter("sgcn1.0.PA")
    assert 0 < correction.abs().max() <= 1e-6
    assert correction.std() > 1e-7


def test_every_weight_learns():
    model = _slim(persons=2)
    model(torch.randn(3, 2, 12, 24, 3)).square().sum().backward()
    for name, values in model.named_parameters():
        assert values.grad is not None, name
        assert torch.isfinite(values.grad).all(), name
    for name in ("gcn3d2.gcn3d.1.gcn3d.1.PA", "sgcn3.0.PA", "tcn1.branches.4.0.weight"):
        assert model.backbone.get_parameter(name).grad.abs().max() > 0, name


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"base_channels": 5}, "base_channels is 5"),
        ({"windows": (3, 4)}, "odd"),
        ({"windows": ()}, "odd"),
        ({"spatial_scales": 0}, "at least 1"),
        ({"persons": 0}, "at least 1"),
    ],
)
def test_sizes_that_no_network_can_have_are_refused(sizes, reason):
    with pytest.raises(InputError, match=reason):
        MSG3DConfig(5, **sizes)
