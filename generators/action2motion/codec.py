"""The pose codec of rotations: a clip as the path of its root and the turns of its bones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from generators.action2motion.lie import KinematicTree
from generators.sequences.poses import LEAST_SPREAD, PoseCodec, Poses
from recognizers.transfer import to_like
from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError


@dataclass(frozen=True, eq=False)
class LieCodec(PoseCodec):
    """Pose vectors of unit variance ``[N, T, D]``, D = 3 + 3 V, instead of coordinates.

    The place of the root joint since the first frame, then a rotation vector for each joint
    (:mod:`generators.action2motion.lie`), continuous over time. Bone lengths are not in a pose.

    Attributes:
        rest: rest directions of the bones, ``[V, 3]``.
        lengths: mean bone lengths of the training clips, ``[V - 1]``.
    """

    rest: Float32Array
    lengths: Float32Array

    @classmethod
    def of(cls, poses: PoseCodec, clips: ClipSet) -> LieCodec:
        """The codec of rotations for clips that ``poses`` was fitted to.

        Raises:
            InputError: 2D clips, in which no bone's turn shows, or clips of two people, who have no
                root in common.
        """
        if clips.skeleton.people != 1:
            raise InputError(
                f"{clips.name} shows {clips.skeleton.people} people: turns of bones begin at one "
                "root; take action2motion_xyz, which makes joints"
            )
        if clips.skeleton.dimensions != 3:
            raise InputError(
                f"{clips.name} has 2D joints: turns of bones need three coordinates; take "
                "action2motion_xyz, which makes joints"
            )
        joints = _double(poses.joints_of(clips)[0])
        tree = KinematicTree.fit(joints.flatten(0, 1), poses.skeleton)
        lengths = clip_bone_lengths(joints.numpy(), poses)
        size = 3 + 3 * len(poses.skeleton)
        plain = cls(
            poses.skeleton,
            poses.frames,
            poses.stride,
            np.zeros(size, np.float32),
            np.ones(size, np.float32),
            tree.rest.numpy().astype(np.float32),
            lengths.mean(axis=0),
        )
        rows = plain.encode(clips).values.reshape(-1, size).astype(np.float64)
        spread = rows.std(axis=0)
        # Metres and radians: each has a mean spread of its own.
        for part in (slice(0, 3), slice(3, size)):
            least = LEAST_SPREAD * np.sqrt(np.mean(spread[part] ** 2)) + 1e-6
            spread[part] = np.maximum(spread[part], least)
        return cls(
            poses.skeleton,
            poses.frames,
            poses.stride,
            rows.mean(axis=0).astype(np.float32),
            spread.astype(np.float32),
            plain.rest,
            plain.lengths,
        )

    @property
    def size(self) -> int:
        """D, numbers of a pose vector."""
        return 3 + 3 * len(self.skeleton)

    @property
    def tree(self) -> KinematicTree:
        """The rest pose."""
        return KinematicTree(self.skeleton, _double(self.rest))

    def encode(self, clips: ClipSet) -> Poses:
        """Pose vectors of clips; :class:`InputError` for clips of another skeleton."""
        upright, steps, placement = self.joints_of(clips)
        joints = _double(upright)
        tree = self.tree
        turns = tree.continuous(tree.inverse(joints)).flatten(-2)
        rows = torch.cat([joints[:, :, self.skeleton.tree_order[0]], turns], dim=-1).numpy()
        return Poses(((rows - self.mean) / self.spread).astype(np.float32), steps, placement)

    def joints(self, values: Tensor) -> Tensor:
        """Upright joints ``[N, T, V, 3]`` of pose vectors ``[N, T, D]``, with mean bones."""
        return self.joints_with(values, to_like(torch.from_numpy(self.lengths), values))

    def joints_with(self, values: Tensor, lengths: Tensor) -> Tensor:
        """Upright joints ``[N, T, V, 3]`` of pose vectors ``[N, T, D]``; differentiable.

        Args:
            lengths: of the bones, ``[V - 1]`` or ``[N, V - 1]``.
        """
        rows = values * to_like(torch.from_numpy(self.spread), values)
        rows = rows + to_like(torch.from_numpy(self.mean), values)
        turns = rows[..., 3:].reshape(*rows.shape[:-1], len(self.skeleton), 3)
        bones = lengths.expand(len(values), -1)[:, None].expand(-1, values.shape[1], -1)
        return self.tree.forward(turns, rows[..., :3], bones)

    def state(self) -> dict[str, Any]:
        """Plain values that :meth:`from_state` restores the codec from."""
        return super().state() | {"rest": self.rest.tolist(), "lengths": self.lengths.tolist()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> LieCodec:
        """The codec of :meth:`state`."""
        poses = PoseCodec.from_state(state)
        return cls(
            poses.skeleton,
            poses.frames,
            poses.stride,
            poses.mean,
            poses.spread,
            np.asarray(state["rest"], dtype=np.float32),
            np.asarray(state["lengths"], dtype=np.float32),
        )


def clip_bone_lengths(joints: Any, codec: PoseCodec) -> Float32Array:
    """Bone lengths ``[N, V - 1]`` of clips ``[N, T, V, 3]``: the median over a clip's frames, since
    a depth sensor's bones change from frame to frame."""
    lengths = np.median(codec.skeleton.bone_lengths(joints), axis=1)
    return np.ascontiguousarray(lengths, dtype=np.float32)


def _double(values: Float32Array) -> Tensor:
    return torch.from_numpy(values.astype(np.float64))
