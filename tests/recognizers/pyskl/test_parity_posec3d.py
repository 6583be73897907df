"""PoseC3D and its heat maps against a real PYSKL: same weights, same points."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from recognizers.networks.heatmaps import place, project
from recognizers.networks.posec3d import PoseC3D, PoseC3DConfig
from tests.recognizers.pyskl.pyskl_reference import assert_same_gradients, assert_same_logits

models = pytest.importorskip(
    "pyskl.models", reason="PYSKL is not installed: the parity with it cannot be measured"
)
pipelines = pytest.importorskip("pyskl.datasets.pipelines", reason="PYSKL is not installed")

SIGMA = 0.6
CUT_OFF = np.exp(-(3.0**2) / 2)
"""What PYSKL leaves out: peaks farther than three sigma away along a row or a column."""

PAPER = {"base_channels": 32, "stage_blocks": (4, 6, 3)}
SLIM = {"base_channels": 8, "stage_blocks": (1, 2, 1), "temporal_strides": (1, 2, 1)}
COCO_LIMBS = [(0, 1), (0, 2), (5, 7), (7, 9), (6, 8), (5, 11), (11, 13), (12, 14), (11, 12)]


class _OnVolumes(nn.Module):
    """Our network from the heat maps on, which is where PYSKL's begins."""

    def __init__(self, network: PoseC3D) -> None:
        super().__init__()
        self.backbone, self.cls_head = network.backbone, network.cls_head

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return self.cls_head(self.backbone(maps).mean(dim=(2, 3, 4)))


def _pair(maps, dropout=0.0, **sizes):
    """PYSKL's network as if trained on these maps, and ours with its weights."""
    backbone = {
        "type": "ResNet3dSlowOnly",
        "in_channels": maps.shape[1],
        "base_channels": sizes["base_channels"],
        "num_stages": 3,
        "out_indices": (2,),
        "stage_blocks": sizes["stage_blocks"],
        "conv1_stride": (1, sizes.get("stem_stride", 1)),
        "conv1_kernel": (1, sizes.get("stem_kernel", 7), sizes.get("stem_kernel", 7)),
        "pool1_stride": (1, 1),
        "inflate": tuple(int(one) for one in sizes.get("inflate", (False, True, True))),
        "spatial_strides": sizes.get("spatial_strides", (2, 2, 2)),
        "temporal_strides": sizes.get("temporal_strides", (1, 1, 2)),
    }
    head = {
        "type": "I3DHead",
        "num_classes": 60,
        "in_channels": sizes["base_channels"] * 16,
        "dropout": dropout,
    }
    theirs = models.build_model({"type": "Recognizer3D", "backbone": backbone, "cls_head": head})
    theirs.init_weights()
    with torch.no_grad():
        for name, values in theirs.named_parameters():
            # Blocks start with a last norm of zero, which would hide all that they do.
            bn = values.ndim == 1 and ".bn." in name
            values.add_((0.3 if bn else 0.05 * values.std()) * torch.randn_like(values))
        norms = [part for part in theirs.modules() if isinstance(part, nn.BatchNorm3d)]
        for norm in norms:
            norm.momentum = 1.0
        theirs.train().extract_feat(maps)
        for norm in norms:
            norm.momentum = 0.1
    unconnected = np.zeros((3, maps.shape[1], maps.shape[1]))
    return theirs, PoseC3D(PoseC3DConfig(60, dropout=dropout, **sizes), unconnected)


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize(
    ("sizes", "shape"),
    [
        (PAPER, (2, 17, 4, 32, 32)),
        (SLIM, (3, 5, 7, 21, 21)),
        ({**SLIM, "inflate": (True, False, True)}, (3, 5, 7, 16, 16)),
        ({**SLIM, "stem_kernel": 5, "stem_stride": 2, "spatial_strides": (1, 2, 2)},
         (3, 5, 6, 20, 20)),
    ],
    ids=["paper", "slim", "other_stages_inflated", "other_stem"],
)  # fmt: skip
def test_the_same_weights_give_pyskls_logits_and_gradients(sizes, shape, mode):
    torch.manual_seed(0)
    maps = torch.rand(shape)
    theirs, network = _pair(maps, **sizes)
    network.load_state_dict(theirs.state_dict(), strict=True)
    ours = _OnVolumes(network)
    assert_same_logits(theirs, ours, maps, mode)
    assert_same_gradients(theirs, ours, maps, mode)


