"""Real held-back clips go down the ladder of corruptions and are measured as samples are.

The training part of a data set is cut in two, class by class: one half is what a generator would
have seen, the other is its "samples", as good as samples can be. These are corrupted, a dose at a
time, and held against the test part, and metrics of memory against the half that was seen. All
doses share their random numbers and, where they keep the labels, their draws, so that a dose
differs from the one before by the dose alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmark.records.tables import NO_JUDGE
from metrics.protocols import SPLIT
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.seeds import named_rng
from skeletons.splits import Split

if TYPE_CHECKING:
    from benchmark.engine.scheduler import Watcher
    from metrics.corruptions.ladder import Corruption
    from metrics.evaluation.summaries import MetricSummary, MetricValue
    from metrics.features import FeatureSet
    from skeletons.datasets import Data

CLEAN = "none"
"""Name of the corruption of dose 0, which all ladders share."""
SEEN = "50pct"
TEST = "test"


@dataclass(frozen=True, eq=False)
class ClipRoles:
    """Real clips by what they stand for: training clips, samples and the test reference."""

    seen: ClipSet
    held_back: ClipSet
    test: ClipSet

    @classmethod
    def of(cls, data: Data, seed: int = 0) -> ClipRoles:
        """Half of the training clips of each class as seen, the others as samples.

        Raises:
            InputError: a class with one training clip, which cannot be in both halves.
        """
        seen = Split.parse(SEEN).rows(data.train, seed)
        rest = [row for row in range(len(data.train)) if row not in set(seen.tolist())]
        parts = cls(
            data.train.select(seen, name="training clips"),
            data.train.select(rest, name="held-back clips"),
            data.test,
        )
        for part in (parts.seen, parts.held_back):
            lacking = (data.train.class_counts() > 0) & (part.class_counts() == 0)
            if lacking.any():
                name = data.train.classes[int(lacking.argmax())]
                raise InputError(
                    f"{data.train.name}: class '{name}' has too few training clips to hold half "
                    "of them back"
                )
        return parts


@dataclass(frozen=True)
class Sight:
    """One way to see clips, and the metrics that are computed on what is seen.

    Attributes:
        judge: name of the judge; ``none`` for measures of bodies.
        metrics: names; those held against parts are held against the test part only.
        look: what the metrics see of clips.
    """

    judge: str
    metrics: tuple[str, ...]
    look: Callable[[ClipSet], FeatureSet]


@dataclass(frozen=True)
class Rung:
    """All metrics of one sight at one dose of one corruption."""

    corruption: str
    dose: float
    judge: str
    values: tuple[MetricValue, ...]
    summaries: tuple[MetricSummary, ...]


def climb_down(
    parts: ClipRoles,
    sights: Sequence[Sight],
    corruptions: Sequence[Corruption],
    repetitions: int,
    seed: int,
    watcher: Watcher,
) -> list[Rung]:
    """Measure every metric of every sight on every rung; the first rungs are the clean ones.

    Each dose is made once, and each sight looks at it once.

    Args:
        repetitions: draws on each rung, at least 2, for the floor is an interval.

    Raises:
        InputError: fewer than two repetitions, or clips that a corruption does not apply to.
    """
    if repetitions < 2:
        raise InputError(f"{repetitions} repetitions have no spread, take 2 or more")
    from benchmark.engine.scheduler import StageResult

    ladders = {CLEAN: (0.0,), **{entry.name: entry.doses for entry in corruptions}}
    change = {entry.name: entry for entry in corruptions}
    watcher.begin({name: float(len(doses)) for name, doses in ladders.items()}, 0)
    rungs: list[Rung] = []
    try:
        references = [
            {TEST: sight.look(parts.test), SPLIT: sight.look(parts.seen)} for sight in sights
        ]
        for name, doses in ladders.items():
            watcher.started(name)
            start = time.monotonic()
            for done, dose in enumerate(doses):
                watcher.progressed(name, done, len(doses))
                clips = parts.held_back
                if name != CLEAN:
                    rng = named_rng("corruption", name, seed)
                    clips = change[name].corrupt(clips, dose, rng, parts.seen)
                rungs += [
                    _measure(name, dose, sight, clips, known, repetitions, seed)
                    for sight, known in zip(sights, references, strict=True)
                ]
            seconds = time.monotonic() - start
            watcher.finished(StageResult(name, "ok", seconds=seconds))
    finally:
        watcher.end()
    return rungs


def sight_of_judge(
    judge: str,
    metrics: Sequence[str],
    network: Callable[[ClipSet], tuple[NDArray[Any], NDArray[Any]]],
) -> Sight:
    """What metrics see through a network that gives features ``[N, D]`` and logits ``[N, C]``: its
    features, and the label with the largest logit."""
    from metrics.features import FeatureSet

    def look(clips: ClipSet) -> FeatureSet:
        features, logits = network(clips)
        return FeatureSet.of(features, clips.labels, logits.argmax(axis=1))

    return Sight(judge, tuple(metrics), look)


def sight_of_bodies(metrics: Sequence[str]) -> Sight:
    """What metrics of the body see: measures of the joints, and no features."""
    from metrics.body.measuring import measure_bodies
    from metrics.features import FeatureSet

    def look(clips: ClipSet) -> FeatureSet:
        nothing = np.zeros((len(clips), 1))
        return FeatureSet.of(nothing, clips.labels, clips.labels, measure_bodies(clips))

    return Sight(NO_JUDGE, tuple(metrics), look)


def _measure(
    corruption: str,
    dose: float,
    sight: Sight,
    clips: ClipSet,
    references: dict[str, FeatureSet],
    repetitions: int,
    seed: int,
) -> Rung:
    from metrics.evaluate import evaluate

    seen = sight.look(clips)
    values, summaries = evaluate(seen, references, sight.metrics, repetitions, seed)
    return Rung(corruption, dose, sight.judge, tuple(values), tuple(summaries))
