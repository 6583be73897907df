"""What making a batch costs beside the training step that it is for."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from recognizers.inputs import GraphInput
from recognizers.networks.catalogue import NETWORKS
from recognizers.recipe_table import recipe_of
from recognizers.training import Batches, build_optimiser
from skeletons.seeds import named_rng
from tests.conftest import moving_clips

LARGEST_SHARE = 0.05


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
    optimiser = build_optimiser(model, recipe.optimisation)
    labels = torch.from_numpy(clips.labels)

    def batch(step):
        rows = batches.rows(step)
        return inputs.batch(rows, named_rng(0, "augment", step)), labels[torch.from_numpy(rows)]

    def step(sample, wanted):
        optimiser.zero_grad()
        F.cross_entropy(model(sample), wanted).backward()
        optimiser.step()

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
    assert share < LARGEST_SHARE
