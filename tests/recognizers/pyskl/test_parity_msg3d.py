"""The same weights give the same logits in PYSKL's MS-G3D and in ours."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from recognizers.networks.msg3d import MSG3D, MSG3DConfig
from skeletons.layouts import NTU25
from tests.recognizers.pyskl.pyskl_reference import assert_same_gradients, assert_same_logits, build

models = pytest.importorskip("pyskl.models", reason="PYSKL is not installed")

CLASSES = 60
SLIM = {"base_channels": 14, "num_gcn_scales": 4, "num_g3d_scales": 3}


def _pair(clips: torch.Tensor, **sizes):
    graph = {"layout": "nturgb+d", "mode": "binary_adj"}
    width = sizes.get("base_channels", 96)
    backbone = {"type": "MSG3D", "graph_cfg": graph, **sizes}
    theirs = build(models, backbone, CLASSES, 4 * width, clips)
    config = MSG3DConfig(
        CLASSES,
        base_channels=width,
        spatial_scales=sizes.get("num_gcn_scales", 13),
        spacetime_scales=sizes.get("num_g3d_scales", 6),
        persons=sizes.get("num_person", 2),
    )
    return theirs, MSG3D(config, NTU25.adjacency())


def _make_differentiable(theirs) -> None:
    """PYSKL adds 0 in place to what a ReLU gave, which autograd refuses since torch keeps a ReLU's
    output for its gradient. As another ReLU follows, this one can go without a change of value."""
    for module in theirs.modules():
        if type(module).__name__ == "ST_MSGCN":
            assert isinstance(module.mlp.layers[-1], nn.ReLU)
            module.mlp.layers[-1] = nn.Identity()


def test_the_graphs_made_from_the_skeleton_are_pyskls():
    theirs, ours = _pair(torch.randn(2, 2, 4, 25, 3), base_channels=12)
    state = ours.state_dict()
    graphs = {name: values for name, values in theirs.state_dict().items() if name.endswith(".A")}
    assert len(graphs) == 1 + 3 + 6, "the skeleton, a path within frames and two across a stage"
    for name, values in graphs.items():
        torch.testing.assert_close(state[name], values, rtol=1e-6, atol=0)


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize(
    ("sizes", "shape"),
    [
        ({}, (2, 2, 6, 25, 3)),
        (SLIM, (3, 2, 19, 25, 3)),
        ({**SLIM, "num_person": 1}, (3, 1, 18, 25, 3)),
    ],
    ids=["paper", "slim", "one_person"],
)
def test_the_same_weights_give_pyskls_logits_and_gradients(sizes, shape, mode):
    torch.manual_seed(0)
    clips = torch.randn(shape)
    theirs, ours = _pair(clips, **sizes)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    assert_same_logits(theirs, ours, clips, mode)
    _make_differentiable(theirs)
    assert_same_gradients(theirs, ours, clips, mode)
