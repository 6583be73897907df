"""The one training loop: fixed number of steps, resume, EMA, progress, and a stop at NaN.

On a GPU the processor runs ahead: between two looks at the losses no step waits for a number.

Every step draws its batch and its noise from a seed of its own, so a loop that was killed and
resumed gives the same weights, bit for bit, as one that ran through.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from recognizers.data_parallel import Group, mean_gradients, shared_passes
from recognizers.recipes import Optimisation
from recognizers.resuming import Checkpoints, Stateful
from skeletons.arrays import IntArray
from skeletons.errors import InputError
from skeletons.seeds import derive_seed, named_rng

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""

BatchLoss = Callable[[nn.Module, int], Tensor]
"""Loss of one step: given the model and the step's number, a scalar with a gradient."""

Watch = Callable[[nn.Module, int], None]
"""Called with (the model, steps done); it leaves the model as it is."""


@dataclass(frozen=True)
class Player:
    """One side of an adversarial training: the submodule that it moves, and its loss."""

    part: str
    loss: BatchLoss


STEPS_BETWEEN_CHECKS = 50
"""Between two looks at whether losses and weights are finite; there is one before every checkpoint
and at the end, too."""


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


class TrainingDivergedError(InputError):
    """The loss or a weight became NaN or infinite."""


Precision = Literal["float32", "bfloat16", "float16"]
"""Of the arithmetic of a training's passes; torch's autocast chooses what runs in a lower one."""


@dataclass(frozen=True)
class TrainingRun:
    """How a training is carried out; nothing here but ``precision`` changes its result.

    Attributes:
        device: torch device.
        checkpoint: file to resume from and to save to, removed by nobody here; None for no resume.
        progress: called after each step.
        devices: on how many to train at once, for who asks
            :func:`recognizers.together.together`.
        precision: of a step's passes. Weights and their updates are in single precision; in
            ``float16`` the loss is scaled, and a step whose gradient overflows is left out.
        group: the processes of one training, this one among them; None for one alone.
    """

    device: str = "cpu"
    checkpoint: Path | None = None
    progress: Progress = silent
    devices: int = 1
    precision: Precision = "float32"
    group: Group | None = None


@dataclass(frozen=True)
class Batches:
    """Shuffled batches of ``count`` rows: every epoch is a new seeded order of all rows.

    With ``share`` the rows where ``second`` holds make up that share of every batch, whatever
    their number; each of the two kinds goes through epochs of its own. Batches before the step
    ``second_until`` hold rows of that kind alone, those from ``first_from`` on of the other.
    """

    count: int
    size: int
    seed: int
    second: Any = None
    share: float | None = None
    second_until: int = 0
    first_from: int | None = None

    def rows(self, step: int) -> IntArray:
        """Row numbers of a step's batch, ``[size]``; a function of the step alone."""
        first, second = self._kinds
        if len(second) and step < self.second_until:
            return self._draw(second, self.size, step, "second")
        if len(second) and self.first_from is not None and step >= self.first_from:
            return self._draw(first, self.size, step, "first")
        if self.share is None or not len(second):
            return self._draw(np.arange(self.count), self.size, step, "all")
        size = round(self.size * self.share)
        drawn = (
            self._draw(first, self.size - size, step, "first"),
            self._draw(second, size, step, "second"),
        )
        return np.concatenate(drawn)

    @cached_property
    def _kinds(self) -> tuple[IntArray, IntArray]:
        """Rows of the first and of the second kind."""
        second = np.zeros(self.count, dtype=bool) if self.second is None else self.second
        return np.flatnonzero(~second), np.flatnonzero(second)

    def _draw(self, rows: IntArray, size: int, step: int, kind: str) -> IntArray:
        places = np.arange(step * size, (step + 1) * size)
        epochs = places // len(rows)
        drawn = np.empty(size, dtype=np.int64)
        for epoch in np.unique(epochs):
            order = _order_of_epoch(self.seed, kind, int(epoch), len(rows))
            here = epochs == epoch
            drawn[here] = rows[order[places[here] % len(rows)]]
        return drawn


@lru_cache(maxsize=4)  # the epoch under way and the next one, of each of two kinds
def _order_of_epoch(seed: int, kind: str, epoch: int, count: int) -> IntArray:
    return np.asarray(named_rng("epoch", seed, kind, epoch).permutation(count), dtype=np.int64)


