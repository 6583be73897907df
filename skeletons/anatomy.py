"""What the bodies of a clip set tell about its numbers: unit, up axis, rigid bones, left and right.

Pure findings over clips as they are; nothing is changed here. A set of many thousand clips is read
at :data:`MOST_CLIPS` of them, evenly spaced, since medians and shares need no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import BoolArray, Float32Array, Float64Array
from skeletons.clips import ClipSet
from skeletons.skeleton import Skeleton

MOST_CLIPS = 2000
"""Clips that a finding reads; of more, so many evenly spaced ones."""

THIGH = (0.2, 0.7)
"""Metres: a child's to a tall adult's thigh, with the errors of depth sensors."""

EXTENT = (0.6, 2.4)
"""Metres: the longest side of the box around a person, crouching to arms up."""

FACTORS = {"m": 1.0, "cm": 0.01, "mm": 0.001}
"""Metres a unit. The ranges above leave gaps between them, in which the unit is not known."""

NEARLY_ALL = 0.95
"""Share of the frames in which a joint is at zero because the data are made so."""

PLAIN = 0.6
CERTAIN = 0.9
"""Shares of frames in which bodies stand along one axis: it is plain, it is certain."""

_HIPS = ("hip", "upleg", "up_leg", "thigh")
_KNEES = ("knee",)
_FEET = ("toe", "foot")
_ANKLES = ("ankle", "foot", "heel")


class Unit(NamedTuple):
    """What :func:`unit_factor` found.

    Attributes:
        name: ``m``, ``cm``, ``mm``; ``px`` or ``normalised`` of 2D data; ``unknown``.
        factor: metres a unit, 1 where coordinates have no metres.
        length: the median length that it was read from, in the data's own unit.
        measured: ``thigh`` or ``extent``.
    """

    name: str
    factor: float
    length: float
    measured: str


@dataclass(frozen=True, eq=False)
class ZeroJoints:
    """Joints at exactly zero, the mark of a joint that a sensor did not see.

    Attributes:
        lost: ``[F, V]`` of the packed set: at zero, and by neither of the two below.
        always: ``[V]`` joints at zero in nearly all frames of all clips: centred on them, or never
            seen.
        at_start: ``[V]`` joints at zero in the first frame of nearly all clips, which start at the
            origin; clips of people who stay there have them at zero throughout.
    """

    lost: BoolArray
    always: BoolArray
    at_start: BoolArray


def unit_factor(clips: ClipSet) -> Unit:
    """The unit of the coordinates by the bodies' size: median thigh, or, where the skeleton names
    no hips and knees, the median longest side of a body's box.

    The unit is the one of :data:`FACTORS` in which that length is a person's (:data:`THIGH`,
    :data:`EXTENT`); ``unknown``, factor 1, where none is. 2D data have pixels, or are
    ``normalised`` where no coordinate exceeds 1.5.
    """
    few = sampled(clips)
    lengths = thighs(few)
    measured, (least, most) = ("thigh", THIGH) if len(lengths) else ("extent", EXTENT)
    if not len(lengths):
        lengths = extents(few)
    length = float(np.median(lengths)) if len(lengths) else 0.0
    if clips.skeleton.dimensions == 2:
        largest = float(np.abs(few.frames).max(initial=0.0))
        return Unit("px" if largest > 1.5 else "normalised", 1.0, length, measured)
    for name, factor in FACTORS.items():
        if least <= length * factor <= most:
            return Unit(name, factor, length, measured)
    return Unit("unknown", 1.0, length, measured)


def thighs(clips: ClipSet) -> Float64Array:
    """Median length of each clip's thighs, ``[N]``, in the data's unit; empty where the skeleton
    names no hips and knees."""
    hips, knees = _pair(clips.skeleton, _HIPS), _pair(clips.skeleton, _KNEES)
    if hips is None or knees is None:
        return np.zeros(0)
    medians = [
        np.median(np.linalg.norm(_wide(clips, row)[:, hips] - _wide(clips, row)[:, knees], axis=-1))
        for row in range(len(clips))
    ]
    return np.asarray(medians, dtype=np.float64)


def extents(clips: ClipSet) -> Float64Array:
    """Median over the frames of the longest side of the box around each clip's body, ``[N]``."""
    sides = [np.ptp(_wide(clips, row), axis=1).max(axis=-1) for row in range(len(clips))]
    return np.asarray([np.median(side) for side in sides], dtype=np.float64)


def up_axis(clips: ClipSet) -> tuple[int, int] | None:
    """Axis and sign along which bodies stand, such as ``(1, 1)`` for +y; None where none is plain.

    A frame speaks for the axis nearest to the way from between its ankles (or hips) to between
    its shoulders, if that is within 45 degrees; :data:`PLAIN` of the frames must agree.
    """
    found, share = upright(clips)
    return found if share >= PLAIN else None


def upright(clips: ClipSet) -> tuple[tuple[int, int], float]:
    """The axis with sign that most frames stand along, and their share, 0 to 1."""
    few = sampled(clips).packed()
    shoulders = _pair(few.skeleton, ("shoulder",))
    low = _pair(few.skeleton, _ANKLES) or _pair(few.skeleton, _HIPS)
    if shoulders is None or low is None or not len(few.frames):
        return few.skeleton.up, 0.0
    frames = few.frames
    way = frames[:, shoulders].mean(axis=1) - frames[:, low].mean(axis=1)
    way = way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-12)
    axis = np.abs(way).argmax(axis=-1)
    along = way[np.arange(len(way)), axis]
    votes = {
        (candidate, sign): float(((axis == candidate) & (sign * along > np.sqrt(0.5))).mean())
        for candidate in range(few.skeleton.dimensions)
        for sign in (1, -1)
    }
    best = max(votes, key=lambda vote: votes[vote])
    return best, votes[best]


