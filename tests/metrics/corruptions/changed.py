"""What tests of corruptions share: random numbers, and which clips were changed."""

from __future__ import annotations

import numpy as np

from skeletons.clips import ClipSet
from skeletons.seeds import named_rng
from tests.conftest import moving_clips

TRAINING = moving_clips(20, seed=9)


def rng() -> np.random.Generator:
    return named_rng("test of corruptions")


def frames_of(clips: ClipSet, row: int) -> np.ndarray:
    return np.asarray(clips[row].joints)


def moved(before: ClipSet, after: ClipSet) -> np.ndarray:
    """Whether each clip shows other frames than before."""
    return np.asarray(
        [
            frames_of(before, row).shape != frames_of(after, row).shape
            or not np.array_equal(frames_of(before, row), frames_of(after, row))
            for row in range(len(before))
        ]
    )
