"""Train a recognizer on one arm's clips and label the test clips with its last checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.graph_networks import GRAPH_NETWORKS
from recognizers.inputs import GraphInput, ImageInput
from recognizers.recipes import Recipe, recipe_of
from recognizers.registry import SUMMARIES, planned_steps, recipe
from recognizers.st_trans import STTrans, STTransConfig
from recognizers.training import Batches, TrainingRun, train
from skeletons.clips import ClipSet, IntArray
from skeletons.errors import InputError, unknown_name
from skeletons.image import SkeletonImageCodec
from skeletons.seeds import derive_seed, named_rng

__all__ = ["TrainedRecognizer", "planned_steps", "recipe", "train_and_predict", "train_recognizer"]

TEST_BATCH = 64

Input = GraphInput | ImageInput


@dataclass(frozen=True, eq=False)
class TrainedRecognizer:
    """A trained model with the way clips are prepared for it."""

    model: nn.Module
    prepare: Callable[[ClipSet], Input]
    samplings: int
    device: str

    @torch.inference_mode()
    def scores(self, clips: ClipSet) -> Tensor:
        """Class probabilities ``[N, classes]``, averaged over the test samplings."""
        self.model.eval()
        inputs = self.prepare(clips)
        batches = np.array_split(np.arange(len(clips)), -(-len(clips) // TEST_BATCH))
        scores = []
        for rows in batches:
            total = sum(
                F.softmax(self.model(inputs.sampling(rows, k, self.samplings).to(self.device)), -1)
                for k in range(self.samplings)
            )
            scores.append(torch.as_tensor(total).cpu() / self.samplings)
        return torch.cat(scores)

    def predict(self, clips: ClipSet) -> IntArray:
        """Label of each clip, ``[N]``."""
        return np.asarray(self.scores(clips).argmax(dim=1).numpy(), dtype=np.int64)


def train_recognizer(
    name: str,
    clips: ClipSet,
    *,
    recipe: Recipe,
    steps: int,
    seed: int,
    synthetic: NDArray[np.bool_] | None = None,
    run: TrainingRun,
) -> TrainedRecognizer:
    """Train ``name`` on ``clips`` for exactly ``steps`` optimiser steps.

    Args:
        synthetic: ``[N]``, which clips are synthetic; with ``recipe.synthetic_share`` they fill
            that share of every batch.

    Raises:
        InputError: no clips.
        TrainingDivergedError: the loss is no longer finite.
    """
    if len(clips) == 0:
        raise InputError(f"{name} cannot be trained: {clips.name} has no clips")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        model, prepare = _build(name, clips, recipe)
    inputs = prepare(clips)
    labels = torch.from_numpy(clips.labels)
    batches = Batches(len(clips), recipe.batch, seed, synthetic, recipe.synthetic_share)

    def loss(model: nn.Module, step: int) -> Tensor:
        rows = batches.rows(step)
        sample = inputs.batch(rows, named_rng(seed, "augment", step)).to(run.device)
        return F.cross_entropy(
            model(sample), labels[rows].to(run.device), label_smoothing=recipe.label_smoothing
        )

    trained = train(
        model, loss, name=name, steps=steps, seed=seed, optimisation=recipe.optimisation, run=run
    )
    samplings = recipe.test_samplings if isinstance(inputs, GraphInput) else 1
    return TrainedRecognizer(trained, prepare, samplings, run.device)


def train_and_predict(
    name: str,
    train: ClipSet,
    test: ClipSet,
    *,
    profile: str,
    steps: int,
    seed: int,
    synthetic: NDArray[np.bool_] | None = None,
    run: TrainingRun,
) -> IntArray:
    """Label of each test clip ``[N]`` by a recognizer trained on ``train``; see
    :func:`train_recognizer`. The last checkpoint counts."""
    trained = train_recognizer(
        name,
        train,
        recipe=recipe_of(name, profile),
        steps=steps,
        seed=seed,
        synthetic=synthetic,
        run=run,
    )
    return trained.predict(test)


def _build(
    name: str, clips: ClipSet, recipe: Recipe
) -> tuple[nn.Module, Callable[[ClipSet], Input]]:
    """A fresh model and how clips are prepared for it."""
    classes = len(clips.classes)
    if name in GRAPH_NETWORKS:
        adjacency = clips.skeleton.adjacency()
        model = GRAPH_NETWORKS[name].build(classes, adjacency, recipe.model)
        return model, lambda some: GraphInput.of(some, recipe.frames, recipe.augmentation)
    if name == "st_trans":
        codec = SkeletonImageCodec.fit(clips, max(recipe.frames, -(-len(clips.skeleton) // 8) * 8))
        model = STTrans(STTransConfig(classes, **recipe.model))
        return model, lambda some: ImageInput.of(some, codec, recipe.augmentation)
    raise unknown_name("recognizer", name, SUMMARIES)
