"""Two small data sets of different skeletons, and the file that makes a pair of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from skeletons.clips import ClipSet
from skeletons.datasets import Data
from skeletons.layouts import KINECT20, SMPL24
from skeletons.skeleton import Skeleton

SMPL, KINECT = f"{__name__}:Smpl", f"{__name__}:Kinect"
JOINTS = {"hip_centre": "pelvis", "spine": "spine2", "shoulder_centre": "neck"}
CONTENT = {
    "skeleton": "kinect20",
    "datasets": {
        SMPL: {"joints": JOINTS, "classes": {"wave": "greet", "kick": ["kick", "hop"]}},
        KINECT: {"classes": {"wave": "waving", "kick": "kick"}},
    },
}


def part(skeleton: Skeleton, classes: tuple[str, ...], name: str, each: int, seed: int) -> ClipSet:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(classes)), each)
    joints = [rng.normal(size=(int(rng.integers(3, 6)), len(skeleton), 3)) for _ in labels]
    subjects = [f"s{number % 3}" for number in range(len(labels))]
    return ClipSet.of(skeleton, classes, joints, labels, subjects=subjects, name=name)


class Smpl:
    name, summary, protocols = SMPL, "clips of SMPL", ("plain",)
    skeleton, classes, seed = SMPL24, ("sit", "kick", "greet", "hop"), 0

    def load(self, protocol: str, data_root: Path | None) -> Data:
        parts = {
            name: part(self.skeleton, self.classes, f"{name}-{self.seed}", each, self.seed + each)
            for name, each in (("train", 4), ("dev", 2), ("test", 3))
        }
        return Data(**parts, protocol=protocol, caveats=("It is noise.",))

    def identity(self, protocol: str, data_root: Path | None) -> str:
        return f"{self.name} {self.seed}"


class Kinect(Smpl):
    name, summary = KINECT, "clips of a Kinect"
    skeleton, classes, seed = KINECT20, ("waving", "kick", "throw"), 100


class Same(Kinect):
    """The same recordings, shared out otherwise: a test clip of one is a training clip here."""

    name = f"{__name__}:Same"

    def load(self, protocol: str, data_root: Path | None) -> Data:
        data = super().load(protocol, data_root)
        return Data(data.test, data.train, protocol, dev=data.dev)


def write_pair(folder: Path, content: object = CONTENT) -> str:
    path = folder / "pair.yaml"
    path.write_text(json.dumps(content))
    return f"pair:{path}"
