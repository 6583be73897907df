"""What a recognizer of the real clips says of added ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet


def write_soft_labels(folder: Path, clips: ClipSet, probabilities: Float32Array) -> None:
    """Write the class probabilities ``[N, classes]`` of clips, and which clips they are."""
    np.savez(folder / "labels.npz", ids=clips.ids, probabilities=probabilities)


def stored_soft_labels(folder: Path, clips: ClipSet) -> Float32Array:
    """The class probabilities ``[N, classes]`` of these very clips."""
    with np.load(folder / "labels.npz", allow_pickle=False) as stored:
        if not np.array_equal(stored["ids"], clips.ids):
            raise ValueError(f"{folder} has the labels of other clips than {clips.name}")
        return np.asarray(stored["probabilities"], dtype=np.float32)
