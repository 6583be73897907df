"""One training step of the graph networks, beside PYSKL's where it is installed: `make bench`.

Each pair side by side: `pytest tests/performance/test_recognizer_speed.py --benchmark-enable
--benchmark-group-by=param:name`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from benchmark.engine.memory_reuse import keep_freed_memory
from recognizers.networks.catalogue import NETWORKS
from skeletons.layouts import NTU25, SMPL24

CLASSES = 60
SPATIAL = {"layout": "nturgb+d", "mode": "spatial"}

PAIRS = {
    "stgcn++": (
        (8, 1, 64, 25, 3),
        {},
        {"type": "STGCN", "gcn_adaptive": "init", "gcn_with_res": True, "tcn_type": "mstcn"},
    ),
    "ctrgcn": ((8, 2, 64, 25, 3), {"persons": 2}, {"type": "CTRGCN"}),
    "aagcn": ((8, 2, 64, 25, 3), {"persons": 2}, {"type": "AAGCN"}),
}
"""Shape of the clips, our sizes beside the published ones, PYSKL's settings."""


@pytest.fixture(autouse=True)
def two_threads(benchmark) -> Iterator[None]:
    """Both sides with two threads and the same memory, where they are timed."""
    threads = torch.get_num_threads()
    if not benchmark.disabled:
        keep_freed_memory()
        torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


def _ours(name: str) -> nn.Module:
    _, sizes, _ = PAIRS[name]
    return NETWORKS[name].build(CLASSES, NTU25, sizes)


def _pyskls(name: str) -> nn.Module:
    models = pytest.importorskip(
        "pyskl.models", reason="PYSKL is not installed: there is nothing to compare with"
    )
    head = {"type": "GCNHead", "num_classes": CLASSES, "in_channels": 256}
    backbone = {**PAIRS[name][2], "graph_cfg": SPATIAL}
    model = models.build_model({"type": "RecognizerGCN", "backbone": backbone, "cls_head": head})
    model.forward = lambda clips: model.cls_head(model.extract_feat(clips))
    return model


def _step(
    model: nn.Module, clips: torch.Tensor, classes: int, *, bfloat16: bool = False
) -> Callable[[], None]:
    labels = torch.arange(len(clips)) % classes
    optimiser = torch.optim.SGD(
        model.train().parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4
    )

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = model(clips)
        loss = F.cross_entropy(logits.float(), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


@pytest.mark.parametrize("side", ["ours", "ours, bfloat16", "PYSKL"])
@pytest.mark.parametrize("name", PAIRS)
def test_training_step_on_8_clips_of_64_frames(benchmark, name, side):
    benchmark.extra_info["what"] = f"training step, {name} of {side}, 8 clips of 64 frames"
    model = _pyskls(name) if side == "PYSKL" else _ours(name)
    clips = torch.randn(PAIRS[name][0])
    shown = clips[:2, :, :8] if benchmark.disabled else clips
    step = _step(model, shown, CLASSES, bfloat16=side.endswith("bfloat16"))
    benchmark.pedantic(step, rounds=7, warmup_rounds=2)


@pytest.mark.parametrize("name", NETWORKS)
def test_training_step_of_the_quick_profile_on_16_clips(benchmark, name):
    benchmark.extra_info["what"] = f"training step, {name} quick, 16 clips of 24 frames, one thread"
    torch.set_num_threads(1)
    network = NETWORKS[name]
    model = network.build(12, SMPL24, network.slim)
    benchmark.pedantic(_step(model, torch.randn(16, 1, 24, 24, 3), 12), rounds=15, warmup_rounds=3)
