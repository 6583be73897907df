"""AAGCN against a real PYSKL, with the same weights."""

from __future__ import annotations

import re

import pytest
import torch

from recognizers.networks.aagcn import AAGCN, AAGCNConfig
from skeletons.layouts import NTU25
from tests.recognizers.pyskl.pyskl_reference import assert_same_gradients, assert_same_logits, build

models = pytest.importorskip(
    "pyskl.models", reason="PYSKL is not installed: the parity with it cannot be measured"
)

PAIRS = {
    "aagcn": ({}, AAGCNConfig(60, persons=2)),
    "one_person": (
        {"num_person": 1, "num_stages": 2, "base_channels": 16},
        AAGCNConfig(60, stages=2, base_channels=16, persons=1),
    ),
    "any_persons": (
        {"data_bn_type": "VC", "num_stages": 2, "base_channels": 16},
        AAGCNConfig(60, stages=2, base_channels=16),
    ),
    "slim_with_dropout": (
        {
            "base_channels": 16,
            "num_stages": 4,
            "inflate_stages": [3],
            "down_stages": [2, 4],
            "tcn_dropout": 0.3,
            "gcn_coff_embedding": 8,
        },
        AAGCNConfig(
            60,
            base_channels=16,
            stages=4,
            inflate=(3,),
            down=(2, 4),
            temporal_dropout=0.3,
            reduction=8,
            persons=2,
        ),
    ),
}


def _drop_the_same(*_):
    torch.manual_seed(1)


def _pair(name, clips):
    """PYSKL's network with every weight awake, and ours with its weights."""
    settings, config = PAIRS[name]
    ours = AAGCN(config, NTU25.adjacency())
    backbone = {"type": "AAGCN", "graph_cfg": {"layout": "nturgb+d", "mode": "spatial"}}
    theirs = build(models, {**backbone, **settings}, 60, ours.backbone.out_channels, clips)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    for model in (theirs, ours):
        model.backbone.register_forward_pre_hook(_drop_the_same)
    return theirs, ours


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("name", PAIRS)
def test_the_same_weights_give_pyskls_logits_and_gradients(name, mode):
    torch.manual_seed(0)
    clips = torch.randn(2, PAIRS[name][1].persons or 2, 12, 25, 3)
    theirs, ours = _pair(name, clips)
    assert_same_logits(theirs, ours, clips, mode)
    assert_same_gradients(theirs, ours, clips, mode)


def test_a_new_network_starts_as_pyskls_does():
    _, config = PAIRS["slim_with_dropout"]
    theirs = _pair("slim_with_dropout", torch.randn(2, 2, 8, 25, 3))[0]
    theirs.backbone.init_weights()
    ours = AAGCN(config, NTU25.adjacency()).state_dict()
    compared = 0
    for name, value in theirs.state_dict().items():
        # The rest PYSKL leaves to torch's defaults, and `build` has drawn it anew.
        if not re.search(r"\.(gcn|tcn)\.\w+(\.\d)?\.(weight|bias)$", name):
            continue
        if value.numel() == 1 or value.std() == 0:
            assert torch.equal(ours[name], value), name
        elif value.numel() > 100:
            assert float(ours[name].std()) == pytest.approx(float(value.std()), rel=0.3), name
        compared += 1
    assert compared > 100
