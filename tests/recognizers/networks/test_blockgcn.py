from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist
from torch.nn import functional as F

from recognizers.downstream import train_recognizer
from recognizers.networks.blockgcn import (
    EPSILON,
    BlockGCN,
    BlockGCNConfig,
    BlockGraphConvolution,
    StructureElements,
    barcode,
    hop_distances,
)
from recognizers.recipe_table import recipe_of
from recognizers.training import TrainingRun
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, NTU25, SMPL24
from tests.conftest import moving_clips
from tests.recognizers.weights import awake

SLIM = {"base_channels": 16, "stages": 3, "inflate": (2,), "down": (3,), "groups": 4, "elements": 8}


def _slim(skeleton=SMPL24, **sizes):
    torch.manual_seed(0)
    return BlockGCN(BlockGCNConfig(**{"classes": 4, **SLIM, **sizes}), skeleton.adjacency())


def test_at_the_papers_size_has_as_many_parameters_as_the_released_code():
    model = BlockGCN(BlockGCNConfig(classes=60, persons=2), NTU25.adjacency())
    count = sum(values.numel() for values in model.parameters())
    # Counted on their network for NTU: a bias in each of the 3 subsets' convolutions, and places of
    # elements in two dimensions, one of which is always zero. Width of the 10 blocks: 128 four
    # times, then 256.
    theirs = count + 2 * (4 * 128 + 6 * 256) + 2 * 64
    assert theirs == 1_372_780


@pytest.mark.parametrize("persons", [1, 2])
def test_clips_do_not_look_at_each_other_and_all_frames_and_joints_have_a_say(persons):
    model = awake(_slim()).eval()
    clips = torch.randn(3, persons, 8, 24, 3, requires_grad=True)
    logits = model(clips)
    (gradient,) = torch.autograd.grad(logits[0, 1], clips)
    assert gradient[0].abs().min() > 0
    assert gradient[1:].abs().max() == 0
    # A clip's scores do not depend on its batch: neither on its scale nor on its number of persons.
    torch.testing.assert_close(model(clips[:1]), logits[:1])
    torch.testing.assert_close(model(torch.cat([clips[:1], 100 * clips[1:]]))[:1], logits[:1])


def test_each_person_is_told_the_topology_of_its_own_clip():
    model = awake(_slim(persons=2)).eval()
    seen = []
    model.backbone.gcn[0].gcn1.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    clips = torch.randn(2, 2, 8, 24, 3)
    model(clips)
    block = model.backbone.gcn[0]
    structure = model.backbone.structure
    usual = structure(model.backbone.usual_bars.mean.unsqueeze(0))
    encoding = block.topology(structure(barcode(clips)) - usual)
    plain = model.backbone.data_bn(
        model.backbone.joint_embedding(clips) + model.backbone.joint_position
    ).flatten(0, 1)
    told = seen[0] - plain
    for row, clip in enumerate([0, 0, 1, 1]):
        expected = encoding[clip][:, None, None].expand(-1, 8, 24)
        torch.testing.assert_close(told[row], expected, rtol=1e-4, atol=1e-5)
    assert (encoding[0] - encoding[1]).abs().max() > 1e-3


@pytest.mark.parametrize(("spread", "loudness"), [(1e-3, 0.01), (0.1, 0.71), (10.0, 1.0)])
def test_an_encoding_that_hardly_varies_is_not_blown_up(spread, loudness):
    """Loudness is spread / sqrt(spread^2 + 0.01), whatever the mean."""
    torch.manual_seed(0)
    norm = _slim().backbone.gcn[0].topology[1]
    encoding = 5.0 + spread * torch.randn(500, norm.num_features)
    assert norm(encoding).std(dim=0).mean().item() == pytest.approx(loudness, rel=0.05)


def test_the_usual_clip_is_the_mean_of_all_clips_of_the_training():
    model = _slim().train()
    seen = [torch.randn(count, 1, 8, 24, 3) for count in (2, 5, 3)]
    for clips in seen:
        model(clips)
    expected = torch.cat([barcode(clips) for clips in seen]).mean(dim=0)
    torch.testing.assert_close(model.backbone.usual_bars.mean, expected)
    model.eval()(torch.randn(4, 1, 8, 24, 3))
    torch.testing.assert_close(model.backbone.usual_bars.mean, expected)


def test_what_the_usual_clip_is_makes_no_difference_to_training():
    model, clips = awake(_slim()).train(), torch.randn(6, 1, 8, 24, 3)
    logits = model(clips)
    model.backbone.usual_bars.mean += 0.3
    torch.testing.assert_close(model(clips), logits, rtol=1e-3, atol=1e-3)


def test_a_short_training_on_alike_bodies_is_still_right_in_testing():
    """Their topology differs by noise alone: its running mean must not lag behind by more."""
    train, test = moving_clips(24, seed=1), moving_clips(30, seed=2)
    sizes = {"base_channels": 16, "stages": 3, "inflate": (2,), "down": (2,)}
    recipe = replace(recipe_of("blockgcn", "quick"), model=sizes, test_samplings=1)
    trained = train_recognizer(
        "blockgcn", train, recipe=recipe, steps=80, seed=1, run=TrainingRun()
    )
    predicted = np.asarray(trained.scores(test)).argmax(axis=1)
    assert (predicted == test.labels).mean() > 0.9


