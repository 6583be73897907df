"""The same weights give the same logits in PYSKL's DG-STGCN and in ours."""

from __future__ import annotations

import pytest
import torch

from recognizers.networks.dgstgcn import DGSTGCN, DGSTGCNConfig
from skeletons.layouts import NTU25
from tests.recognizers.pyskl.pyskl_reference import assert_same_gradients, assert_same_logits, build

models = pytest.importorskip("pyskl.models", reason="PYSKL is not installed")

PAPER = DGSTGCNConfig(60)
SLIM = DGSTGCNConfig(7, 16, stages=5, inflate=(3, 5), down=(2, 5), groups=3, ratio=0.25)


def _pair(config: DGSTGCNConfig, clips: torch.Tensor):
    backbone = {
        "type": "DGSTGCN",
        "base_channels": config.base_channels,
        "num_stages": config.stages,
        "inflate_stages": list(config.inflate),
        "down_stages": list(config.down),
        "gcn_ratio": config.ratio,
        "gcn_ctr": "T",
        "gcn_ada": "T",
        "tcn_ms_cfg": [(3, 1), (3, 2), (3, 3), (3, 4), ("max", 3), "1x1"],
        "graph_cfg": {
            "layout": "nturgb+d",
            "mode": "random",
            "num_filter": config.groups,
            "init_off": 0.04,
            "init_std": 0.02,
        },
    }
    features = config.base_channels * 2 ** len(config.inflate)
    theirs = build(models, backbone, config.classes, features, clips)
    ours = DGSTGCN(config, NTU25.adjacency())
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, ours


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize(
    ("config", "shape"),
    [(PAPER, (2, 1, 8, 25, 3)), (SLIM, (3, 2, 19, 25, 3)), (SLIM, (3, 1, 18, 25, 3))],
    ids=["paper", "slim", "one_person"],
)
def test_the_same_weights_give_pyskls_logits_and_gradients(config, shape, mode):
    torch.manual_seed(0)
    clips = torch.randn(shape)
    theirs, ours = _pair(config, clips)
    assert_same_logits(theirs, ours, clips, mode)
    assert_same_gradients(theirs, ours, clips, mode)
