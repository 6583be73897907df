"""How large a claim's training sets are, and how long it trains on them. Imports no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from skeletons.clips import ClipSet
from skeletons.datasets import Data
from skeletons.errors import InputError, unknown_name
from skeletons.splits import Split


@dataclass(frozen=True)
class Geometry:
    """That of KineMIC (arXiv 2512.11654), as its released configuration has it: ten clips of each
    of three classes, so many epochs whatever a training set's size, a look at the test clips after
    each.

    Attributes:
        shots: real clips of each class.
        synthetic: synthetic clips in all. Theirs are about 1,100; so many make 70 batches.
        batch: clips a step.
        epochs: after each of them the recognizer is tested.
        repeats: how often each clip comes in an epoch.
    """

    shots: int = 10
    synthetic: int = 1090
    batch: int = 64
    epochs: int = 20
    repeats: int = 4

    def steps(self, clips: int) -> int:
        """Optimiser steps for a training set of so many clips, the last batch of an epoch being as
        full as the others."""
        return self.epochs * math.ceil(clips * self.repeats / self.batch)

    def checkpoints(self, steps: int) -> tuple[int, ...]:
        """After how many steps the recognizer is tested: at even distances, the last at the end."""
        return tuple(steps * (epoch + 1) // self.epochs for epoch in range(self.epochs))


@dataclass(frozen=True, eq=False)
class FewClips:
    """The clips of a claim.

    Attributes:
        real: what is trained on.
        dev: of people who are not in ``real``, to choose a checkpoint by.
        test: of others again.
    """

    real: ClipSet
    dev: ClipSet
    test: ClipSet

    @classmethod
    def of(cls, data: Data, classes: Sequence[str], shots: int, seed: int) -> FewClips:
        """Those of some classes only.

        Raises:
            InputError: a class that the data set does not have or that comes twice, fewer than two,
                or more shots than there are clips.
        """
        if len(classes) < 2 or len(set(classes)) < len(classes):
            raise InputError(f"classes {', '.join(classes) or 'none'}: give two or more, each once")
        assert data.dev is not None  # load_data holds some out
        train, dev, test = (
            of_classes(clips, classes) for clips in (data.train, data.dev, data.test)
        )
        least = int(train.class_counts().min())
        if least < shots:
            raise InputError(
                f"{shots} shots: '{classes[int(train.class_counts().argmin())]}' has {least} "
                "training clips"
            )
        return cls(Split.parse(f"{shots}shot").select(train, seed), dev, test)


def of_classes(clips: ClipSet, classes: Sequence[str]) -> ClipSet:
    """The clips of some classes, numbered in the order given.

    Raises:
        InputError: a class that there is not; names the nearest. A class without clips.
    """
    for name in classes:
        if name not in clips.classes:
            raise unknown_name("class", name, clips.classes)
    new = np.full(len(clips.classes), -1)
    new[[clips.classes.index(name) for name in classes]] = np.arange(len(classes))
    chosen = clips.select(new[clips.labels] >= 0)
    found = replace(chosen, labels=new[chosen.labels], classes=tuple(classes))
    if not found.class_counts().all():
        missing = classes[int(found.class_counts().argmin())]
        raise InputError(f"{clips.name} has no clip of '{missing}'")
    return found
