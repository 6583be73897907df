from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from recognizers.inputs import GraphInput
from recognizers.networks.heatmaps import joint_maps, place, project
from recognizers.networks.posec3d import Bottleneck, PoseC3D, PoseC3DConfig
from recognizers.recipes import Augmentation, Optimisation
from recognizers.training import Batches, TrainingRun, train
from skeletons.errors import InputError
from skeletons.layouts import NTU25, SMPL24
from skeletons.seeds import named_rng
from tests.conftest import moving_clips
from tests.recognizers.pyskl.pyskl_reference import names_and_shapes
from tests.recognizers.weights import awake

SLIM = {
    "base_channels": 8,
    "stage_blocks": (1, 1, 1),
    "size": 16,
    "test_size": 18,
    "stem_kernel": 3,
}


def _slim(skeleton=SMPL24, **sizes):
    torch.manual_seed(0)
    return PoseC3D(PoseC3DConfig(**{"classes": 4, **SLIM, **sizes}), skeleton.adjacency())


def test_names_and_shapes_are_pyskls():
    theirs = names_and_shapes("posec3d")
    # PYSKL's bodies are the 17 joints of COCO; their bones do not matter to joint maps.
    model = PoseC3D(PoseC3DConfig(classes=60), np.zeros((3, 17, 17)))
    ours = {name: list(values.shape) for name, values in model.state_dict().items()}
    assert len(theirs) == 260
    assert ours == theirs
    assert sum(values.numel() for values in model.parameters()) == 2_024_860


def test_the_defaults_are_pyskls_configuration():
    config = PoseC3DConfig(60)
    assert (config.size, config.test_size, config.sigma, config.crop) == (56, 64, 0.6, 0.56)
    assert config.dropout == 0.5
    volume = PoseC3D(config, NTU25.adjacency()).eval().backbone(torch.zeros(1, 25, 6, 56, 56))
    assert volume.shape == (1, 512, 3, 7, 7), "half the frames, an eighth of the map"


def test_in_testing_a_map_shows_the_whole_box_at_the_test_size():
    model = _slim(axes=(2, 1), padding=0.5, sigma=0.8).eval()
    clips = torch.randn(2, 1, 5, 24, 3)
    expected = project(clips, 18, axes=(2, 1), padding=0.5, sigma=0.8)
    assert torch.equal(model.heat_maps(clips), expected)
    points = place(clips, (2, 1), 0.5) * 18
    torch.testing.assert_close(expected, joint_maps(points, 18, 0.8))


def test_in_training_a_map_shows_a_window_that_hangs_on_the_seed():
    model = _slim().train()
    clips = torch.randn(1, 1, 5, 24, 3).expand(2, -1, -1, -1, -1)
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(model.heat_maps(clips))
    assert drawn[0].shape == (2, 24, 5, 16, 16)
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.allclose(drawn[0], drawn[2], atol=0.1)
    assert not torch.allclose(drawn[0][0], drawn[0][1], atol=0.1), "a window for each clip"
    uncut = _slim(crop=1.0).train()
    assert torch.equal(uncut.heat_maps(clips), project(clips, 16))


def test_limbs_are_the_skeletons_bones_or_those_that_are_asked_for():
    clips = torch.randn(1, 1, 5, 24, 3)
    bones = _slim(maps="limb").eval().heat_maps(clips)
    assert bones.shape == (1, 23, 5, 18, 18)
    limbs = ((0, 3), (20, 21))
    chosen = _slim(maps="limb", limbs=limbs)
    assert chosen.backbone.conv1.conv.in_channels == 2
    assert torch.equal(chosen.eval().heat_maps(clips), project(clips, 18, limbs=limbs))


def test_only_stages_that_say_so_look_at_other_frames():
    for inflate, reach in [((False,) * 3, 0), ((False, True, True), 2), ((True,) * 3, 3)]:
        model = awake(_slim(inflate=inflate, temporal_strides=(1, 1, 1))).eval().backbone
        maps = torch.rand(1, 24, 9, 8, 8, requires_grad=True)
        (gradient,) = torch.autograd.grad(model(maps)[:, :, 4].sum(), maps)
        seen = gradient.abs().amax(dim=(0, 1, 3, 4)).nonzero().flatten().tolist()
        assert seen == list(range(4 - reach, 5 + reach))


