"""The same weights give the same logits in PYSKL's CTR-GCN and in ours."""

from __future__ import annotations

import pytest
import torch

from recognizers.networks.ctrgcn import CTRGCN, CTRGCNConfig
from skeletons.layouts import NTU25
from tests.recognizers.pyskl.pyskl_reference import assert_same_gradients, assert_same_logits, build

models = pytest.importorskip("pyskl.models", reason="PYSKL is not installed")

CLASSES = 60
PAPER = {"base_channels": 64, "num_stages": 10, "inflate_stages": [5, 8], "down_stages": [5, 8]}
# 18 channels are no multiple of the four temporal branches.
SLIM = {"base_channels": 18, "num_stages": 4, "inflate_stages": [3], "down_stages": [2, 3]}


def _pair(clips: torch.Tensor, persons: int = 2, **sizes):
    graph = {"layout": "nturgb+d", "mode": "spatial"}
    backbone = {"type": "CTRGCN", "graph_cfg": graph, "num_person": persons, **sizes}
    width = sizes["base_channels"] * 2 ** len(sizes["inflate_stages"])
    theirs = build(models, backbone, CLASSES, width, clips)
    config = CTRGCNConfig(
        CLASSES,
        persons=persons,
        base_channels=sizes["base_channels"],
        stages=sizes["num_stages"],
        inflate=tuple(sizes["inflate_stages"]),
        down=tuple(sizes["down_stages"]),
        kernel=sizes.get("kernel_size", 5),
        dilations=tuple(sizes.get("dilations", (1, 2))),
        temporal_dropout=sizes.get("tcn_dropout", 0.0),
    )
    ours = CTRGCN(config, NTU25.adjacency())
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return theirs, ours


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize(
    ("sizes", "shape"),
    [
        (PAPER, (2, 2, 8, 25, 3)),
        (SLIM, (3, 2, 19, 25, 3)),
        ({**SLIM, "kernel_size": 3, "dilations": [1, 2, 3]}, (3, 2, 16, 25, 3)),
        ({**SLIM, "persons": 1}, (3, 1, 16, 25, 3)),
    ],
    ids=["paper", "slim", "other_branches", "one_person"],
)
def test_the_same_weights_give_pyskls_logits_and_gradients(sizes, shape, mode):
    torch.manual_seed(0)
    clips = torch.randn(shape)
    theirs, ours = _pair(clips, **sizes)
    assert_same_logits(theirs, ours, clips, mode)
    assert_same_gradients(theirs, ours, clips, mode)


def test_dropout_falls_where_pyskls_falls():
    torch.manual_seed(0)
    clips = torch.randn(3, 2, 16, 25, 3)
    theirs, ours = _pair(clips, **SLIM, tcn_dropout=0.5)
    torch.manual_seed(1)
    expected = theirs.train().cls_head(theirs.extract_feat(clips))
    torch.manual_seed(1)
    torch.testing.assert_close(ours.train()(clips), expected, rtol=0, atol=1e-4)
    assert not torch.allclose(ours(clips), expected, rtol=0, atol=1e-3), "another draw"


def test_the_skeletons_graph_is_pyskls():
    theirs, _ = _pair(torch.randn(2, 2, 4, 25, 3), **SLIM)
    torch.testing.assert_close(torch.as_tensor(NTU25.adjacency()), theirs.backbone.A)
