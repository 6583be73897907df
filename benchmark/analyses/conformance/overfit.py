"""Can a model learn at all? Trained on one clip a class, it should give these clips back.

A generator that fails here is broken or trained too short; what it scores on a whole split says
nothing about its method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmark.analyses.conformance.candidate import Candidate
from skeletons.arrays import Float64Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import upright

DRAWS = 8
FRAMES = 32
LIMIT = 0.25
"""Share of the distance between classes that the error may be."""


@dataclass(frozen=True, eq=False)
class NearestSample:
    """How close samples come to the clips that a generator was trained on.

    Distances are means over frames and joints of the distance between joints, in the data's unit,
    of clips that start at the origin, face the front and have equally many frames.

    Attributes:
        errors: of each training clip ``[N]``, to its nearest sample of its class.
        yardstick: mean distance between training clips of different classes.
    """

    errors: Float64Array
    yardstick: float

    @property
    def error(self) -> float:
        """Mean over training clips."""
        return float(self.errors.mean())

    @property
    def share(self) -> float:
        """The error as a share of the yardstick."""
        return self.error / self.yardstick


@dataclass(frozen=True)
class Overfit:
    """What a generator has learnt of a few clips: all of them, and their poses alone.

    A walker's path is so much longer than any limb that ``motion`` alone would not tell whether
    the poses on it are right.
    """

    motion: NearestSample
    poses: NearestSample

    def learnt(self, limit: float = LIMIT) -> bool:
        """Whether both errors are below a share of the distance between classes."""
        return max(self.motion.share, self.poses.share) < limit


def nearest_sample(
    train: ClipSet, samples: ClipSet, *, frames: int = FRAMES, poses_only: bool = False
) -> NearestSample:
    """Compare each training clip with the samples of its class.

    Args:
        frames: frames that all clips are resampled to.
        poses_only: look at joints from the body's centre in each frame, not at its path.

    Raises:
        InputError: fewer than two classes, or a training clip whose class has no sample.
    """
    real, ours = (upright(clips).resample(frames) for clips in (train, samples))
    if poses_only:
        centre = train.skeleton.centre
        real, ours = (joints - joints[:, :, centre, None] for joints in (real, ours))
    other = train.labels[:, None] != train.labels
    if not other.any():
        raise InputError("clips of two classes or more are needed to tell what a large error is")
    missing = np.setdiff1d(train.labels, samples.labels)
    if len(missing):
        raise InputError(f"there is no sample of class {missing[0]}")
    to_samples = np.where(
        train.labels[:, None] == samples.labels, _joint_distances(real, ours), np.inf
    )
    between = _joint_distances(real, real)[other]
    return NearestSample(to_samples.min(axis=1), float(between.mean()))


def _joint_distances(first: NDArray[Any], second: NDArray[Any]) -> Float64Array:
    """Mean distance between joints of clips ``[N, T, V, 3]`` and ``[M, T, V, 3]``: ``[N, M]``."""
    rows = [np.linalg.norm(clip - second, axis=-1).mean(axis=(1, 2)) for clip in first]
    return np.asarray(rows, dtype=np.float64)


def overfit(candidate: Candidate, draws: int = DRAWS) -> Overfit:
    """Train a generator on the first clip of each class and compare its samples with them.

    Args:
        candidate: its clips are one a class, as of ``first_of_each_class``.
        draws: samples a class; the nearest counts.
    """
    clips = candidate.clips
    samples = candidate.sample(candidate.fit(clips), np.repeat(np.unique(clips.labels), draws))
    return Overfit(nearest_sample(clips, samples), nearest_sample(clips, samples, poses_only=True))