@pytest.mark.parametrize("joints", [2, 5, 24])
def test_a_barcode_is_the_heights_of_single_linkage(joints):
    """Components of a Vietoris-Rips filtration merge as single linkage clusters do."""
    clips = torch.randn(6, 2, 4, joints, 3, dtype=torch.float64)
    bars = barcode(clips)
    assert bars.shape == (6, joints - 1)
    for clip, ends in zip(clips.numpy(), bars.numpy(), strict=True):
        distances = pdist(clip.mean(axis=(0, 1)))
        heights = linkage(distances, "single")[:, 2] / distances.max()
        np.testing.assert_allclose(ends, heights, rtol=1e-6)


def test_a_barcode_knows_neither_place_nor_size_nor_turn():
    clips = torch.randn(3, 1, 4, 24, 3, dtype=torch.float64)
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64)).Q
    moved = 7.0 * clips @ turn + torch.tensor([1.0, -2.0, 5.0], dtype=torch.float64)
    torch.testing.assert_close(barcode(moved), barcode(clips))


def test_coinciding_joints_have_bars_of_length_zero_and_finite_gradients():
    clips = torch.zeros(2, 1, 4, 5, 3, requires_grad=True)
    bars = barcode(clips)
    assert torch.equal(bars, torch.zeros(2, 4))
    (gradient,) = torch.autograd.grad(bars.sum(), clips)
    assert torch.isfinite(gradient).all()


def test_the_gradient_of_a_barcode_is_its_slope():
    torch.manual_seed(0)
    clips = torch.randn(2, 1, 2, 6, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(barcode, clips)


def test_structure_elements_count_the_bars_near_them():
    layer = StructureElements(2)
    with torch.no_grad():
        layer.centres.copy_(torch.tensor([0.5, 3.0]))
        layer.sharpness.copy_(torch.tensor([2.0, 2.0]))
    vector = layer(torch.tensor([[0.5, 0.5, 1.0], [3.0, 30.0, 30.0]]))
    expected = torch.tensor([[2 + np.exp(-1.0), 2 * np.exp(-25.0) + np.exp(-16.0)], [0.0, 1.0]])
    torch.testing.assert_close(vector, expected.float(), rtol=1e-5, atol=1e-6)


def test_hops_are_bones_between_two_joints():
    hops = hop_distances(SMPL24.adjacency())
    wrist, head, pelvis = (SMPL24.index(joint) for joint in ("left_wrist", "head", "pelvis"))
    assert hops[wrist, wrist] == 0
    # wrist, elbow, shoulder, collar, spine3, neck, head
    assert hops[wrist, head] == hops[head, wrist] == 6
    # head, neck, spine3, spine2, spine1, pelvis
    assert hops[head, pelvis] == 5
    with pytest.raises(InputError, match="falls into parts"):
        hop_distances(np.eye(3)[None])


def test_block_graph_convolution_is_its_sum_over_subsets_groups_and_hops():
    """Zhou et al. 2024, written with loops in float64, subset by subset."""
    torch.manual_seed(0)
    hops = hop_distances(KINECT20.adjacency())[:6, :6]
    groups, subsets, width = 2, 3, 4
    layer = awake(BlockGraphConvolution(8, 12, hops, groups, subsets).double()).eval()
    maps = torch.randn(2, 8, 3, 6, dtype=torch.float64)
    kernel = layer.conv.weight.reshape(groups, 6, subsets, width)
    total = layer.conv.bias[None, :, None, None].expand(2, -1, 3, 6).clone()
    for group in range(groups):
        for subset in range(subsets):
            learnt = layer.A[group, subset]
            bones = torch.stack(
                [layer.hop_encoding[group, subset, hops[v]] for v in range(len(hops))]
            )
            for w in range(6):
                weights = learnt[:, w] / (learnt[:, w].norm() + EPSILON)
                weights = weights + bones[:, w] / (bones[:, w].norm() + EPSILON)
                gathered = maps[:, group * width : (group + 1) * width] @ weights
                block = torch.einsum("oc,nct->not", kernel[group, :, subset], gathered)
                total[:, group * 6 : (group + 1) * 6, :, w] += block
    expected = F.relu(layer.bn(total) + layer.down(maps))
    torch.testing.assert_close(layer(maps), expected, rtol=1e-6, atol=1e-9)


def test_a_fresh_graph_leaves_joints_to_themselves():
    layer = BlockGraphConvolution(8, 8, hop_distances(SMPL24.adjacency()), 4, 3)
    torch.testing.assert_close(
        layer.graphs(), torch.eye(24).expand(4, 3, 24, 24), rtol=0, atol=2e-4
    )


def test_every_parameter_is_trained():
    model = awake(_slim())
    model(torch.randn(4, 1, 8, 24, 3)).square().sum().backward()
    still = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []


def test_a_saved_network_scores_as_before():
    model = awake(_slim()).eval()
    again = _slim()
    again.load_state_dict(model.state_dict())
    clips = torch.randn(2, 1, 8, 24, 3)
    assert torch.equal(again.eval()(clips), model(clips))


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="5 groups do not divide 16 channels"):
        _slim(groups=5)
    with pytest.raises(InputError, match="24, 3"):
        _slim()(torch.randn(2, 1, 8, 20, 3))
    with pytest.raises(InputError, match="two clips or more"):
        _slim()(torch.randn(1, 1, 8, 24, 3))
    with pytest.raises(InputError, match="3 persons"):
        _slim(persons=2)(torch.randn(2, 3, 8, 24, 3))
