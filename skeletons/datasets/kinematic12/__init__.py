"""kinematic12: twelve actions of thirty simulated people, made by code in seconds.

For trials, tests and demonstrations without a download: the classes, the skeleton and the frame
rate are HumanAct12's (Guo et al. 2020), the sensor is a Kinect's. It says how a method does on
motion like this, not on people.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from skeletons.clips import ClipSet
from skeletons.datasets import Data, check_protocol
from skeletons.datasets.development import with_dev
from skeletons.datasets.kinematic12.actions import CLASSES
from skeletons.datasets.kinematic12.cast import FRAMES_PER_SECOND
from skeletons.datasets.kinematic12.difficulty import Difficulty
from skeletons.datasets.kinematic12.recording import Recording, record, subject_name
from skeletons.layouts import SMPL24

VERSION = 2
"""Raised with every change that changes a value, or moves a clip to another part."""

DEV_PEOPLE = 4
"""Of the 21 people of the training part; 17 are left to learn from."""

__all__ = ["CLASSES", "VERSION", "Difficulty", "Kinematic12", "clean_recording"]


class Kinematic12:
    """The data set; ``seed`` and ``difficulty`` make relatives of it for studies."""

    name = "kinematic12"
    summary = "12 actions of 30 simulated people, SMPL joints, Kinect-like noise; made by code"
    protocols: tuple[str, ...] = ("cross-subject",)

    def __init__(self, seed: int = 0, difficulty: Difficulty | None = None) -> None:
        self.seed = seed
        self.difficulty = difficulty or Difficulty()

    def load(self, protocol: str, data_root: Path | None = None) -> Data:
        """Make the clips, or give the same object again; ``data_root`` is not used.

        Raises:
            InputError: another protocol than ``cross-subject``.
        """
        check_protocol(self, protocol)
        return _make(self.seed, self.difficulty)

    def identity(self, protocol: str, data_root: Path | None = None) -> str:
        """Version, seed and difficulty."""
        knobs = "" if self.difficulty == Difficulty() else f"-{self.difficulty}"
        return f"{self.name}-v{VERSION}-seed{self.seed}{knobs}"


def clean_recording(seed: int = 0, difficulty: Difficulty | None = None) -> Recording:
    """The same clips before camera, noise and rounding: metres, floor at y = 0."""
    return record(seed, difficulty or Difficulty(), clean=True)


@lru_cache(maxsize=2)
def _make(seed: int, difficulty: Difficulty) -> Data:
    recording = record(seed, difficulty)
    clips = ClipSet(
        skeleton=SMPL24,
        classes=CLASSES,
        frames=recording.frames.astype(np.float32),
        starts=recording.starts,
        lengths=recording.lengths,
        labels=recording.labels,
        subjects=np.array([subject_name(number) for number in recording.subject]),
        views=np.array([f"yaw{degrees:+04d}" for degrees in recording.yaw]),
        ids=recording.ids,
        name=Kinematic12.name,
    )
    clips.check()
    counts = {
        "clips": len(clips),
        "frames": len(clips.frames),
        "subjects": len(recording.subjects),
        **recording.counts,
    }
    data = Data(
        train=clips.select(recording.train, name=f"{clips.name}-train"),
        test=clips.select(~recording.train, name=f"{clips.name}-test"),
        protocol=Kinematic12.protocols[0],
        counts=tuple(counts.items()),
        fps=FRAMES_PER_SECOND,
    )
    return with_dev(data, DEV_PEOPLE)
