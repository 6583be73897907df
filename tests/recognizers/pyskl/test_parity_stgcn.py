"""ST-GCN and ST-GCN++ against a real PYSKL, with the same weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recognizers.networks.stgcn import STGCN, STGCNConfig, spatial_configuration
from recognizers.networks.stgcn_pp import STGCNPP, STGCNPPConfig
from skeletons.layouts import NTU25
from tests.recognizers.pyskl.pyskl_reference import assert_same_gradients, assert_same_logits, build

models = pytest.importorskip(
    "pyskl.models", reason="PYSKL is not installed: the parity with it cannot be measured"
)

STGCN_GRAPH = {"layout": "nturgb+d", "mode": "stgcn_spatial"}
SPATIAL = {"layout": "nturgb+d", "mode": "spatial"}
PLUS = {"gcn_adaptive": "init", "gcn_with_res": True, "tcn_type": "mstcn", "graph_cfg": SPATIAL}

PAIRS = {
    "stgcn": ({"graph_cfg": STGCN_GRAPH}, STGCN, STGCNConfig(60)),
    "stgcn_with_dropout": (
        {
            "graph_cfg": STGCN_GRAPH,
            "base_channels": 16,
            "num_stages": 3,
            "inflate_stages": [2],
            "down_stages": [3],
            "tcn_dropout": 0.5,
        },
        STGCN,
        STGCNConfig(60, base_channels=16, stages=3, inflate=(2,), down=(3,), temporal_dropout=0.5),
    ),
    "stgcn_slim": (
        {
            "graph_cfg": STGCN_GRAPH,
            "base_channels": 16,
            "num_stages": 5,
            "inflate_stages": [3],
            "down_stages": [2, 4],
        },
        STGCN,
        STGCNConfig(60, base_channels=16, stages=5, inflate=(3,), down=(2, 4)),
    ),
    "stgcn++": (PLUS, STGCNPP, STGCNPPConfig(60)),
}


def _drop_the_same(*_):
    torch.manual_seed(1)


def _pair(name, clips):
    """PYSKL's network with every weight awake, and ours with its weights."""
    settings, network, config = PAIRS[name]
    ours = network(config, NTU25.adjacency())
    theirs = build(models, {"type": "STGCN", **settings}, 60, ours.backbone.out_channels, clips)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    for model in (theirs, ours):
        model.backbone.register_forward_pre_hook(_drop_the_same)
    return theirs, ours


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("name", PAIRS)
def test_the_same_weights_give_pyskls_logits_and_gradients(name, mode):
    torch.manual_seed(0)
    clips = torch.randn(2, 2, 12, 25, 3)
    theirs, ours = _pair(name, clips)
    assert_same_logits(theirs, ours, clips, mode)
    assert_same_gradients(theirs, ours, clips, mode)


def test_the_partitions_of_a_new_network_are_pyskls():
    graph = pytest.importorskip("pyskl.utils.graph")
    theirs = graph.Graph(**STGCN_GRAPH).A
    assert np.allclose(spatial_configuration(NTU25.adjacency(), 1), theirs, atol=1e-12)
    assert np.allclose(NTU25.adjacency(), graph.Graph(**SPATIAL).A, atol=1e-7)
