"""What making a batch costs beside the training step that it is for."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from recognizers.inputs import GraphInput
from recognizers.networks.catalogue import NETWORKS
from recognizers.recipe_table import recipe_of
from recognizers.recipes import STRONG, Augmentation
from recognizers.training import Batches, build_optimiser
from skeletons.seeds import named_rng
from tests.conftest import moving_clips

LARGEST_SHARE = {"gru": 0.15}
"""Of a step's time; a step of the GRU, which trains on noise as well, takes few milliseconds."""
OF_ANY_OTHER = 0.05
LARGEST_SHARE_OF_AUGMENTATION = 0.1


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("stgcn++", "quick"),
        ("gru", "quick"),
        pytest.param("dgstgcn", "paper", marks=pytest.mark.slow),
    ],
)
def test_a_batch_is_made_in_a_small_part_of_its_step(benchmark, name, profile):
    recipe = recipe_of(name, profile)
    clips = moving_clips(64, frames=120 if profile == "paper" else 40)
    inputs = GraphInput.of(clips, recipe.frames, recipe.augmentation)
    size = min(recipe.batch, 32)
    batches = Batches(len(clips), size, 0)
    model = NETWORKS[name].build(3, clips.skeleton, recipe.model).train()
    step = _step(model, build_optimiser(model, recipe.optimisation))
    labels = torch.from_numpy(clips.labels)

    def batch(step):
        rows = batches.rows(step)
        return inputs.batch(rows, named_rng(0, "augment", step)), labels[torch.from_numpy(rows)]

    making, training = [], []
    for number in range(6 if profile == "quick" else 2):
        start = time.perf_counter()
        sample, wanted = batch(number)
        made = time.perf_counter()
        step(sample, wanted)
        making.append(made - start)
        training.append(time.perf_counter() - made)
    share = statistics.median(making) / statistics.median(np.add(making, training))
    benchmark.extra_info["share_of_the_step"] = round(share, 4)
    benchmark(batch, 0)
    assert share < LARGEST_SHARE.get(name, OF_ANY_OTHER)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "gru" else pytest.mark.slow) for name in NETWORKS],
)
def test_augmentation_is_a_small_part_of_a_quick_step(benchmark, name):
    recipe = recipe_of(name, "quick")
    clips = moving_clips(64, frames=40)
    plain, strong = (
        GraphInput.of(clips, recipe.frames, changes) for changes in (Augmentation(), STRONG)
    )
    batches = Batches(len(clips), recipe.batch, 0)
    model = NETWORKS[name].build(3, clips.skeleton, recipe.model).train()
    step = _step(model, build_optimiser(model, recipe.optimisation))
    labels = torch.from_numpy(clips.labels)

    def seconds(inputs, number):
        start = time.process_time()
        rows = batches.rows(number)
        sample = inputs.batch(rows, named_rng(0, "augment", number))
        made = time.process_time()
        step(sample, labels[torch.from_numpy(rows)])
        return made - start, time.process_time() - start

    # In turn, so that both see the same machine.
    pairs = [(seconds(plain, number), seconds(strong, number)) for number in range(8)][2:]
    added = statistics.median(augmented[0] - as_is[0] for as_is, augmented in pairs)
    whole = statistics.median(as_is[1] for as_is, _ in pairs)
    benchmark.extra_info["added_part_of_the_step"] = round(added / whole, 4)
    benchmark(strong.batch, batches.rows(0), named_rng(0, "augment"))
    assert added / whole < LARGEST_SHARE_OF_AUGMENTATION


def _step(
    model: nn.Module, optimiser: torch.optim.Optimizer
) -> Callable[[torch.Tensor, torch.Tensor], None]:
    def step(sample: torch.Tensor, wanted: torch.Tensor) -> None:
        optimiser.zero_grad()
        F.cross_entropy(model(sample), wanted).backward()
        optimiser.step()

    return step
