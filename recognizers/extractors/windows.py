"""Windows of a clip at its recorded frame rate: how a judge looks at clips of any length.

A clip of up to ``frames`` frames is one window, in which the last pose stays to its end. A longer
one is covered by as few windows as hold all its frames, at even distances; what a network says of
them is averaged. Nothing is skipped or interpolated, so whatever happens between two frames of a
coarser sampling is seen. The centre joint of a window's first frame is its origin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from recognizers.inputs import GraphInput
from recognizers.recipes import Augmentation
from skeletons.arrays import Float64Array, IntArray
from skeletons.clips import ClipSet


@dataclass(frozen=True, eq=False)
class Windows:
    """Upright clips, window by window.

    Attributes:
        joints: the clips on the device, and how they are augmented.
        frames: F of a window.
    """

    joints: GraphInput
    frames: int

    @classmethod
    def of(
        cls, clips: ClipSet, frames: int, augmentation: Augmentation, device: str = "cpu"
    ) -> Windows:
        """Clips with their placement removed once."""
        return cls(GraphInput.of(clips, frames, augmentation, device=device), frames)

    def random(self, rows: IntArray, rng: np.random.Generator) -> Tensor:
        """One random window of each clip, augmented, ``[B, F, V, 3]``."""
        gap = np.maximum(self.joints.clips.lengths[rows] - self.frames, 0)
        return self.joints.augmented(self._at(rows, rng.integers(0, gap + 1)), rng)

    def batches(self, size: int) -> Iterator[tuple[IntArray, Tensor]]:
        """All windows of all clips in order: the clips' rows ``[B]`` and ``[B, F, V, 3]``, at most
        ``size`` at a time."""
        rows, first = covering(self.joints.clips.lengths, self.frames)
        for start in range(0, len(rows), size):
            here = slice(start, start + size)
            yield rows[here], self._at(rows[here], first[here])

    def _at(self, rows: IntArray, first: IntArray) -> Tensor:
        last = self.joints.clips.lengths[rows][:, None] - 1
        position: Float64Array = np.minimum(first[:, None] + np.arange(self.frames), last).astype(
            np.float64
        )
        joints = self.joints.at(rows, position)
        centre = self.joints.clips.skeleton.centre
        return joints - joints[:, :1, centre, None]


def covering(lengths: IntArray, frames: int) -> tuple[IntArray, IntArray]:
    """Clip ``[W]`` and first frame ``[W]`` of the windows that cover clips of ``lengths [N]``."""
    windows = -(-lengths // frames)
    rows = np.repeat(np.arange(len(lengths)), windows)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(windows) - windows, windows)
    gap = np.maximum(lengths - frames, 0)[rows]
    return rows, gap * number // np.maximum(windows[rows] - 1, 1)
