"""What could make a training step cheaper, beside the step as it is: one thread, in turn.

The numbers stand in `docs/decisions/speed-of-a-training.md`.
"""

from __future__ import annotations

import copy
import json
import operator
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from benchmark.engine.memory_reuse import TUNABLES, keep_freed_memory
from recognizers.networks import graph_layers, joined_layers, temporal_layers
from recognizers.networks.catalogue import NETWORKS
from recognizers.recipe_table import recipe_of
from recognizers.training import build_optimiser
from skeletons.layouts import SMPL24

SEEDS, CLIPS, CLASSES = 3, 16, 12

CHILD = """
import json, sys, time
from tests.performance.test_step_speed import step_of, three_networks
from benchmark.engine.memory_reuse import keep_freed_memory

keep_freed_memory()
step = step_of(three_networks()[0], 0)
for line in sys.stdin:
    start = time.process_time()
    loss = step()
    peak = next(row for row in open("/proc/self/status") if row.startswith("VmHWM"))
    told = [time.process_time() - start, loss, int(peak.split()[1]) / 1024]
    print(json.dumps(told), flush=True)
"""


def three_networks() -> list[nn.Module]:
    """Slim ST-GCN++ of three seeds."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    sizes = recipe_of("stgcn++", "quick").model
    return [NETWORKS["stgcn++"].build(CLASSES, SMPL24, sizes).train() for _ in range(SEEDS)]


def step_of(model: nn.Module, seed: int, clips: int = CLIPS) -> Callable[[], float]:
    """A training step of the quick recipe that gives its loss."""
    sample = torch.randn(clips, 1, 24, 24, 3, generator=torch.Generator().manual_seed(seed))
    labels = torch.arange(clips) % CLASSES
    optimiser = build_optimiser(model, recipe_of("stgcn++", "quick").optimisation)

    def step() -> float:
        model.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(sample), labels)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ratio(one: Callable[[], object], other: Callable[[], object], rounds: int) -> float:
    """How long ``other`` takes where ``one`` takes 1: the median over rounds of each in turn."""
    pairs = [(seconds(one), seconds(other)) for _ in range(rounds + 1)][1:]
    return statistics.median(second / first for first, second in pairs)


@pytest.mark.slow
def test_large_pages_make_a_step_no_dearer_and_change_no_digit(benchmark):
    """Two processes, with large pages and without, take steps in turn."""
    rounds = 2 if benchmark.disabled else 20
    with ExitStack() as stack:
        processes = [stack.enter_context(_stepping(pages)) for pages in (0, 1)]

        def step(pages):
            process = processes[pages]
            process.stdin.write("step\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        told = [(step(0), step(1)) for _ in range(rounds + 1)][1:]
        benchmark.pedantic(step, args=(1,), rounds=1)
    assert [small[1] for small, _ in told] == [large[1] for _, large in told]
    with_large = statistics.median(large[0] / small[0] for small, large in told)
    benchmark.extra_info["time_with_large_pages"] = round(with_large, 3)
    benchmark.extra_info["peak_mb"] = [round(one[2]) for one in told[-1]]
    assert benchmark.disabled or with_large < 1.05


def _stepping(pages: int) -> subprocess.Popen[str]:
    """A process that takes a step for each line; it ends with its input."""
    environment = {**os.environ, TUNABLES: f"glibc.malloc.hugetlb={pages}"}
    pipes: dict[str, int] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", CHILD], text=True, env=environment, **pipes)


@pytest.mark.slow
def test_three_seeds_in_one_network_beside_one_after_the_other(benchmark, monkeypatch):
    """``torch.vmap`` over stacked weights, forward and backward; norms keep no statistics."""
    keep_freed_memory()
    networks = three_networks()
    for norm in (one for model in networks for one in model.modules()):
        if isinstance(norm, nn.modules.batchnorm._BatchNorm):
            norm.track_running_stats = False
            norm.running_mean = norm.running_var = norm.num_batches_tracked = None
    samples = torch.randn(SEEDS, CLIPS, 1, 24, 24, 3)
    labels = (torch.arange(CLIPS) % CLASSES).expand(SEEDS, CLIPS)

    def plain_norm(norms, maps):
        weight, bias = joined_layers.joined_parameters(norms)
        return F.batch_norm(maps, None, None, weight, bias, True, 0.1, norms[0].eps)

    monkeypatch.setattr(joined_layers, "joined_norm", plain_norm)
    monkeypatch.setattr(temporal_layers, "joined_norm", plain_norm)
    monkeypatch.setattr(
        nn.Module, "get_parameter", lambda self, name: operator.attrgetter(name)(self)
    )

    def one_by_one():
        for model, sample, wanted in zip(networks, samples, labels, strict=True):
            model.zero_grad(set_to_none=True)
            F.cross_entropy(model(sample), wanted).backward()

    stacked = {
        name: weights.detach().requires_grad_()
        for name, weights in torch.func.stack_module_state(networks)[0].items()
    }
    skeleton = copy.deepcopy(networks[0]).to("meta")

    def together():
        with monkeypatch.context() as patch:  # vmap knows no memory formats
            patch.setattr(graph_layers, "in_working_layout", lambda maps: maps)
            logits = torch.vmap(
                lambda weights, sample: torch.func.functional_call(skeleton, weights, (sample,))
            )(stacked, samples)
        for weights in stacked.values():
            weights.grad = None
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum") / CLIPS
        loss.backward()
        return logits

    found = ratio(one_by_one, together, 2 if benchmark.disabled else 7)
    alone = [model(sample) for model, sample in zip(networks, samples, strict=True)]
    torch.testing.assert_close(together(), torch.stack(alone), atol=1e-4, rtol=1e-4)
    benchmark.extra_info["time_together"] = round(found, 3)
    benchmark.pedantic(together, rounds=1)


@pytest.mark.slow
def test_three_times_the_clips_in_one_step_beside_three_steps(benchmark):
    """The most that any way of training three seeds at once could save: their products with equal
    weights."""
    keep_freed_memory()
    model, *_ = three_networks()
    single, triple = step_of(model, 0), step_of(copy.deepcopy(model), 0, clips=SEEDS * CLIPS)
    found = ratio(single, triple, 2 if benchmark.disabled else 10) / SEEDS
    benchmark.extra_info["time_of_a_third"] = round(found, 3)
    benchmark.pedantic(triple, rounds=1)