def test_dropout_falls_where_pyskls_falls():
    torch.manual_seed(0)
    maps = torch.rand(3, 5, 6, 16, 16)
    theirs, network = _pair(maps, dropout=0.5, **SLIM)
    network.load_state_dict(theirs.state_dict(), strict=True)
    torch.manual_seed(1)
    expected = theirs.train().cls_head(theirs.extract_feat(maps))
    ours = _OnVolumes(network).train()
    torch.manual_seed(1)
    torch.testing.assert_close(ours(maps), expected, rtol=0, atol=1e-5)
    assert not torch.allclose(ours(maps), expected, rtol=0, atol=1e-3), "another draw"


def test_a_fresh_network_is_drawn_as_pyskls():
    torch.manual_seed(0)
    theirs, ours = _pair(torch.rand(2, 17, 2, 16, 16), **PAPER)
    theirs.init_weights()
    state = ours.state_dict()
    for name, values in theirs.state_dict().items():
        if values.ndim > 1:
            assert state[name].std() == pytest.approx(values.std().item(), rel=0.1), name
            assert abs(state[name].mean()) < 0.1 * values.std(), name
        elif name.endswith(("weight", "bias")):
            assert torch.equal(state[name], values), name


def _people(persons, frames, joints):
    """Whole pixels whose box PYSKL's ``PoseCompact`` does not have to round: 640 wide with its
    margin, centred at (1000, 600)."""
    rng = np.random.default_rng(0)
    points = rng.integers([760, 440], [1240, 760], (persons, frames, joints, 2))
    points[0, 0, 0], points[-1, -1, -1] = (744, 440), (1256, 760)
    return points.astype(np.float32)


def _as_clips(points):
    """Points in a picture, whose rows run down, as clips whose second axis is up."""
    upwards = np.concatenate(
        [points[..., :1], -points[..., 1:], np.zeros_like(points[..., :1])], -1
    )
    return torch.from_numpy(upwards)[None]


def _pyskls_maps(points, limbs=None):
    results = {"keypoint": points.copy(), "img_shape": (1080, 1920)}
    steps = [
        pipelines.PoseCompact(hw_ratio=1.0, allow_imgpad=True),
        pipelines.Resize(scale=(64, 64), keep_ratio=False),
        pipelines.GeneratePoseTarget(
            with_kp=limbs is None, with_limb=limbs is not None, skeletons=limbs or ()
        ),
    ]
    for step in steps:
        results = step(results)
    return np.moveaxis(results["imgs"], 0, 1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("persons", [1, 2])
def test_joint_maps_are_pyskls_but_for_the_cut_off(persons, monkeypatch):
    monkeypatch.setattr(np, "Inf", np.inf, raising=False)
    points = _people(persons, 4, 17)
    expected = _pyskls_maps(points)
    maps = project(_as_clips(points), 64)[0].numpy()
    assert maps.shape == expected.shape == (17, 4, 64, 64)
    drawn = expected > 0
    assert drawn.mean() > 0.002
    print(f"joints, {persons} persons: {np.abs(maps - expected)[drawn].max():.1e} where drawn")
    np.testing.assert_allclose(maps[drawn], expected[drawn], rtol=0, atol=1e-3)
    assert maps[~drawn].max() <= CUT_OFF + 1e-6


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("persons", [1, 2])
def test_limb_maps_are_pyskls_but_for_the_cut_off(persons, monkeypatch):
    monkeypatch.setattr(np, "Inf", np.inf, raising=False)
    points = _people(persons, 4, 17)
    places = place(_as_clips(points), (0, 1), 0.25).numpy() * 64
    first, second = np.array(COCO_LIMBS).T
    lengths = np.linalg.norm(places[..., first, :] - places[..., second, :], axis=-1)
    assert lengths.min() > 1, "of shorter limbs PYSKL draws an end"
    expected = _pyskls_maps(points, COCO_LIMBS)
    maps = project(_as_clips(points), 64, limbs=COCO_LIMBS)[0].numpy()
    assert maps.shape == expected.shape == (9, 4, 64, 64)
    drawn = expected > CUT_OFF
    assert drawn.mean() > 0.005
    print(f"limbs, {persons} persons: {np.abs(maps - expected)[drawn].max():.1e} where drawn")
    np.testing.assert_allclose(maps[drawn], expected[drawn], rtol=0, atol=1e-3)
    assert maps[~drawn].max() <= CUT_OFF + 1e-6
