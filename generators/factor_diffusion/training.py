"""Training the denoiser of ``factor_ddpm``, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from generators.factor_diffusion.network import Condition, FactorDenoiser
from generators.factor_diffusion.parameters import FactorParameters
from generators.factor_diffusion.process import Process
from generators.factor_diffusion.views import TrainingViews, View
from recognizers.recipes import Optimisation
from recognizers.training import Batches, TrainingRun, train
from recognizers.transfer import to_device
from skeletons.arrays import IntArray
from skeletons.seeds import derive_seed, named_rng

STEPS_BETWEEN_LOOKS = 50
"""Between two looks at held-out clips."""

LOOKS_AT_A_CLIP = 8
"""Levels of noise at which each held-out clip is looked at, always the same."""


def untrained(
    parameters: FactorParameters, classes: int, persons: int, seed: int = 0
) -> FactorDenoiser:
    """A denoiser with seeded initial weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        return FactorDenoiser(parameters, classes, persons)


def train_denoiser(
    views: TrainingViews,
    persons: IntArray,
    known: int,
    parameters: FactorParameters,
    seed: int,
    run: TrainingRun,
) -> nn.Module:
    """The moving average of a denoiser trained on the views of a split's clips; where part of them
    is held out, as it was when it was best at these.

    Args:
        persons: of each clip, ``[N]``; ``known`` for nobody known.
        known: number of persons.
    """
    clips = views.clips
    classes = len(clips.classes)
    held = held_out(clips.labels, parameters.held_out, seed)
    seen = np.flatnonzero(~np.isin(np.arange(len(clips)), held))
    batches = Batches(len(seen), parameters.batch, seed)
    process = Process(parameters)

    def loss(model: nn.Module, step: int) -> Tensor:
        rows = seen[batches.rows(step)]
        rng = named_rng(seed, "view", step)
        view = views.batch(rows, rng)
        nameless = rng.random(len(rows)) < parameters.unknown_person
        unlabelled = rng.random(len(rows)) < parameters.unknown_label
        told = Condition(
            torch.from_numpy(np.where(unlabelled, classes, clips.labels[rows])),
            torch.from_numpy(np.where(nameless, known, persons[rows])),
            view.changes,
        )
        images = to_device(view.images, run.device)
        return _loss(model, process, images, told.at(run.device), seed, step)

    best: Best | None = None
    if len(held):
        view = views.unchanged()
        told = Condition(torch.from_numpy(clips.labels), torch.from_numpy(persons), view.changes)
        rows = torch.from_numpy(np.repeat(held, LOOKS_AT_A_CLIP))
        best = Best(
            View(view.images[rows].to(run.device), view.changes[rows]),
            Condition(*(values[rows] for values in told)).at(run.device),
            process,
            seed,
            None if run.checkpoint is None else run.checkpoint.with_suffix(".best"),
            keeps=run.group is None or run.group.rank == 0,
        )
    trained = train(
        untrained(parameters, classes, known, seed),
        loss,
        name="the denoiser of factor_ddpm",
        steps=parameters.train_steps,
        seed=seed,
        optimisation=Optimisation(
            learning_rate=parameters.learning_rate,
            ema=parameters.ema or None,
            weight_decay=parameters.weight_decay,
        ),
        run=run,
        watch=best,
    )
    return trained if best is None else best.restored(trained)


def held_out(labels: IntArray, share: float, seed: int) -> IntArray:
    """Rows that are held out of ``labels [N]``: ``share`` of each class, rounded, and never all of
    it; none where ``share`` is 0."""
    rng = named_rng(seed, "held out")
    rows = [np.zeros(0, dtype=np.int64)]
    for label in np.unique(labels):
        same = rng.permutation(np.flatnonzero(labels == label))
        rows.append(same[: min(round(share * len(same)), len(same) - 1)])
    return np.sort(np.concatenate(rows))


@dataclass(eq=False)
class Best:
    """The weights with the lowest loss on clips that are held out, and that loss.

    Attributes:
        view: of the clips, each as often as it is looked at.
        told: label, person and changes of each.
        file: where the weights wait for a training that was stopped; None where none needs to.
        keeps: whether this process writes it.
    """

    view: View
    told: Condition
    process: Process
    seed: int
    file: Path | None
    keeps: bool = True
    lowest: float = float("inf")
    weights: dict[str, Tensor] | None = None

    def __post_init__(self) -> None:
        if self.file is not None and self.file.exists():
            stored = load(self.file.read_bytes())
            self.lowest = float(stored.pop("lowest"))
            self.weights = stored

    def __call__(self, model: nn.Module, step: int) -> None:
        """Look at the model after a step, now and then."""
        if step % STEPS_BETWEEN_LOOKS:
            return
        was_training = model.training
        model.eval()
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(self.seed, "held-out noise"))
            found = _loss(model, self.process, self.view.images, self.told, self.seed, 0)
        model.train(was_training)
        if float(found) >= self.lowest:
            return
        self.lowest = float(found)
        self.weights = {k: v.detach().cpu().clone() for k, v in model.state_dict().items()}
        if self.file is not None and self.keeps:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            partial = self.file.with_name(self.file.name + ".partial")
            lowest = torch.tensor(self.lowest, dtype=torch.float64)
            partial.write_bytes(save({**self.weights, "lowest": lowest}))
            partial.replace(self.file)

    def restored(self, model: nn.Module) -> nn.Module:
        """The model with the best weights; as it is where it was never looked at."""
        if self.weights is not None:
            model.load_state_dict(self.weights)
        return model


def _loss(
    model: nn.Module, process: Process, images: Tensor, told: Condition, seed: int, step: int
) -> Tensor:
    def network(noisy: Tensor, timesteps: Tensor, last: Tensor | None) -> Tensor:
        output: Tensor = model(noisy, timesteps, told, last)
        return output

    return process.loss(network, images, seed, step)
