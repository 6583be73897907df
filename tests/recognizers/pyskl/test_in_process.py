"""PYSKL's networks on our skeletons: the same as ours with the same weights, and they learn.

That they are the same says that the plug-in's graphs are right, too.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from recognizers.inputs import GraphInput
from recognizers.networks.catalogue import NETWORKS
from recognizers.pyskl import in_process
from recognizers.pyskl.availability import Missing
from recognizers.pyskl.networks import PYSKL_NETWORKS, model_settings, slim_sizes
from recognizers.recipes import Augmentation, Optimisation
from recognizers.training import Batches, TrainingRun, train
from skeletons.errors import InputError
from skeletons.layouts import KINECT20, SMPL24
from skeletons.seeds import named_rng
from skeletons.skeleton import Skeleton
from tests.conftest import moving_clips
from tests.recognizers.pyskl import pyskl_reference

SKELETONS = {skeleton.name: skeleton for skeleton in (SMPL24, KINECT20)}


@pytest.fixture
def models():
    return pytest.importorskip(
        "pyskl.models", reason="PYSKL is not installed: its networks cannot be built"
    )


def native(network: str, skeleton: Skeleton, sizes: dict) -> nn.Module:
    return NETWORKS[network].build(6, skeleton, sizes)


def awake(models, network: str, skeleton: Skeleton, sizes: dict, clips) -> nn.Module:
    """PYSKL's own recognizer on the registered layout, with no weight at zero."""
    settings = model_settings(network, 6, skeleton.name, sizes)
    features = settings["cls_head"]["in_channels"]
    return pyskl_reference.build(models, settings["backbone"], 6, features, clips)


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
@pytest.mark.parametrize("network", PYSKL_NETWORKS)
def test_the_same_weights_give_our_networks_logits(models, network, skeleton, mode) -> None:
    torch.manual_seed(0)
    sizes = slim_sizes(network)
    clips = torch.randn(3, 1, 12, len(skeleton), 3)
    pyskls = in_process.build(network, 6, skeleton, sizes)
    reference = awake(models, network, skeleton, sizes, clips)
    ours = native(network, skeleton, sizes)
    for model in (pyskls, ours):
        model.load_state_dict(reference.state_dict(), strict=True)
    pyskl_reference.assert_same_logits(pyskls_whole(pyskls), ours, clips, mode)
    # Its statistics have moved with the batch: the reference starts from those before it.
    pyskls.load_state_dict(reference.state_dict(), strict=True)
    pyskl_reference.assert_same_logits(reference, pyskls, clips, mode)


def pyskls_whole(model: in_process.PysklRecognizer) -> nn.Module:
    """The recognizer with the method by which the comparison asks PYSKL's for its features."""

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone, self.cls_head = model.backbone, model.cls_head

        def extract_feat(self, clips):
            return model.features(clips)

    return Whole()


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
@pytest.mark.parametrize("network", [name for name in PYSKL_NETWORKS if name != "dgstgcn"])
def test_a_fresh_network_starts_from_our_graphs(models, network, skeleton) -> None:
    sizes = slim_sizes(network)
    theirs = in_process.build(network, 6, skeleton, sizes).state_dict()
    ours = native(network, skeleton, sizes).state_dict()
    graphs = [name for name in ours if name.endswith(".A")]
    assert len(graphs) >= 6
    for name in graphs:
        torch.testing.assert_close(theirs[name], ours[name], atol=1e-6, rtol=0)


@pytest.mark.parametrize("network", PYSKL_NETWORKS)
def test_the_published_sizes_are_those_of_our_network(models, network) -> None:
    theirs = in_process.build(network, 6, SMPL24, {}).state_dict()
    ours = native(network, SMPL24, {}).state_dict()
    assert {name: values.shape for name, values in theirs.items()} == {
        name: values.shape for name, values in ours.items()
    }


@pytest.mark.parametrize("network", PYSKL_NETWORKS)
def test_weights_follow_torchs_seed_alone(models, network) -> None:
    def weights(seed: int) -> dict[str, torch.Tensor]:
        np.random.random()  # noqa: NPY002
        torch.manual_seed(seed)
        return in_process.build(network, 6, SMPL24, slim_sizes(network)).state_dict()

    first, again, other = weights(0), weights(0), weights(1)
    assert all(torch.equal(first[name], again[name]) for name in first)
    moved = {name for name in first if not torch.equal(first[name], other[name])}
    assert "cls_head.fc_cls.weight" in moved
    assert ("backbone.gcn.0.gcn.A" in moved) == (network == "dgstgcn")


def test_numpys_own_generator_goes_on_as_if_nothing_was_drawn(models) -> None:
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    in_process.build("dgstgcn", 6, SMPL24, slim_sizes("dgstgcn"))
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize("network", PYSKL_NETWORKS)
def test_our_loop_trains_it(models, network) -> None:
    clips = moving_clips(12)
    torch.manual_seed(0)
    sizes = {size: value for size, value in slim_sizes(network).items() if size != "base_channels"}
    model = in_process.build(network, 3, clips.skeleton, {**sizes, "base_channels": 12})
    inputs = GraphInput.of(clips, 8, Augmentation())
    batches, labels = Batches(12, 12, 0), torch.from_numpy(clips.labels)
    losses = []

    def loss(model: nn.Module, step: int):
        rows = batches.rows(step)
        value = F.cross_entropy(model(inputs.batch(rows, named_rng(0, step))), labels[rows])
        losses.append(float(value.detach()))
        return value

    optimisation = Optimisation("adamw", learning_rate=0.02, warm_up=0.0, ema=0.5)
    trained = train(
        model, loss, name=network, steps=12, seed=0, optimisation=optimisation, run=TrainingRun()
    )
    assert trained is not model, "the moving average is a copy: such a network can be copied"
    assert np.mean(losses[-3:]) < 0.8 * losses[0], losses