def test_the_network_is_what_its_paper_draws_layer_by_layer():
    """Stem, pooling and one bottleneck a stage, written with functions; He et al. 2016, figure 5,
    inflated as by Feichtenhofer et al. 2019, table 1."""
    model = awake(_slim()).eval().backbone
    state = dict(model.named_parameters()) | dict(model.named_buffers())

    def unit(name, volume, stride=1):
        weight = state[f"{name}.conv.weight"]
        padding = [size // 2 for size in weight.shape[2:]]
        volume = F.conv3d(volume, weight, None, stride, padding)
        statistics = [state[f"{name}.bn.{part}"] for part in ("running_mean", "running_var")]
        return F.batch_norm(
            volume, *statistics, state[f"{name}.bn.weight"], state[f"{name}.bn.bias"]
        )

    maps = torch.rand(2, 24, 6, 16, 16)
    volume = F.max_pool3d(F.relu(unit("conv1", maps)), (1, 3, 3), 1, (0, 1, 1))
    for stage, stride in [(1, (1, 2, 2)), (2, (1, 2, 2)), (3, (2, 2, 2))]:
        block = f"layer{stage}.0"
        change = F.relu(unit(f"{block}.conv1", volume))
        change = unit(f"{block}.conv3", F.relu(unit(f"{block}.conv2", change, stride)))
        volume = F.relu(change + unit(f"{block}.downsample", volume, stride))
    assert volume.shape == (2, 128, 3, 2, 2)
    torch.testing.assert_close(model(maps), volume)


@pytest.mark.parametrize(("strides", "shape"), [((2, 1), (2, 4)), ((1, 2), (3, 2))])
def test_a_block_that_only_thins_out_still_has_a_way_past(strides, shape):
    block = Bottleneck(32, 8, strides, 1)
    assert block(torch.rand(2, 32, 3, 4, 4)).shape == (2, 32, shape[0], shape[1], shape[1])


def test_a_fresh_block_is_its_way_past():
    model = _slim(stage_blocks=(2, 1, 1))
    volume = torch.rand(2, 32, 3, 4, 4)
    second = model.backbone.layer1[1]
    assert second.downsample is None
    assert torch.equal(second(volume), volume)
    assert not torch.equal(awake(second)(volume), volume)


def test_every_parameter_is_trained():
    for maps in ("joint", "limb"):
        model = awake(_slim(maps=maps))
        model(torch.randn(4, 1, 6, 24, 3)).square().sum().backward()
        still = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
        assert still == []


@pytest.mark.parametrize(
    ("sizes", "line"),
    [
        ({"inflate": (True,)}, "1 inflate for 3 stages"),
        ({"spatial_strides": (2, 2, 2, 2)}, "4 spatial_strides for 3 stages"),
        ({"temporal_strides": (2,)}, "1 temporal_strides for 3 stages"),
        ({"stem_kernel": 4}, "stem_kernel is odd, not 4"),
        ({"maps": "bone"}, "'joint' or 'limb', not 'bone'"),
        ({"crop": 0.0}, "crop is above 0 and at most 1, not 0.0"),
        ({"crop": 1.5}, "crop is above 0 and at most 1, not 1.5"),
        ({"maps": "limb", "limbs": ((0, 24),)}, r"\(0, 24\).*joints go from 0 to 23"),
        ({"maps": "limb", "limbs": ()}, "limbs are none"),
    ],
)
def test_sizes_that_no_network_can_have_are_refused(sizes, line):
    with pytest.raises(InputError, match=line):
        _slim(**sizes)


@pytest.mark.parametrize("shape", [(2, 1, 6, 20, 3), (2, 6, 24, 3), (2, 1, 6, 24, 1)], ids=str)
def test_clips_that_do_not_fit_are_refused(shape):
    with pytest.raises(InputError, match="clips have shape"):
        _slim()(torch.randn(shape))


def test_the_same_seed_gives_the_same_weights():
    first, second = _slim().state_dict(), _slim().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_configuration_can_be_kept_as_plain_values():
    config = PoseC3DConfig(4, maps="limb", limbs=((0, 1),))
    assert PoseC3DConfig(**dataclasses.asdict(config)) == config


@pytest.mark.parametrize("maps", ["joint", "limb"])
def test_learns_an_easy_task(maps):
    """Other clips than it was trained on; one of the three classes moves out of sight, in depth."""
    training, test = moving_clips(24, seed=1), moving_clips(30, seed=2)
    inputs, held_out = (GraphInput.of(clips, 12, Augmentation()) for clips in (training, test))
    # Without windows the maps of training and testing have one size, else bodies would grow.
    model = _slim(classes=3, maps=maps, crop=1.0, test_size=16, sigma=1.0, dropout=0.0)
    labels = torch.from_numpy(training.labels)
    batches = Batches(len(training), 12, seed=0)

    def loss(network, step):
        rows = batches.rows(step)
        sample = inputs.batch(rows, named_rng("augment", step))
        return F.cross_entropy(network(sample), labels[rows])

    optimisation = Optimisation("sgd", learning_rate=0.05, weight_decay=3e-4, clip=None)
    train(
        model, loss, name="posec3d", steps=40, seed=0, optimisation=optimisation, run=TrainingRun()
    )
    predicted = model(held_out.sampling(np.arange(30), 0, 1)).argmax(dim=1).numpy()
    assert (predicted == test.labels).mean() > 0.8
