"""Repair what a depth sensor gets wrong: joints it lost, and tracks that leap away and back.

Every function returns the repaired clips and how often it had to repair, so that a data set can
report its quirks instead of hiding them. Only the reported joints are changed; their places are
filled by linear interpolation in time between the nearest sound frames of the same clip, or by the
nearest one at an end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from skeletons.arrays import BoolArray, Float32Array, IntArray
from skeletons.clips import ClipSet

LEAP = 0.5
"""Metres a joint leaps from one frame to the next. Walkers of NW-UCLA cover 0.06 m a frame
(median), so a frame lasts about 1/20 s and a leap is 10 m/s, out and back."""

LONGEST_ABSENCE = 3
"""Frames that a joint may be away; after a longer absence it counts as having moved."""

TURN = 0.1
"""Mean distance in metres over all joints by which two bodies that take turns differ at least."""

TURNS = 5
"""Frames in a row that must be turns; NW-UCLA has clips with 40 to 171 of them, and no others."""


@dataclass(frozen=True)
class MissingCounts:
    """What :func:`fill_missing` did: zero joints filled, joints that zeros had dragged along
    filled, and zero joints left because their clip never shows them."""

    filled: int
    dragged: int
    left: int


@dataclass(frozen=True)
class LeapCounts:
    """What :func:`repair_leaps` found: joint positions interpolated, the clips they are in, and
    leaps without a way back, which are left as they were, with their clips."""

    joints: int
    clips: int
    left: int
    left_clips: int


def fill_missing(clips: ClipSet, missing: BoolArray | None = None) -> tuple[ClipSet, MissingCounts]:
    """Fill joints that a sensor wrote as exactly (0, 0, 0), the mark of a joint it did not see.

    Kinect v1's smoothing mixes such zeros into joints of the same frame. Those that it dragged
    more than half-way to the origin, by the joint's median in the clip, are filled as well.

    Args:
        missing: ``[F, V]`` of the packed set, the joints to fill in place of those. No others are
            taken for dragged along then, and a joint is interpolated as seen from its neighbour
            towards the centre, so that its bone keeps its length while the body moves.
    """
    packed = clips.packed()
    if missing is not None:
        frames, filled = _interpolate_on_bones(packed, missing)
        count = int((missing & filled).sum())
        return replace(packed, frames=frames), MissingCounts(count, 0, int(missing.sum()) - count)
    missing = (packed.frames == 0.0).all(axis=-1)
    dragged = np.zeros_like(missing)
    owner = _owners(packed)
    for clip in np.unique(owner[missing.any(axis=1)]).tolist():
        rows = owner == clip
        distance = np.linalg.norm(packed.frames[rows], axis=-1)
        near = distance < 0.5 * np.median(distance, axis=0)
        dragged[rows] = near & missing[rows].any(axis=1, keepdims=True) & ~missing[rows]
    frames, filled = _interpolate(packed, missing | dragged)
    return replace(packed, frames=frames), MissingCounts(
        filled=int((missing & filled).sum()),
        dragged=int((dragged & filled).sum()),
        left=int((missing & ~filled).sum()),
    )


def follow_one_body(clips: ClipSet) -> tuple[ClipSet, int, int]:
    """Where two tracked people take turns, frame by frame, keep the one that was there first.

    A frame is a turn if the body before it and the body after it are less than half as far from
    each other as from this frame's body. In a stretch of turns every other frame belongs to the
    second body; those are interpolated from the first body's frames.

    Returns:
        The clips, the number of clips with such a stretch and the number of frames replaced.
    """
    packed = clips.packed()
    owner = _owners(packed)
    foreign = np.zeros(len(owner), dtype=bool)
    found = 0
    if len(owner) > TURNS + 1:
        turns = _turns(packed.frames, owner)
        runs = np.asarray(sliding_window_view(turns, TURNS).all(axis=1))
        within = np.flatnonzero(runs & (owner[: len(runs)] == owner[TURNS - 1 :]))
        for clip in np.unique(owner[within]).tolist():
            starts = within[owner[within] == clip].tolist()
            end = int(packed.starts[clip] + packed.lengths[clip])
            # One more than the last turn: a clip's last frame has no successor to be a turn with.
            foreign[starts[0] : min(end, starts[-1] + TURNS + 1) : 2] = True
            found += 1
    frames, _ = _interpolate(packed, np.repeat(foreign[:, None], len(packed.skeleton), axis=1))
    return replace(packed, frames=frames), found, int(foreign.sum())


def repair_leaps(clips: ClipSet) -> tuple[ClipSet, LeapCounts]:
    """Interpolate joints that leap away and are back within ``LONGEST_ABSENCE`` frames.

    A run of frames is away if its first and last frame are farther than ``LEAP`` from the frame
    before and from the frame after the run, while those two are less than half as far apart.
    A joint that stays where it went is kept: it may be a fast limb or a sensor that went over to
    another person, and nothing tells which.
    """
    packed = clips.packed()
    owner = _owners(packed)
    away = _away(packed.frames, owner)
    frames, _ = _interpolate(packed, away)
    left = _distances(frames, 1) > LEAP
    left &= (owner[1:] == owner[:-1])[:, None]
    return replace(packed, frames=frames), LeapCounts(
        joints=int(away.sum()),
        clips=len(np.unique(owner[away.any(axis=1)])),
        left=int(left.sum()),
        left_clips=len(np.unique(owner[1:][left.any(axis=1)])),
    )


def _owners(packed: ClipSet) -> IntArray:
    """Clip number of each frame of a packed set, ``[F]``."""
    return np.repeat(np.arange(len(packed)), packed.lengths)


def _distances(frames: Float32Array, lag: int) -> Float32Array:
    """How far each joint of ``[F, V, 3]`` is between frames t and t + lag, ``[F - lag, V]``."""
    return np.asarray(np.linalg.norm(frames[lag:] - frames[:-lag], axis=-1), np.float32)


def _turns(frames: Float32Array, owner: IntArray) -> BoolArray:
    """Frames ``[F]`` whose body stands apart from the bodies of the frames around it."""
    step = _distances(frames, 1).mean(axis=1)
    skip = _distances(frames, 2).mean(axis=1)
    apart = np.minimum(step[:-1], step[1:])
    turns = np.zeros(len(frames), dtype=bool)
    turns[1:-1] = (apart > TURN) & (apart > 2.0 * skip) & (owner[2:] == owner[:-2])
    return turns


def _away(frames: Float32Array, owner: IntArray) -> BoolArray:
    """Joints ``[F, V]`` that are away.

    Candidates are found for all frames at once and then accepted in the order of time, the
    shortest first: where a joint flickers between two places, each place is "away" from the other,
    and the one that was there first is kept.
    """
    away = np.zeros(frames.shape[:2], dtype=bool)
    gaps = {lag: _distances(frames, lag) for lag in range(1, LONGEST_ABSENCE + 2)}
    candidates: list[tuple[int, int, int]] = []
    for length in range(1, LONGEST_ABSENCE + 1):
        spans = len(frames) - length - 1
        if spans < 1:
            break
        # The run lies between frames t and t + length + 1; its ends are t + 1 and t + length.
        outward = np.minimum(gaps[1][:spans], gaps[length][:spans])
        homeward = np.minimum(gaps[1][length : length + spans], gaps[length][1 : spans + 1])
        leap = np.minimum(outward, homeward)
        found = (leap > LEAP) & (gaps[length + 1][:spans] < leap / 2)
        found &= (owner[:spans] == owner[length + 1 :])[:, None]
        candidates += [(start + 1, length, joint) for start, joint in np.argwhere(found).tolist()]
    for start, length, joint in sorted(candidates):
        if not away[start - 1 : start + length, joint].any():
            away[start : start + length, joint] = True
    return away


def _interpolate_on_bones(packed: ClipSet, bad: BoolArray) -> tuple[Float32Array, BoolArray]:
    """As :func:`_interpolate`, joint by joint from the centre, each from its neighbour there."""
    frames, filled = packed.frames.copy(), np.zeros_like(bad)
    near = packed.skeleton.towards_centre
    order = [packed.skeleton.centre]
    for joint in order:
        order += [one for one in np.flatnonzero(near == joint).tolist() if one != joint]
    for joint in order:
        if not bad[:, joint].any():
            continue
        start = frames[:, near[joint]] if near[joint] != joint else np.zeros_like(frames[:, joint])
        seen = replace(packed, frames=(frames[:, joint] - start)[:, None])
        moved, done = _interpolate(seen, bad[:, [joint]])
        rows = np.flatnonzero(done[:, 0])
        frames[rows, joint] = moved[rows, 0] + start[rows]
        filled[rows, joint] = True
    return frames, filled


def _interpolate(packed: ClipSet, bad: BoolArray) -> tuple[Float32Array, BoolArray]:
    """Frames with the bad joints ``[F, V]`` replaced, and which of them could be."""
    frames = packed.frames.copy()
    touched = np.flatnonzero(bad.any(axis=0))
    filled = np.zeros_like(bad)
    if not len(touched):
        return frames, filled
    number = np.arange(len(frames))[:, None]
    first = np.repeat(packed.starts, packed.lengths)[:, None]
    last = first + np.repeat(packed.lengths, packed.lengths)[:, None] - 1
    sound = ~bad[:, touched]
    before = np.maximum.accumulate(np.where(sound, number, -1), axis=0)
    after = np.minimum.accumulate(np.where(sound, number, len(frames))[::-1], axis=0)[::-1]
    has_before, has_after = before >= first, after <= last
    before, after = np.where(has_before, before, after), np.where(has_after, after, before)
    rows, columns = np.nonzero(~sound & (has_before | has_after))
    left, right = before[rows, columns], after[rows, columns]
    weight = ((rows - left) / np.maximum(right - left, 1)).astype(np.float32)[:, None]
    joints = touched[columns]
    start, end = packed.frames[left, joints], packed.frames[right, joints]
    frames[rows, joints] = start + weight * (end - start)
    filled[rows, joints] = True
    return frames, filled