def quarter_turns(stands: tuple[int, int], wanted: tuple[int, int]) -> Float32Array:
    """A rotation ``[3, 3]`` (determinant 1) that brings one axis with its sign onto another."""
    one, other = np.zeros(3), np.zeros(3)
    one[stands[0]], other[wanted[0]] = stands[1], wanted[1]
    if stands[0] == wanted[0]:  # half a turn about another axis
        turn = -np.eye(3)
        turn[(stands[0] + 1) % 3, (stands[0] + 1) % 3] = 1.0
        return turn.astype(np.float32)
    axis = np.cross(one, other)
    turn = np.outer(other, one) - np.outer(one, other) + np.outer(axis, axis)
    return np.asarray(turn, dtype=np.float32)


def bone_change(clips: ClipSet) -> float:
    """How much bones change within a clip: median, over bones and clips, of the standard deviation
    of a bone's length over its mean. 0 for rigid bodies; a few per cent for depth sensors; NaN
    where no clip has two frames."""
    few = sampled(clips)
    changes: list[float] = []
    for row in np.flatnonzero(few.lengths > 1).tolist():
        lengths = few.skeleton.bone_lengths(_wide(few, row))
        mean = lengths.mean(axis=0)
        changes += (lengths.std(axis=0)[mean > 0] / mean[mean > 0]).tolist()
    return float(np.median(changes)) if changes else float("nan")


def toes_ahead(clips: ClipSet) -> float:
    """Share of the frames whose toes point where the hips face, 0 to 1.

    Hips face ``up x (right - left)`` in right-handed coordinates. Near 1 for people, near 0 where
    left and right are exchanged or an axis is mirrored; NaN for 2D data and where the skeleton
    names no hips or feet.
    """
    few = sampled(clips).packed()
    skeleton = few.skeleton
    hips, feet = _pair(skeleton, _HIPS), _pair(skeleton, _FEET)
    if skeleton.dimensions != 3 or hips is None or feet is None or not len(few.frames):
        return float("nan")
    heels = [skeleton.parents[foot] for foot in feet]
    up = np.zeros(3)
    up[skeleton.up[0]] = skeleton.up[1]
    sides = few.frames[:, hips].astype(np.float64)
    facing = np.cross(up, sides[:, 1] - sides[:, 0])
    front, back = (few.frames[:, joints].astype(np.float64) for joints in (feet, heels))
    toes = front.mean(axis=1) - back.mean(axis=1)
    return float(((facing * toes).sum(axis=-1) > 0).mean())


def energy(joints: NDArray[Any]) -> float:
    """How much a person ``[T, V, C]`` moves: the variance over time of each coordinate of each
    joint, summed. Square units of the coordinates; 0 for one frame. Joints at exactly zero were
    not seen and do not count."""
    moving = np.asarray(joints, dtype=np.float64)
    seen = moving.any(axis=-1, keepdims=True)
    if seen.all():
        return float(moving.var(axis=0).sum())
    count = np.maximum(seen.sum(axis=0), 1)
    apart = (moving - moving.sum(axis=0) / count) * seen
    return float((np.square(apart).sum(axis=0) / count).sum())


def zero_joints(clips: ClipSet) -> ZeroJoints:
    """Joints at exactly zero, apart from those that are there by design."""
    packed = clips.packed()
    count = len(packed.frames)
    zero = np.zeros((count, len(packed.skeleton)), dtype=bool)
    for start in range(0, count, 2**16):
        part = slice(start, start + 2**16)
        zero[part] = np.logical_not(packed.frames[part].any(axis=-1))
    if not count:
        none = np.zeros(len(packed.skeleton), dtype=bool)
        return ZeroJoints(zero, none, none)
    always = zero.mean(axis=0) >= NEARLY_ALL
    long = packed.lengths > 1
    at_start = np.zeros_like(always)
    if long.any():
        at_start = (zero[packed.starts[long]].mean(axis=0) >= NEARLY_ALL) & ~always
    zero[:, always] = False
    for joint in np.flatnonzero(at_start).tolist():
        whole = np.logical_and.reduceat(zero[:, joint], packed.starts)
        zero[packed.starts, joint] = False
        zero[np.repeat(whole, packed.lengths), joint] = False
    return ZeroJoints(zero, always, at_start)


def sampled(clips: ClipSet, most: int = MOST_CLIPS) -> ClipSet:
    """At most so many clips of the set, evenly spaced."""
    if len(clips) <= most:
        return clips
    return clips.select(np.linspace(0, len(clips) - 1, most).astype(np.int64))


def _pair(skeleton: Skeleton, words: Sequence[str]) -> list[int] | None:
    """[left, right] of the first pair of the skeleton named by one of the words, the likeliest
    word first."""
    for word in words:
        for left, right in skeleton.pairs:
            if word in skeleton.joints[left].lower():
                return [left, right]
    return None


def _wide(clips: ClipSet, row: int) -> Float64Array:
    """One clip ``[T, V, C]`` in double precision."""
    start = int(clips.starts[row])
    return clips.frames[start : start + int(clips.lengths[row])].astype(np.float64)
