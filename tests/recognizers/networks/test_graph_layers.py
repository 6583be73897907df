from __future__ import annotations

import pytest
import torch
from torch import nn

from recognizers.networks.graph_layers import (
    Backbone,
    GraphRecognizer,
    InputNorm,
    ResidualBlock,
    block_sizes,
    dropped,
    in_working_layout,
    neighbour_convolution,
    neighbour_sums,
)
from recognizers.networks.temporal_layers import Unit, shortcut
from skeletons.errors import InputError


@pytest.mark.parametrize("persons", [None, 2])
def test_input_norm_gives_each_statistic_mean_zero_and_variance_one(persons):
    clips = torch.randn(6, 2, 9, 5, 3, dtype=torch.float64) * 7 + torch.arange(15).reshape(5, 3)
    clips[:, 1] += 100
    normed = InputNorm(5, persons=persons).double()(clips)
    assert normed.shape == (6, 2, 3, 9, 5)
    over = (0, 1, 3) if persons is None else (0, 3)
    assert normed.mean(dim=over).abs().max() < 1e-9
    assert (normed.var(dim=over, unbiased=False) - 1).abs().max() < 1e-4
    expected = clips.permute(0, 1, 4, 2, 3)
    mean = expected.mean(dim=over, keepdim=True)
    spread = expected.var(dim=over, unbiased=False, keepdim=True)
    torch.testing.assert_close(normed, (expected - mean) / (spread + 1e-5).sqrt())


def test_absent_persons_are_persons_of_zeros():
    norm = InputNorm(5, persons=3).eval()
    nn.init.normal_(norm.bias)
    clips = torch.randn(2, 1, 4, 5, 3)
    full = torch.cat([clips, torch.zeros(2, 2, 4, 5, 3)], dim=1)
    assert torch.equal(norm(clips), norm(full))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 1, 4, 6, 3), r"\[N, M, T, 5, 3\]"),
        ((2, 1, 4, 5, 2), r"\[N, M, T, 5, 3\]"),
        ((2, 4, 5, 3), r"\[N, M, T, 5, 3\]"),
        ((2, 3, 4, 5, 3), "3 persons, the network was built for 2"),
    ],
)
def test_clips_that_do_not_fit_are_refused(shape, message):
    with pytest.raises(InputError, match=message):
        InputNorm(5, persons=2)(torch.zeros(shape))


def test_a_network_has_at_least_one_person():
    with pytest.raises(InputError, match="at least one"):
        InputNorm(5, persons=0)


@pytest.mark.parametrize("of_each_clip", [False, True])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_neighbour_sums_are_the_sums_over_joints_for_each_partition(layout, of_each_clip):
    maps = torch.randn(2, 4, 6, 5).contiguous(memory_format=layout)
    graphs = torch.rand(2, 3, 5, 7) if of_each_clip else torch.rand(3, 5, 7)
    expected = torch.zeros(2, 3 * 4, 6, 7)
    for clip in range(2):
        for part in range(3):
            for source in range(5):
                for target in range(7):
                    weight = (graphs[clip] if of_each_clip else graphs)[part, source, target]
                    handed = weight * maps[clip, :, :, source]
                    expected[clip, part * 4 : part * 4 + 4, :, target] += handed
    sums = neighbour_sums(maps, graphs)
    torch.testing.assert_close(sums, expected, rtol=1e-5, atol=1e-5)
    assert sums.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("bias", [False, True])
def test_a_neighbour_convolution_convolves_each_partition_and_sums_over_the_graph(bias):
    maps, graphs = torch.randn(2, 3, 6, 5), torch.rand(2, 5, 5)
    convolution = nn.Conv2d(3, 2 * 4, 1, bias=bias)
    handed = convolution(maps).reshape(2, 2, 4, 6, 5)
    expected = torch.einsum("nkctv,kvw->nctw", handed, graphs)
    found = neighbour_convolution(maps, convolution, graphs)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_the_way_through_a_network_keeps_the_channels_of_a_joint_together():
    seen = []
    blocks = [ResidualBlock(nn.Identity(), Unit(3, 3, 3), Unit(3, 3, 1)) for _ in range(2)]
    for block in blocks:
        block.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    Backbone(InputNorm(5), blocks, 3)(torch.randn(2, 2, 7, 5, 3))
    assert [maps.shape for maps in seen] == [(4, 3, 7, 5)] * 2
    assert all(maps.is_contiguous(memory_format=torch.channels_last) for maps in seen)


def test_dropout_draws_the_same_in_every_memory_layout():
    maps, drop = torch.randn(2, 3, 4, 5), nn.Dropout(0.5)
    torch.manual_seed(3)
    expected = drop(maps)
    torch.manual_seed(3)
    assert torch.equal(dropped(in_working_layout(maps), drop), expected)
    assert dropped(maps, drop.eval()) is maps
    assert dropped(maps, nn.Dropout(0.0)) is maps


def test_a_recognizer_pools_by_the_mean_and_starts_without_an_opinion():
    torch.manual_seed(0)
    backbone = Backbone(InputNorm(5), [nn.Conv2d(3, 256, 1)], 256)
    model = GraphRecognizer(backbone, classes=40, dropout=0.5).eval()
    clips = torch.randn(2, 3, 7, 5, 3)
    maps = backbone(clips)
    assert maps.shape == (2, 3, 256, 7, 5)
    for clip in range(2):
        alone = backbone(clips[clip : clip + 1])[0]
        torch.testing.assert_close(maps[clip], alone)
        torch.testing.assert_close(
            model.features(clips)[clip], torch.stack(list(alone)).flatten(2).mean(dim=(0, 2))
        )
    assert float(model.cls_head.fc_cls.weight.detach().std()) == pytest.approx(0.01, rel=0.05)
    assert not model.cls_head.fc_cls.bias.any()
    model.train()
    features = model.features(clips)
    assert not torch.equal(model.classify(features), model.classify(features)), "dropout"


def test_blocks_double_their_width_and_halve_the_frames_where_told():
    sizes = block_sizes(8, 5, inflate=(3, 5), down=(2, 5))
    assert [(size.channels, size.out_channels, size.stride) for size in sizes] == [
        (3, 8, 1),
        (8, 8, 2),
        (8, 16, 1),
        (16, 16, 1),
        (16, 32, 2),
    ]
    assert [size.first for size in sizes] == [True, False, False, False, False]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("frames", [1, 8, 9])
@pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (3, 1), (3, 4), (9, 1)])
def test_a_temporal_unit_and_the_way_past_it_agree_on_the_frames(kernel, dilation, frames, stride):
    maps = torch.randn(2, 4, frames, 5)
    through = Unit(4, 6, kernel, stride, dilation).eval()(maps)
    assert through.shape == shortcut(4, 6, stride).eval()(maps).shape
    assert through.shape == (2, 6, -(-frames // stride), 5)


def test_a_block_adds_what_goes_past_it_and_only_drops_what_goes_through():
    block = ResidualBlock(nn.Identity(), nn.Identity(), nn.Identity(), dropout=1.0)
    maps = torch.randn(2, 4, 3, 5)
    assert torch.equal(block.train()(maps), maps.relu())
    assert torch.equal(block.eval()(maps), (2 * maps).relu())
    alone = ResidualBlock(nn.Identity(), nn.Identity(), None).eval()
    assert torch.equal(alone(maps), maps.relu())
