from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from recognizers.st_trans import STTrans, STTransConfig
from recognizers.stgcn_pp import STGCNPP, STGCNPPConfig
from skeletons.skeleton import KINECT20, NTU25, SMPL24


def _overfits(model: nn.Module, batch: torch.Tensor, classes: int, steps: int) -> float:
    labels = torch.arange(len(batch)) % classes
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(steps):
        loss = F.cross_entropy(model(batch), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loss.item()


def test_st_trans_has_about_a_million_parameters_at_24x24():
    model = STTrans(STTransConfig(classes=12))
    assert 0.8e6 < sum(p.numel() for p in model.parameters()) < 1.2e6


@pytest.mark.parametrize("size", [24, 32, 48])
def test_st_trans_takes_images_of_any_size_and_is_differentiable_to_them(size):
    model = STTrans(STTransConfig(classes=5)).eval()
    images = torch.randn(2, 3, size, size, requires_grad=True)
    logits = model(images)
    assert logits.shape == (2, 5)
    assert model.features(images).shape == (2, model.config.features)
    (gradient,) = torch.autograd.grad(logits[0, 1], images)
    assert gradient[0].abs().min() > 0, "every pixel of the clip has a say"
    assert gradient[1].abs().max() == 0, "clips do not look at each other"


def test_st_trans_overfits_one_batch():
    torch.manual_seed(0)
    model = STTrans(STTransConfig(classes=4, dropout=0.0))
    assert _overfits(model, torch.randn(8, 3, 24, 24), 4, steps=40) < 0.05


@pytest.mark.parametrize("skeleton", [SMPL24, KINECT20, NTU25], ids=lambda s: s.name)
def test_stgcn_pp_takes_any_skeleton_and_number_of_persons(skeleton):
    model = STGCNPP(STGCNPPConfig(classes=7, base_channels=12), skeleton.adjacency())
    clips = torch.randn(2, 2, 16, len(skeleton), 3)
    assert model(clips).shape == (2, 7)
    model.eval()
    swapped = model(clips.flip(1))
    assert torch.allclose(model(clips), swapped, atol=1e-5), "persons have no order"


def test_stgcn_pp_at_the_papers_size_has_the_papers_parameters():
    model = STGCNPP(STGCNPPConfig(classes=60), NTU25.adjacency())
    count = sum(p.numel() for p in model.parameters())
    assert count == pytest.approx(1.39e6, rel=0.02), "PYSKL reports 1.39 M for NTU60"


def test_stgcn_pp_carries_pyskls_parameter_names():
    names = STGCNPP(STGCNPPConfig(classes=60), NTU25.adjacency()).state_dict().keys()
    for name in (
        "backbone.data_bn.weight",
        "backbone.gcn.0.gcn.A",
        "backbone.gcn.0.gcn.conv.weight",
        "backbone.gcn.0.gcn.down.0.weight",
        "backbone.gcn.3.tcn.branches.0.0.weight",
        "backbone.gcn.3.tcn.branches.0.3.conv.weight",
        "backbone.gcn.3.tcn.branches.5.weight",
        "backbone.gcn.3.tcn.transform.2.weight",
        "backbone.gcn.3.tcn.bn.running_mean",
        "backbone.gcn.4.residual.conv.weight",
        "backbone.gcn.4.residual.bn.weight",
        "cls_head.fc_cls.weight",
    ):
        assert name in names, name


def test_stgcn_pp_overfits_one_batch():
    torch.manual_seed(0)
    config = STGCNPPConfig(classes=4, base_channels=12, stages=4, inflate=(3,), down=(3,))
    model = STGCNPP(config, SMPL24.adjacency())
    assert _overfits(model, torch.randn(8, 1, 16, 24, 3), 4, steps=60) < 0.1
