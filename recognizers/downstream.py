"""Train a recognizer on one arm's clips and label the test clips with its last checkpoint."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.auxiliary_norms import AuxiliaryNorms
from recognizers.checkpoints import Fit, start_from
from recognizers.inputs import GraphInput, ImageInput, Input
from recognizers.names import RecognizerName
from recognizers.online import OnlineAugmentation, OnlineInput
from recognizers.recipes import Recipe
from recognizers.registry import (
    ST_TRANS,
    build_network,
    can_start_from_weights,
    draws_its_stream,
    trainer_elsewhere,
)
from recognizers.together import together
from recognizers.training import Batches, TrainingRun, arithmetic, train
from recognizers.transfer import to_device
from skeletons.arrays import BoolArray, Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.image import SkeletonImageCodec, rows_for
from skeletons.seeds import derive_seed, named_rng
from skeletons.skeleton import chain

TEST_BATCH = 64


@dataclass(frozen=True, eq=False)
class TrainedRecognizer:
    """A trained model with the way clips are prepared for it.

    Attributes:
        fit: what it started from, where weights were given.
    """

    model: nn.Module
    prepare: Callable[[ClipSet], Input]
    recipe: Recipe
    device: str
    fit: Fit | None = None

    @torch.inference_mode()
    def scores(self, clips: ClipSet) -> Float32Array:
        """Class probabilities ``[N, classes]``, averaged over the test samplings."""
        self.model.eval()
        inputs = self.prepare(clips)
        batches = np.array_split(np.arange(len(clips)), -(-len(clips) // TEST_BATCH))
        scores = []
        for rows in batches:
            seen = [F.softmax(self.model(view), -1) for view in self._views(inputs, rows)]
            scores.append(sum(seen, torch.zeros_like(seen[0])) / len(seen))
        return np.asarray(torch.cat(scores).cpu().numpy(), dtype=np.float32)

    def _views(self, inputs: Input, rows: IntArray) -> Iterator[Tensor]:
        """Every way in which clips are shown in the test."""
        if isinstance(inputs, ImageInput):
            yield to_device(inputs.sampling(rows, 0, 1), self.device)
            return
        for number in range(self.recipe.test_samplings):
            view = inputs.sampling(rows, number, self.recipe.test_samplings)
            yield view
            if self.recipe.test_mirrored:
                yield inputs.mirrored(view)

    def predict(self, clips: ClipSet) -> IntArray:
        """Label of each clip, ``[N]``."""
        return np.asarray(self.scores(clips).argmax(axis=1), dtype=np.int64)


Watch = Callable[[int, TrainedRecognizer], None]
"""Called with (steps done, the recognizer as it is by then)."""


def train_recognizer(
    name: str,
    clips: ClipSet,
    *,
    recipe: Recipe,
    steps: int,
    seed: int,
    synthetic: BoolArray | None = None,
    targets: Float32Array | None = None,
    start: Mapping[str, Tensor] | None = None,
    online: OnlineAugmentation | None = None,
    watch: Watch | None = None,
    run: TrainingRun,
) -> TrainedRecognizer:
    """Train ``name``, a recognizer of one stream, on ``clips`` for exactly ``steps`` optimiser
    steps.

    Args:
        synthetic: ``[N]``, which clips were added; ``recipe`` says which share of every batch they
            fill, and of which steps, what they weigh, and whether they have norms of their own.
        targets: class probabilities ``[N, classes]`` to learn in place of the clips' labels.
        start: weights to start from, see :func:`recognizers.checkpoints.start_from`.
        online: clips that are drawn anew while it trains.
        watch: called before each step but the first; it changes nothing of the training.

    Raises:
        InputError: no clips, weights that are another network's, or no batch norm where added
            clips are to have their own.
        TrainingDivergedError: the loss is no longer finite.
    """
    if len(clips) == 0:
        raise InputError(f"{name} cannot be trained: {clips.name} has no clips")
    if run.devices > 1 and watch is None and online is None and recipe.synthetic_norm == "shared":
        on_each = partial(
            train_recognizer,
            name,
            clips,
            recipe=recipe,
            steps=steps,
            seed=seed,
            synthetic=synthetic,
            targets=targets,
            start=start,
        )
        return together(on_each, run)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        model, prepare = _build(RecognizerName.parse(name), clips, recipe, run.device)
    fit = None if start is None else _started(name, model, start, clips, recipe)
    inputs = prepare(clips)
    labels = torch.from_numpy(clips.labels if targets is None else targets).to(run.device)
    batches = _batches(len(clips), recipe, steps, seed, synthetic)
    drawn = None
    if online is not None:
        drawn = OnlineInput(online, clips, inputs, prepare, batches.rows, steps, seed)
    weights = None
    if synthetic is not None and recipe.synthetic_weight != 1.0:
        weights = torch.from_numpy(np.where(synthetic, recipe.synthetic_weight, 1.0)).float()
    apart = None
    if synthetic is not None and recipe.synthetic_norm == "own":
        model, apart = AuxiliaryNorms(model, name), torch.from_numpy(synthetic)
    kind = torch.device(run.device).type
    if recipe.precision == "float16":  # the training scales its loss
        run = replace(run, precision="float16")

    def loss(model: nn.Module, step: int) -> Tensor:
        if watch is not None and step:
            with torch.autocast(kind, enabled=False):
                watch(step, TrainedRecognizer(model, prepare, recipe, run.device))
            model.train()
        rows, rng = batches.rows(step), named_rng(seed, "augment", step)
        shown = inputs.batch(rows, rng) if drawn is None else drawn.batch(step, rng)
        sample = to_device(shown, run.device)
        here = torch.from_numpy(rows)
        wanted = labels[to_device(here, run.device)]
        with arithmetic(recipe.precision, kind):
            logits = model(sample) if apart is None else model(sample, apart[here])
        smooth = recipe.label_smoothing
        if weights is None:
            return F.cross_entropy(logits.float(), wanted, label_smoothing=smooth)
        each = F.cross_entropy(logits.float(), wanted, label_smoothing=smooth, reduction="none")
        counted = to_device(weights[here], run.device)
        return (each * counted).sum() / counted.sum()

    trained = train(
        model, loss, name=name, steps=steps, seed=seed, optimisation=recipe.optimisation, run=run
    )
    network = trained.network if isinstance(trained, AuxiliaryNorms) else trained
    return TrainedRecognizer(network, prepare, recipe, run.device, fit)


def restored_recognizer(
    name: str, clips: ClipSet, weights: Mapping[str, Tensor], *, recipe: Recipe, device: str
) -> TrainedRecognizer:
    """The recognizer that :func:`train_recognizer` trained on ``clips``, from its weights."""
    with torch.random.fork_rng(devices=[]):
        model, prepare = _build(RecognizerName.parse(name), clips, recipe, device)
    model.load_state_dict(dict(weights))
    return TrainedRecognizer(model.to(device), prepare, recipe, device)


def train_and_score(
    name: str,
    train: ClipSet,
    test: ClipSet,
    *,
    recipe: Recipe,
    steps: int,
    seed: int,
    synthetic: BoolArray | None = None,
    targets: Float32Array | None = None,
    start: Mapping[str, Tensor] | None = None,
    online: OnlineAugmentation | None = None,
    run: TrainingRun,
) -> tuple[Float32Array, Fit | None]:
    """Class probabilities of each test clip ``[N, classes]`` by a recognizer trained on ``train``,
    and what it took over from ``start``; see :func:`train_recognizer`. The last checkpoint counts.
    PYSKL trains its own networks itself where it is run as a job."""
    elsewhere = trainer_elsewhere(name)
    if elsewhere is not None:
        batches = _batches(len(train), recipe, steps, seed, synthetic)
        scores = elsewhere(
            train,
            test,
            recipe=recipe,
            order=np.concatenate([batches.rows(step) for step in range(steps)]),
            steps=steps,
            seed=seed,
            folder=_job_folder(run),
            progress=run.progress,
            start=start,
        )
        return scores, None
    trained = train_recognizer(
        name,
        train,
        recipe=recipe,
        steps=steps,
        seed=seed,
        synthetic=synthetic,
        targets=targets,
        start=start,
        online=online,
        run=run,
    )
    return trained.scores(test), trained.fit


def _batches(
    clips: int, recipe: Recipe, steps: int, seed: int, synthetic: BoolArray | None
) -> Batches:
    """Which clips each step sees."""
    return Batches(
        clips,
        recipe.batch,
        seed,
        synthetic,
        recipe.synthetic_share,
        round(steps * recipe.synthetic_first),
        steps - round(steps * recipe.real_last) if recipe.real_last else None,
    )


def _job_folder(run: TrainingRun) -> Path:
    """Where a job's files lie: beside the checkpoint, or in a new folder that stays."""
    if run.checkpoint is None:
        return Path(tempfile.mkdtemp(prefix="skelgenbench-pyskl-"))
    return run.checkpoint.parent / "pyskl"


def _build(
    name: RecognizerName, clips: ClipSet, recipe: Recipe, device: str
) -> tuple[nn.Module, Callable[[ClipSet], Input]]:
    """A fresh model and how clips are prepared for it."""
    model = build_network(name, len(clips.classes), clips.skeleton, recipe.model)
    if name.network == ST_TRANS and not name.backend:
        codec = SkeletonImageCodec.fit(clips, rows_for(clips.skeleton, recipe.frames))
        return model, lambda some: ImageInput.of(some, codec, recipe.augmentation)
    (stream,) = ("joint",) if draws_its_stream(name) else name.streams
    return model, lambda some: GraphInput.of(
        some, recipe.frames, recipe.augmentation, stream, device
    )


def _started(
    text: str, model: nn.Module, start: Mapping[str, Tensor], clips: ClipSet, recipe: Recipe
) -> Fit:
    """Give ``model`` the weights of ``start``."""
    name = RecognizerName.parse(text)
    if not can_start_from_weights(name):
        raise InputError(f"recognizer '{text}' cannot start from weights: take a graph network")

    def build(classes: int, joints: int) -> nn.Module:
        return build_network(name, classes, chain(joints), recipe.model)

    return start_from(model, start, build, len(clips.skeleton), len(clips.classes))