def test_ms_g3d_that_can_be_trained_has_pyskls_logits_to_the_bit(models) -> None:
    sizes = slim_sizes("msg3d")
    torch.manual_seed(0)
    mended = in_process.build("msg3d", 6, SMPL24, sizes)
    blocks = [part for part in mended.modules() if type(part).__name__ == "ST_MSGCN"]
    assert len(blocks) == 6
    clips = torch.randn(3, 1, 12, 24, 3)
    with torch.no_grad():
        logits = mended(clips)
        for block in blocks:
            assert isinstance(block.mlp.layers[-1], nn.Identity)
            block.mlp.layers[-1] = nn.ReLU()
        as_published = mended(clips)
    assert torch.equal(logits, as_published)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        mended(clips).sum().backward()


def test_ms_g3d_on_pyskls_own_layout_is_left_alone(models) -> None:
    in_process.build("msg3d", 6, SMPL24, slim_sizes("msg3d"))
    settings = model_settings("msg3d", 6, "nturgb+d", slim_sizes("msg3d"))
    model = models.build_model(settings)
    blocks = [part for part in model.modules() if type(part).__name__ == "ST_MSGCN"]
    assert all(isinstance(block.mlp.layers[-1], nn.ReLU) for block in blocks)


@pytest.mark.parametrize(
    ("network", "sizes", "shape"),
    [
        ("stgcn++", {}, (2, 1, 8, 20, 3)),
        ("stgcn++", {}, (2, 1, 8, 24, 2)),
        ("stgcn++", {}, (1, 8, 24, 3)),
        ("ctrgcn", {}, (2, 2, 8, 24, 3)),
        ("aagcn", {"persons": 2}, (2, 1, 8, 24, 3)),
    ],
)
def test_clips_that_do_not_fit_are_told(models, network, sizes, shape) -> None:
    model = in_process.build(network, 6, SMPL24, {**slim_sizes(network), **sizes})
    with pytest.raises(InputError, match=r"clips have shape .*the network takes \[N, .*24, 3\]"):
        model(torch.zeros(shape))


def test_persons_are_averaged_where_the_network_takes_any_number(models) -> None:
    torch.manual_seed(0)
    model = in_process.build("stgcn++", 6, SMPL24, slim_sizes("stgcn++")).eval()
    clips = torch.randn(2, 3, 8, 24, 3)
    with torch.no_grad():
        together = model.features(clips)
        apart = [model.features(clips[:, person : person + 1]) for person in range(3)]
    torch.testing.assert_close(together, torch.stack(apart).mean(dim=0), atol=1e-6, rtol=1e-5)
    assert together.shape == (2, 96)


def test_more_joints_than_pyskl_knows_layouts_of(models) -> None:
    joints = tuple(f"joint{number}" for number in range(27))
    skeleton = Skeleton("row27", joints, tuple(range(-1, 26)), 0, (), ())
    for network in PYSKL_NETWORKS:
        sizes = slim_sizes(network)
        theirs = in_process.build(network, 6, skeleton, sizes)
        theirs.load_state_dict(native(network, skeleton, sizes).state_dict(), strict=True)
        assert theirs(torch.zeros(2, 1, 8, 27, 3)).shape == (2, 6)


def test_a_skeleton_with_the_name_of_pyskls_layout_is_bad_input(models) -> None:
    skeleton = Skeleton("coco", ("a", "b"), (-1, 0), 0, (), ())
    with pytest.raises(InputError, match=r"'pyskl:stgcn': layout 'coco' is one of PYSKL's own"):
        in_process.build("stgcn", 6, skeleton, {})


def test_importing_it_warns_of_nothing(models) -> None:
    code = (
        "from recognizers.pyskl import in_process; from skeletons.layouts import SMPL24; "
        "in_process.build('stgcn++', 2, SMPL24, {'base_channels': 12})"
    )
    ignored = [
        text for name in ("", "Pending") for text in ("-W", f"ignore::{name}DeprecationWarning")
    ]
    done = subprocess.run(
        [sys.executable, "-W", "error", *ignored, "-c", code],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_pyskl_it_is_one_line(monkeypatch) -> None:
    monkeypatch.setattr(in_process, "pyskl_in_process", lambda: Missing("it is not here", "x"))
    with pytest.raises(InputError, match=r"^recognizer 'pyskl:stgcn' needs PYSKL: it is not here;"):
        in_process.build("stgcn", 6, SMPL24, {})


@pytest.mark.parametrize(
    "body", ["import module_that_is_not_there", "assert False, 'MMCV==9 is incompatible'"]
)
def test_a_pyskl_that_cannot_be_imported_is_one_line(body, tmp_path, monkeypatch) -> None:
    package = tmp_path / "pyskl"
    package.mkdir()
    (package / "__init__.py").write_text(f"{body}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyskl"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(in_process, "pyskl_in_process", lambda: None)
    with pytest.raises(InputError, match=r"importing it fails, \w+Error: .*(there|incompatible)"):
        in_process.build("stgcn", 6, SMPL24, {})


def test_other_warnings_are_still_heard() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with in_process._without_expected_warnings():
            warnings.warn("On January 1, 2023, MMCV will release v2.0.0, in", stacklevel=1)
            warnings.warn("something new", stacklevel=1)
    assert [str(one.message) for one in heard] == ["something new"]