class DivergenceCheck:
    """Whether the losses and the weights of a training are finite.

    Losses are kept on the device and looked at now and then, since to read makes the processor wait
    for the device. Weights are looked at, too: a finite loss can have an infinite gradient.

    Args:
        name: what is trained, for the error.
        steps: of the whole training.
    """

    def __init__(self, name: str, model: nn.Module, steps: int, optimisation: Optimisation) -> None:
        self._name, self._steps = name, steps
        self._advice = f"take a learning rate below {optimisation.learning_rate}"
        self._weights = [weight.detach() for weight in model.parameters()]
        self._noted: list[tuple[int, Tensor]] = []

    def note(self, loss: Tensor, step: int) -> None:
        """Take note of a step's loss, one number."""
        self._noted.append((step, loss.detach().reshape(())))

    def read(self) -> None:
        """Look at the losses since the last look, which are then forgotten, and at the weights.

        Raises:
            TrainingDivergedError: one of them is not finite; says which, and after which step.
        """
        if not self._noted:
            return
        norms = torch._foreach_norm(self._weights) if self._weights else ()
        seen = torch.stack([loss for _, loss in self._noted] + list(norms))
        fine = torch.isfinite(seen).tolist()
        noted, self._noted = self._noted, []
        for (step, _), loss_is_fine in zip(noted, fine, strict=False):
            if not loss_is_fine:
                raise self._error(f"the loss is not finite at step {step + 1}")
        # The norm of finite weights can overflow: only then every one of them is looked at.
        if not all(fine) and not all(torch.isfinite(weight).all() for weight in self._weights):
            raise self._error(
                f"the losses are finite, but not the weights after step {noted[-1][0] + 1}"
            )

    def _error(self, what: str) -> TrainingDivergedError:
        return TrainingDivergedError(
            f"training of {self._name} diverged: {what} of {self._steps}; {self._advice}"
        )


def train(
    model: nn.Module,
    loss: BatchLoss | Sequence[Player],
    *,
    name: str,
    steps: int,
    seed: int,
    optimisation: Optimisation,
    run: TrainingRun,
    watch: Watch | None = None,
) -> nn.Module:
    """Train ``model`` in place for ``steps`` steps and return what to use: its EMA or itself.

    Args:
        loss: scalar loss of a step; random numbers that it takes from torch are seeded by step.
            Or the players of a game, who move in turn within each step, one optimiser a part; a
            part may move more than once.
        name: what is trained, for errors.
        watch: is shown after each step what would be returned if it were the last.

    Raises:
        TrainingDivergedError: the loss or a weight is no longer finite; says at which step.
    """
    model.to(run.device).train()
    average = copy.deepcopy(model).requires_grad_(False) if optimisation.ema else None
    players = [Player("", loss)] if callable(loss) else list(loss)
    optimisers = {
        player.part: build_optimiser(model.get_submodule(player.part), optimisation)
        for player in players
    }
    kind = torch.device(run.device).type
    scaler = torch.amp.GradScaler(kind, enabled=run.precision == "float16")
    states: dict[str, Stateful] = {**optimisers}
    if scaler.is_enabled():
        states["scaler"] = scaler
    checkpoints = Checkpoints(run.checkpoint, run.device, model, states, average)
    start = checkpoints.resume()
    check = DivergenceCheck(name, model, steps, optimisation)
    devices = [torch.device(run.device)] if kind == "cuda" else []
    keeps = run.group is None or run.group.rank == 0
    with torch.random.fork_rng(devices=devices), shared_passes(model, run.group):
        for step in range(start, steps):
            torch.manual_seed(derive_seed(seed, "step", step))
            rate = optimisation.rate(step, steps)
            for player in players:
                optimiser = optimisers[player.part]
                for group in optimiser.param_groups:
                    group["lr"] = rate
                with arithmetic(run.precision, kind):
                    value = player.loss(model, step)
                check.note(value, step)
                model.zero_grad(set_to_none=True)
                scaler.scale(value).backward()  # type: ignore[no-untyped-call]
                part = model.get_submodule(player.part)
                if run.group is not None:
                    mean_gradients(part.parameters(), run.group)
                if optimisation.clip is not None:
                    scaler.unscale_(optimiser)
                    nn.utils.clip_grad_norm_(part.parameters(), optimisation.clip)
                scaler.step(optimiser)
                scaler.update()
            if average is not None and optimisation.ema:
                _update_average(average, model, optimisation.ema, step)
            if watch is not None:
                watch(model if average is None else average, step + 1)
            due = keeps and step + 1 < steps and checkpoints.due()
            if due or (step + 1) % STEPS_BETWEEN_CHECKS == 0 or step + 1 == steps:
                check.read()
            run.progress(step + 1, steps)
            if due:
                checkpoints.save(step + 1)
    return (model if average is None else average).eval()


def arithmetic(precision: Precision, kind: str) -> AbstractContextManager[Any]:
    """Where torch's autocast has passes run in a lower precision, on a kind of device."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(kind, getattr(torch, precision))


def build_optimiser(model: nn.Module, optimisation: Optimisation) -> torch.optim.Optimizer:
    """The torch optimiser of a recipe; AdamW does not decay biases and norms."""
    if optimisation.name == "sgd":
        return torch.optim.SGD(
            model.parameters(),
            lr=optimisation.learning_rate,
            momentum=0.9,
            nesterov=optimisation.nesterov,
            weight_decay=optimisation.weight_decay,
            foreach=True,
        )
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": optimisation.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=optimisation.learning_rate, betas=optimisation.betas)


@torch.no_grad()
def _update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """Exponential moving average of all weights; the decay grows from 0 in the first steps."""
    decay = min(decay, (1.0 + step) / (10.0 + step))
    ours, theirs = list(average.state_dict().values()), list(model.state_dict().values())
    floating = [i for i, value in enumerate(ours) if value.is_floating_point()]
    torch._foreach_lerp_([ours[i] for i in floating], [theirs[i] for i in floating], 1.0 - decay)
    for i in set(range(len(ours))) - set(floating):
        ours[i].copy_(theirs[i])
