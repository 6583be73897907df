"""Recognizers that are tested again and again while they are trained.

No job of the benchmark does that: who has seen the test clips after each epoch can report the best
epoch. Here it is done to show what that is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmark.analyses.claims.geometry import FewClips, Geometry
from skeletons.arrays import BoolArray
from skeletons.clips import ClipSet
from skeletons.seeds import derive_seed

if TYPE_CHECKING:
    from recognizers.downstream import TrainedRecognizer
    from recognizers.recipes import Recipe

SAME_EPOCHS = "real, as many epochs"
REAL = "real"
POURED_TOGETHER = "mixed, drawn in proportion"
HALF_REAL = "mixed, half of each batch real"
ARMS = (SAME_EPOCHS, REAL, POURED_TOGETHER, HALF_REAL)
"""``SAME_EPOCHS`` is a run's arm ``real_same_epochs``, ``HALF_REAL`` its ``real+synthetic``."""


@dataclass(frozen=True, eq=False)
class Training:
    """One training, tested after each epoch.

    Attributes:
        steps: done at each checkpoint, ``[K]``.
        dev: which clips of ``dev`` were labelled rightly then, ``[K, D]``.
        test: and which of ``test``, ``[K, C]``.
    """

    arm: str
    seed: int
    steps: tuple[int, ...]
    dev: BoolArray
    test: BoolArray


def trainings(
    clips: FewClips,
    synthetic: ClipSet,
    geometry: Geometry,
    recognizer: str,
    recipe: Recipe,
    seeds: Sequence[int],
    device: str,
) -> Iterator[Training]:
    """Every arm with every seed; the arms of one seed start from the same weights.

    Args:
        recipe: but for its batch, which is the geometry's, and its share of added clips.
    """
    for seed in seeds:
        for arm in ARMS:
            yield _trained(arm, clips, synthetic, geometry, recognizer, recipe, seed, device)


def _trained(
    arm: str,
    clips: FewClips,
    synthetic: ClipSet,
    geometry: Geometry,
    recognizer: str,
    recipe: Recipe,
    seed: int,
    device: str,
) -> Training:
    from recognizers.downstream import train_recognizer
    from recognizers.training import TrainingRun

    real = clips.real
    steps = geometry.steps(len(real) + (0 if arm == SAME_EPOCHS else len(synthetic)))
    mixed = arm in (POURED_TOGETHER, HALF_REAL)
    seen = ClipSet.concatenate([real, synthetic], "mixed") if mixed else real
    share = 0.5 if arm == HALF_REAL else None
    looks = _Looks(clips, geometry.checkpoints(steps))
    trained = train_recognizer(
        recognizer,
        seen,
        recipe=replace(recipe, batch=geometry.batch, synthetic_share=share),
        steps=steps,
        seed=derive_seed(seed, "recognizer", recognizer),
        synthetic=np.arange(len(seen)) >= len(real) if mixed else None,
        watch=looks,
        run=TrainingRun(device),
    )
    looks(steps, trained)
    return Training(arm, seed, looks.checkpoints, np.stack(looks.dev), np.stack(looks.test))


class _Looks:
    """What a recognizer says of held-out clips at its checkpoints."""

    def __init__(self, clips: FewClips, checkpoints: tuple[int, ...]) -> None:
        self._clips, self.checkpoints = clips, checkpoints
        self.dev: list[BoolArray] = []
        self.test: list[BoolArray] = []

    def __call__(self, steps: int, recognizer: TrainedRecognizer) -> None:
        if steps in self.checkpoints:
            for clips, right in ((self._clips.dev, self.dev), (self._clips.test, self.test)):
                right.append(recognizer.predict(clips) == clips.labels)
