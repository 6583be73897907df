"""The motion of a training clip on the body of another person of the training part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generators.classical.operations import owners
from generators.classical.pairs import lower_body
from skeletons.arrays import BoolArray, Float64Array, StrArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.skeleton import Skeleton

NO_LENGTH = 1e-6
"""In the data's unit: joints so near to each other lie on one place, as lost ones do, and their
bone has neither length nor direction."""


@dataclass(frozen=True, eq=False)
class Bodies:
    """The bodies of people.

    Attributes:
        people: their names, ``[P]``.
        lengths: of each bone of ``Skeleton.edges``, ``[P, E]``, in the data's unit: medians over
            all frames of a person's clips. Where clips show two people, one row has both.
    """

    people: StrArray
    lengths: Float64Array

    @classmethod
    def of(cls, clips: ClipSet) -> Bodies:
        """The people of ``clips``.

        Raises:
            InputError: 2D clips, or clips of fewer than two known people.
        """
        if clips.skeleton.dimensions == 2:
            raise InputError(
                f"body_swap needs the lengths of bones: {clips.name} has 2D clips, whose bones are "
                "as long as they look"
            )
        people = np.unique(clips.subjects[clips.subjects != ""])
        if len(people) < 2:
            known = f"one person, '{people[0]}'" if len(people) else "nobody by name"
            raise InputError(
                f"body_swap needs clips of two known people or more, {clips.name} shows {known}: "
                "take a larger split, or clips with 'subjects'"
            )
        lengths = [
            _medians(clips.select(clips.subjects == person).packed().frames, clips.skeleton)
            for person in people
        ]
        return cls(people, np.stack(lengths))

    def of_others(self, subjects: StrArray, rng: np.random.Generator) -> Float64Array:
        """The bone lengths of another person than each of ``subjects [N]``, drawn uniformly,
        ``[N, E]``."""
        own = self.people[None] == subjects[:, None]
        known, place = own.any(axis=1), own.argmax(axis=1)
        drawn = rng.integers(0, len(self.people) - known)
        lengths: Float64Array = self.lengths[drawn + (known & (drawn >= place))]
        return lengths


def body_swap(clips: ClipSet, bodies: Bodies, rng: np.random.Generator) -> ClipSet:
    """Each packed and upright clip on the body of another person than its own.

    A bone keeps its direction in each frame and gets the other person's length. The root's path is
    scaled by the ratio of the legs (of all bones, where the skeleton names no hips), seen from the
    floor below where the clip starts, at the height of the clip's lowest joint. Of two people both
    get other bodies and the first's ratio counts for both paths, so that they stay in reach.
    """
    if not len(clips):
        return clips
    skeleton, owner = clips.skeleton, owners(clips)
    wanted = bodies.of_others(clips.subjects, rng)
    frames = clips.frames.astype(np.float64)
    ends = np.cumsum(clips.lengths)[:-1]
    before = np.stack([_medians(part, skeleton) for part in np.split(frames, ends)])
    legs = _legs(skeleton)
    ratio = wanted[:, legs].sum(axis=1) / np.maximum(before[:, legs].sum(axis=1), NO_LENGTH)
    axis, sign = skeleton.up
    floor = np.zeros((len(clips), 3))
    lowest = np.minimum.reduceat((sign * frames[..., axis]).min(axis=1), clips.starts)
    floor[:, axis] = sign * lowest
    direction, seen = _directions(frames, clips)
    moved = frames.copy()
    size = len(skeleton.single)
    for root in range(skeleton.single.parents.index(-1), len(skeleton), size):
        moved[:, root] = floor[owner] + ratio[owner, None] * (frames[:, root] - floor[owner])
    for bone, (parent, child) in enumerate(skeleton.edges):
        offset = wanted[owner, bone, None] * direction[:, bone]
        moved[:, child] = moved[:, parent] + offset
    for person in range(skeleton.people):  # who is not there, all joints on one place, stays so
        bones = np.asarray([child // size == person for _, child in skeleton.edges])
        joints = slice(person * size, (person + 1) * size)
        there = np.any(seen[:, bones], axis=1, keepdims=True)[..., None]
        moved[:, joints] = np.where(there, moved[:, joints], frames[:, joints])
    return replace(clips, frames=moved.astype(np.float32))


def _medians(frames: NDArray[Any], skeleton: Skeleton) -> Float64Array:
    """Median length ``[E]`` of each bone in ``frames [F, V, 3]``; 0 of one that never has any."""
    lengths = skeleton.bone_lengths(frames.astype(np.float64))
    return np.asarray(
        [np.median(one[one > NO_LENGTH]) if one.max() > NO_LENGTH else 0.0 for one in lengths.T]
    )


def _directions(frames: Float64Array, clips: ClipSet) -> tuple[Float64Array, BoolArray]:
    """Direction of each bone in each frame, ``[F, E, 3]``, of length 1, and where it has one,
    ``[F, E]``. Elsewhere it is the bone's mean direction in the clip, or 0 where there is none."""
    parents, children = (list(side) for side in zip(*clips.skeleton.edges, strict=True))
    offsets = frames[:, children] - frames[:, parents]
    lengths = np.linalg.norm(offsets, axis=-1, keepdims=True)
    seen = lengths > NO_LENGTH
    unit = np.where(seen, offsets / np.maximum(lengths, NO_LENGTH), 0.0)
    mean = np.add.reduceat(unit, clips.starts)
    mean /= np.maximum(np.linalg.norm(mean, axis=-1, keepdims=True), NO_LENGTH)
    return np.where(seen, unit, mean[owners(clips)]), seen[..., 0]


def _legs(skeleton: Skeleton) -> BoolArray:
    """Which bones of ``edges`` are of the first person's legs, ``[E]``; all of that person's where
    the skeleton names no hips."""
    single = skeleton.single
    of_leg = lower_body(single)[1] if single.facing else np.ones(len(single), dtype=bool)
    return np.asarray([child < len(single) and bool(of_leg[child]) for _, child in skeleton.edges])
