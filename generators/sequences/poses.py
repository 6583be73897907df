"""The pose codec: a clip as a sequence of pose vectors, and back, for models that work over time.

A pose vector holds the path of the centre joint since the first frame and every other joint seen
from the centre in the same frame. Where a body stands and which way it faces is kept apart
(:mod:`skeletons.placement`), as in skeleton images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recognizers.transfer import to_like
from skeletons.arrays import Float32Array, Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import AT_A_TIME, Placement, remove_placement, rotate, some_at_a_time
from skeletons.skeleton import Skeleton

LEAST_SPREAD = 0.1
"""Coordinates that hardly move (the hips, seen from the pelvis) are not stretched to more than 10
times the mean spread."""

LONGEST_KEPT = 0.95
"""Part of the training clips that fit into ``frames`` steps at their own pace, where the pace is
kept; longer ones are resampled to ``frames``."""


@dataclass(frozen=True, eq=False)
class Poses:
    """Encoded clips.

    Attributes:
        values: pose vectors ``[N, T, D]``; steps beyond a clip's own repeat its last pose.
        steps: steps of each clip, ``[N]``.
        placement: what :func:`skeletons.placement.restore_placement` needs.
    """

    values: Float32Array
    steps: IntArray
    placement: Placement


@dataclass(frozen=True, eq=False)
class PoseCodec:
    """Pose vectors of unit variance ``[N, T, D]``, D = C V.

    Attributes:
        frames: T, steps of the longest sequence.
        stride: frames of a clip that become one step; None resamples every clip to T steps.
        mean: of each coordinate, ``[D]``.
        spread: standard deviation of each coordinate, ``[D]``.
    """

    skeleton: Skeleton
    frames: int
    stride: int | None
    mean: Float32Array
    spread: Float32Array

    @classmethod
    def fit(cls, clips: ClipSet, frames: int, *, keep_pace: bool = False) -> PoseCodec:
        """Learn mean and spread from training clips.

        Args:
            keep_pace: a step is a fixed number of frames, so long clips have more steps than short
                ones; otherwise all have ``frames``.
        """
        if len(clips) == 0:
            raise InputError(f"{clips.name}: the pose codec cannot learn a scale from no clips")
        longest = float(np.quantile(clips.lengths, LONGEST_KEPT))
        stride = max(1, int(np.ceil(longest / frames))) if keep_pace else None
        size = clips.skeleton.dimensions * len(clips.skeleton)
        plain = cls(
            clips.skeleton, frames, stride, np.zeros(size, np.float32), np.ones(size, np.float32)
        )
        poses = plain.encode(clips)
        mean, spread = _mean_and_spread(poses.values, poses.steps)
        least = LEAST_SPREAD * np.sqrt(np.mean(spread**2)) + 1e-6
        return cls(
            clips.skeleton,
            frames,
            stride,
            mean.astype(np.float32),
            np.maximum(spread, least).astype(np.float32),
        )

    @property
    def size(self) -> int:
        """D, numbers of a pose vector."""
        return self.skeleton.dimensions * len(self.skeleton)

    def steps(self, lengths: IntArray) -> IntArray:
        """Steps ``[N]`` of clips that have ``lengths [N]`` frames."""
        if self.stride is None:
            return np.full(len(lengths), self.frames, dtype=np.int64)
        return np.clip(-(-lengths // self.stride), 1, self.frames)

    def encode(self, clips: ClipSet) -> Poses:
        """Pose vectors of clips; :class:`InputError` for clips of another skeleton."""
        count, centre = len(clips), self.skeleton.centre
        values = np.empty((count, self.frames, self.size), np.float32)
        steps = np.empty(count, dtype=np.int64)
        placement = Placement.unset(count, clips.skeleton.dimensions)
        for part in some_at_a_time(clips):
            joints, steps[part], removed = self.joints_of(clips.select(part, clips.name))
            rows = joints - joints[:, :, centre, None]
            rows[:, :, centre] = joints[:, :, centre]
            values[part] = (rows.reshape(*rows.shape[:2], -1) - self.mean) / self.spread
            placement.put(part, removed)
        return Poses(values, steps, placement)

    def joints_of(self, clips: ClipSet) -> tuple[Float32Array, IntArray, Placement]:
        """Upright joints ``[N, T, V, 3]``, the last pose of a short clip repeated, its steps
        ``[N]``, and the placements that were removed."""
        if clips.skeleton != self.skeleton:
            raise InputError(
                f"{clips.name} has the skeleton {clips.skeleton.name}, "
                f"the codec was made for {self.skeleton.name}"
            )
        steps = self.steps(clips.lengths)
        upright, placement = remove_placement(clips.resample(self.frames), self.skeleton)
        if self.stride is None:
            return upright, steps, placement
        pace = (clips.lengths - 1) / np.maximum(steps - 1, 1)
        place = np.minimum(np.arange(self.frames), (steps - 1)[:, None])
        joints = clips.at(np.minimum(place * pace[:, None], (clips.lengths - 1)[:, None]))
        moved = joints - placement.origin[:, None, None]
        return rotate(moved, -placement.yaw, self.skeleton), steps, placement

    def joints(self, values: Tensor) -> Tensor:
        """Upright joints ``[N, T, V, 3]`` of pose vectors ``[N, T, D]``; differentiable."""
        rows = values * to_like(torch.from_numpy(self.spread), values)
        rows = rows + to_like(torch.from_numpy(self.mean), values)
        rows = rows.reshape(*rows.shape[:-1], len(self.skeleton), self.skeleton.dimensions)
        path = rows[..., self.skeleton.centre, None, :]
        away = values.new_ones(len(self.skeleton), 1)
        away[self.skeleton.centre] = 0.0
        joints: Tensor = rows + away * path
        return joints

    def vectors(self, joints: Tensor) -> Tensor:
        """Pose vectors ``[N, T, D]`` of upright joints ``[N, T, V, C]``: the inverse of
        :meth:`joints`; differentiable."""
        others = joints.new_ones(len(self.skeleton), 1)
        others[self.skeleton.centre] = 0.0
        rows = joints - others * joints[..., self.skeleton.centre, None, :]
        rows = rows.reshape(*joints.shape[:-2], self.size)
        mean, spread = (to_like(torch.from_numpy(part), rows) for part in (self.mean, self.spread))
        return (rows - mean) / spread

    def positions(self, values: Tensor) -> Tensor:
        """Pose vectors ``[..., D]`` in the data's unit over the mean spread of the coordinates: a
        loss on them counts metres, not each coordinate's own spread, whatever the unit is."""
        unit = float(np.sqrt(np.mean(self.spread.astype(np.float64) ** 2)))
        return values * to_like(torch.from_numpy(self.spread) / unit, values)

    def state(self) -> dict[str, Any]:
        """Plain values that :meth:`from_state` restores the codec from."""
        return {
            "skeleton": self.skeleton.state(),
            "frames": self.frames,
            "stride": self.stride,
            "mean": self.mean.tolist(),
            "spread": self.spread.tolist(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> PoseCodec:
        """The codec of :meth:`state`."""
        return cls(
            Skeleton.of(state["skeleton"]),
            int(state["frames"]),
            None if state["stride"] is None else int(state["stride"]),
            _array(state["mean"]),
            _array(state["spread"]),
        )


def _mean_and_spread(values: Float32Array, steps: IntArray) -> tuple[Float64Array, Float64Array]:
    """Mean and standard deviation ``[D]`` of the pose vectors ``[N, T, D]`` of clips of so many
    steps ``[N]``, in double precision and without such a copy of them all."""
    inside = np.arange(values.shape[1]) < steps[:, None]

    def summed(change: Callable[[Float64Array], Float64Array]) -> Float64Array:
        total = np.zeros(values.shape[-1])
        for first in range(0, len(values), AT_A_TIME):
            part = slice(first, first + AT_A_TIME)
            rows = change(values[part][inside[part]].astype(np.float64))
            total = np.concatenate([total[None], rows]).sum(axis=0)
        return np.asarray(total / inside.sum(), dtype=np.float64)

    mean = summed(lambda rows: rows)
    return mean, np.sqrt(summed(lambda rows: np.square(rows - mean)))


def _array(values: Any) -> Float32Array:
    return np.asarray(values, dtype=np.float32)
