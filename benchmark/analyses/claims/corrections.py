"""From trainings to a claim's gain, its own way and with each correction in turn.

The last row is how a run of the benchmark counts. Each row differs from the one above it by one
thing, so that the differences of neighbours add up to the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.analyses.claims.trainings import (
    HALF_REAL,
    POURED_TOGETHER,
    REAL,
    SAME_EPOCHS,
    Training,
)
from benchmark.statistics.paired_test import PairedTest, paired_test
from skeletons.arrays import BoolArray, StrArray

BEST_ON_TEST, BEST_ON_DEV, LAST = "best on test", "best on dev", "last"


@dataclass(frozen=True)
class Way:
    """A way to count a gain.

    Attributes:
        correction: what differs from the way above.
        control: the arm without synthetic clips.
        mixed: the arm with them.
        checkpoint: which one of a training counts.
    """

    correction: str
    control: str
    mixed: str
    checkpoint: str


WAYS = (
    Way("their way", SAME_EPOCHS, POURED_TOGETHER, BEST_ON_TEST),
    Way("equal steps", REAL, POURED_TOGETHER, BEST_ON_TEST),
    Way("checkpoint chosen on dev people", REAL, POURED_TOGETHER, BEST_ON_DEV),
    Way("last checkpoint", REAL, POURED_TOGETHER, LAST),
    Way("half of each batch real: our way", REAL, HALF_REAL, LAST),
)


@dataclass(frozen=True)
class Counted:
    """A gain counted in one way, accuracies as fractions.

    Attributes:
        control: mean accuracy of the trainings without synthetic clips.
        mixed: and with them.
        test: of the difference, paired by seed and clip, people being the sampling unit.
        least: gain of the mixed training over the control's that looks worst, whatever their seeds:
            what one training against one could have shown.
        most: of the pair that looks best.
    """

    way: Way
    control: float
    mixed: float
    test: PairedTest
    least: float
    most: float


def counted(found: Sequence[Training], subjects: StrArray) -> list[Counted]:
    """The gain in each of :data:`WAYS`.

    Args:
        found: every arm with the same seeds.
        subjects: who made each test clip, ``[C]``.
    """
    return [_counted(way, found, subjects) for way in WAYS]


def chosen(training: Training, checkpoint: str) -> BoolArray:
    """Which test clips the counted checkpoint is right on, ``[C]``; of equals the first."""
    if checkpoint == LAST:
        return np.asarray(training.test[-1])
    seen = training.dev if checkpoint == BEST_ON_DEV else training.test
    return np.asarray(training.test[int(seen.mean(axis=1).argmax())])


def _counted(way: Way, found: Sequence[Training], subjects: StrArray) -> Counted:
    control, mixed = (
        np.stack(
            [
                chosen(training, way.checkpoint)
                for training in sorted(found, key=lambda one: one.seed)
                if training.arm == arm
            ]
        ).astype(np.int64)
        for arm in (way.control, way.mixed)
    )
    single = mixed.mean(axis=1)[:, None] - control.mean(axis=1)
    return Counted(
        way,
        float(control.mean()),
        float(mixed.mean()),
        paired_test(mixed - control, subjects),
        float(single.min()),
        float(single.max()),
    )
