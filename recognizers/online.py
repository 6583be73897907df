"""Added clips that a generator draws while a recognizer trains, in place of a pool drawn before."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from recognizers.inputs import Input
from skeletons.arrays import BoolArray, IntArray
from skeletons.clips import ClipSet
from skeletons.seeds import derive_seed

Sample = Callable[[IntArray, int], ClipSet]
"""A generator's ``sample``: one clip for each label ``[N]``, in that order, by a seed."""


@dataclass(eq=False)
class OnlineAugmentation:
    """Which clips of a training set are drawn anew, by whom, and what that has cost so far.

    A clip is replaced by others of its label; labels, batches and steps are those of a training
    without it. Each draw has only the clips that the steps up to the next one show.

    Attributes:
        sample: draws the clips.
        replaced: the clips of the training set that are drawn, ``[N]``.
        every: steps between two draws.
        drawn: clips.
        seconds: of drawing them and of preparing them for the recognizer.
        steps: that were shown clips.
    """

    sample: Sample
    replaced: BoolArray
    every: int
    drawn: int = field(default=0, init=False)
    seconds: float = field(default=0.0, init=False)
    steps: int = field(default=0, init=False)

    def draw(self, labels: IntArray, seed: int, prepare: Callable[[ClipSet], Input]) -> Input:
        """New clips of some labels ``[N]``, as a recognizer is shown them."""
        start = time.perf_counter()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            prepared = prepare(self.sample(labels, seed))
        self.seconds += time.perf_counter() - start
        self.drawn += len(labels)
        return prepared


class OnlineInput:
    """Batches of a training set some of whose clips are drawn anew every so many steps.

    What a step is shown is a function of the step alone, so that a training that was killed goes on
    as if it had not been.

    Args:
        clips: the training set.
        inputs: the same, prepared.
        prepare: clips for the recognizer.
        rows: of each step's batch.
        steps: of the whole training.
        seed: of the training.
    """

    def __init__(
        self,
        online: OnlineAugmentation,
        clips: ClipSet,
        inputs: Input,
        prepare: Callable[[ClipSet], Input],
        rows: Callable[[int], IntArray],
        steps: int,
        seed: int,
    ) -> None:
        self._online, self._labels = online, clips.labels
        self._inputs, self._prepare = inputs, prepare
        self._rows, self._steps, self._seed = rows, steps, seed
        self._draw: int | None = None
        self._drawn_rows = np.zeros(0, dtype=np.int64)
        self._drawn: Input | None = None

    def batch(self, step: int, rng: np.random.Generator) -> Tensor:
        """The clips of a step's batch, randomly sampled and augmented."""
        self._draw_for(step)
        self._online.steps += 1
        rows = self._rows(step)
        anew = self._online.replaced[rows]
        shown = [self._inputs.batch(rows[~anew], rng)] if not anew.all() else []
        if anew.any() and self._drawn is not None:
            places = np.searchsorted(self._drawn_rows, rows[anew])
            shown.append(self._drawn.batch(places, rng))
        order = np.argsort(np.concatenate([np.flatnonzero(~anew), np.flatnonzero(anew)]))
        return torch.cat(shown)[torch.from_numpy(order)]

    def _draw_for(self, step: int) -> None:
        """Have the clips that a step shows drawn, with those of the steps up to the next draw."""
        draw = step // self._online.every
        if draw == self._draw:
            return
        first = draw * self._online.every
        until = min(first + self._online.every, self._steps)
        rows = np.unique(np.concatenate([self._rows(one) for one in range(first, until)]))
        rows = rows[self._online.replaced[rows]]
        self._drawn = None
        if len(rows):
            seed = derive_seed(self._seed, "online", draw)
            self._drawn = self._online.draw(self._labels[rows], seed, self._prepare)
        self._draw, self._drawn_rows = draw, rows
