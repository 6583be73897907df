"""Frames that two clip sets share: for each clip, its longest run that the other set holds.

Equal frames get equal numbers, so clips become strings over numbers and the longest shared run is
a longest common substring. Ranks of windows of doubling length (Karp, Miller and Rosenberg 1972)
sort all suffixes (Manber and Myers 1993); the longest match of a suffix is with one of its two
neighbours of the other set in that order. Time is O(F log F log T) for F frames that both sets
hold in clips of T frames, however often a frame repeats; where no frame is shared, the frames are
sorted once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import BoolArray, Float32Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.seeds import named_rng

CHUNK = 2**15
"""Frames hashed at a time, so that no copy of all frames is made."""

FINEST = 1e-9
"""Least tolerance: float32 holds nothing as fine, and multiples of it fit an int64."""


@dataclass(frozen=True, eq=False)
class SharedRuns:
    """The longest run of frames of each of N clips that also stands in a reference clip.

    Attributes:
        lengths: frames of the run, 0 for none, ``[N]``.
        starts: where in the clip it starts, ``[N]``.
        reference_clips: row of a reference clip that holds it, -1 for none, ``[N]``.
        reference_starts: where in that clip it starts, ``[N]``.
        identical: clips that are one whole reference clip, frame for frame, ``[N]``.
        distinct_frames: different frames that both sets hold.
    """

    lengths: IntArray
    starts: IntArray
    reference_clips: IntArray
    reference_starts: IntArray
    identical: BoolArray
    distinct_frames: int


def shared_runs(clips: ClipSet, reference: ClipSet, tolerance: float = 0.0) -> SharedRuns:
    """The longest run of consecutive frames of each clip that occurs in a reference clip.

    A run keeps frames and order but may start anywhere in either clip. A frame whose joints all
    lie on one point (a body that the sensor lost) is evidence of nothing and ends a run. Where
    several reference clips hold the longest run, an identical one is named, else one of them.

    Args:
        clips: N clips.
        reference: clips of the same skeleton.
        tolerance: where above 0, coordinates are first rounded to multiples of it (the skeleton's
            unit). Finds copies written with fewer digits; two values closer than that can still
            round apart.

    Raises:
        InputError: the skeletons differ, or the tolerance is neither 0 nor at least 1e-9.
    """
    if clips.skeleton != reference.skeleton:
        raise InputError(
            f"'{clips.name}' has skeleton {clips.skeleton.name}, '{reference.name}' "
            f"{reference.skeleton.name}: their frames cannot be compared"
        )
    if not np.isfinite(tolerance) or (tolerance != 0 and tolerance < FINEST):
        raise InputError(f"the tolerance is {tolerance}: take 0 or a length from {FINEST} on")
    own, other = _Layout.of(clips), _Layout.of(reference)
    numbers, blank = _frame_numbers((clips, reference), tolerance)
    split = own.frames
    in_own, in_other = (np.zeros(int(numbers.max(initial=-1)) + 1, dtype=bool) for _ in range(2))
    in_own[numbers[:split]] = True
    in_other[numbers[split:]] = True
    shared = (in_own & in_other)[numbers]
    strings = _Strings(own, other, numbers, shared & ~blank)
    lengths, starts, rows, row_starts = strings.longest_matches()
    identical = _identical(own, other, numbers, shared)
    whole = identical >= 0
    return SharedRuns(
        lengths=np.where(whole, own.lengths, lengths),
        starts=np.where(whole, 0, starts),
        reference_clips=np.where(whole, identical, rows),
        reference_starts=np.where(whole, 0, row_starts),
        identical=whole,
        distinct_frames=len(np.unique(numbers[:split][(shared & ~blank)[:split]])),
    )


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where the clips of a packed set lie: ``starts [N]`` and ``lengths [N]`` in so many frames."""

    starts: IntArray
    lengths: IntArray
    frames: int

    @classmethod
    def of(cls, clips: ClipSet) -> _Layout:
        ends = np.cumsum(clips.lengths)
        return cls(ends - clips.lengths, clips.lengths, int(clips.lengths.sum()))

    def __len__(self) -> int:
        return len(self.lengths)


class _Strings:
    """The stretches of shared frames of both sets, one after the other in one text, each ended by
    a separator that occurs once, so that no match runs over an end."""

    def __init__(self, own: _Layout, other: _Layout, numbers: IntArray, shared: BoolArray) -> None:
        self.own, self.other = own, other
        lengths = np.concatenate([own.lengths, other.lengths])
        clip = np.repeat(np.arange(len(lengths)), lengths)
        frames = np.flatnonzero(shared)
        starts = np.ones(len(frames), dtype=bool)
        starts[1:] = (np.diff(frames) != 1) | (np.diff(clip[frames]) != 0)
        stretch = np.cumsum(starts) - 1
        count = int(starts.sum())
        self.place = np.arange(len(frames)) + stretch
        self.frame = np.full(len(frames) + count, -1, dtype=np.int64)
        self.frame[self.place] = frames
        self.text = np.empty(len(self.frame), dtype=np.int64)
        self.text[self.frame < 0] = len(numbers) + np.arange(count)
        self.text[self.place] = numbers[frames]
        self.clip = clip
        self.longest = int(np.bincount(stretch).max()) if count else 0

    def longest_matches(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Length, start, row of the other set's clip and start in it, of each own clip."""
        count = len(self.own)
        lengths, starts, row_starts = (np.zeros(count, np.int64) for _ in range(3))
        rows = np.full(count, -1, dtype=np.int64)
        if not len(self.place):
            return lengths, starts, rows, row_starts
        place, partner, length = self._suffix_matches()
        frame, match = self.frame[place], self.frame[partner]
        owner = self.clip[frame]
        order = np.lexsort((match, frame, -length, owner))
        clips, first = np.unique(owner[order], return_index=True)
        best = order[first]
        lengths[clips] = length[best]
        starts[clips] = frame[best] - self.own.starts[clips]
        rows[clips] = self.clip[match[best]] - count
        row_starts[clips] = (
            match[best] - self.own.frames - self.other.starts[self.clip[match[best]] - count]
        )
        return lengths, starts, rows, row_starts

    def _suffix_matches(self) -> tuple[IntArray, IntArray, IntArray]:
        """Places of the own set's shared frames, for each the place in the other set from which
        most frames agree with those from here on, and how many do."""
        ranks = _window_ranks(self.text, self.longest)
        order = np.argsort(ranks[-1], kind="stable")
        of_other = self.frame[order] >= self.own.frames
        slot = np.arange(len(order))
        before = np.maximum.accumulate(np.where(of_other, slot, -1))
        after = np.minimum.accumulate(np.where(of_other, slot, len(slot))[::-1])[::-1]
        mine = (self.frame[order] >= 0) & ~of_other
        place = order[mine]
        # At an end of the order there is but one neighbour; it then stands in for both.
        low = np.where(before[mine] < 0, after[mine], before[mine])
        high = np.where(after[mine] == len(slot), before[mine], after[mine])
        low, high = order[low], order[high]
        below = _agreement(ranks, place, low)
        above = _agreement(ranks, place, high)
        take_low = (below > above) | ((below == above) & (low <= high))
        return place, np.where(take_low, low, high), np.maximum(below, above)


def _window_ranks(text: IntArray, longest: int) -> list[IntArray]:
    """Rank of the window of 2^k symbols from each place, for k = 0, 1, ...; the last one's windows
    are longer than any stretch, so each holds a separator and no two ranks are equal."""
    ranks = [np.unique(text, return_inverse=True)[1]]
    while (width := 2 ** (len(ranks) - 1)) <= longest:
        first = ranks[-1]
        second = np.zeros_like(first)
        second[:-width] = first[width:] + 1
        ranks.append(np.unique(first * (len(text) + 1) + second, return_inverse=True)[1])
    return ranks


def _agreement(ranks: list[IntArray], first: IntArray, second: IntArray) -> IntArray:
    """How many symbols agree from places ``first`` and ``second`` on."""
    length = np.zeros(len(first), dtype=np.int64)
    for level in range(len(ranks) - 2, -1, -1):
        same = ranks[level][first + length] == ranks[level][second + length]
        length += same.astype(np.int64) << level
    return length


def _frame_numbers(parts: tuple[ClipSet, ...], tolerance: float) -> tuple[IntArray, BoolArray]:
    """Numbers from 0 on, equal for equal frames, over all parts one after the other, and which
    frames have all joints on one point.

    A frame is known by 128 bits, two multilinear hashes of its coordinates (Carter and Wegman
    1979): for ten million frames the chance of one false match is below 1e-11, even where all
    coordinates are small whole numbers.
    """
    width = int(np.prod(parts[0].frames.shape[1:]))
    rng = named_rng("frame hash")
    factors = rng.integers(0, 2**64, (width, 2), dtype=np.uint64) | np.uint64(1)
    count = sum(int(part.lengths.sum()) for part in parts)
    key, blank = np.empty((2, count), np.uint64), np.empty(count, dtype=bool)
    done = 0
    for part in parts:
        for frames in part.in_pieces(CHUNK):
            here = slice(done, done + len(frames))
            blank[here] = (frames == frames[:, :1]).all(axis=(1, 2))
            key[:, here] = (_words(frames.reshape(len(frames), width), tolerance) @ factors).T
            done = here.stop
    order = np.lexsort((key[1], key[0]))
    new = np.ones(count, dtype=bool)
    new[1:] = False
    for half in key:
        ordered = half[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    numbers = np.empty(count, dtype=np.int64)
    numbers[order] = np.cumsum(new) - 1
    return numbers, blank


def _words(values: Float32Array, tolerance: float) -> NDArray[np.uint64]:
    """Integers that are equal exactly where the (rounded) coordinates are."""
    if tolerance > 0:
        return np.rint(values.astype(np.float64) / tolerance).astype(np.int64).view(np.uint64)
    # The sum makes -0.0 the same as 0.0.
    return (values + np.float32(0.0)).view(np.uint32).astype(np.uint64)


def _identical(own: _Layout, other: _Layout, numbers: IntArray, shared: BoolArray) -> IntArray:
    """Row of the first clip of the other set that holds the same frames and no more, -1 for none,
    of each own clip. Only clips all of whose frames are shared are looked at."""
    found = np.full(len(own), -1, dtype=np.int64)
    if not len(own) or not len(other):
        return found
    split = own.frames
    known: dict[bytes, int] = {}
    for row in np.flatnonzero(np.logical_and.reduceat(shared[split:], other.starts)).tolist():
        start = split + int(other.starts[row])
        known.setdefault(numbers[start : start + int(other.lengths[row])].tobytes(), row)
    for row in np.flatnonzero(np.logical_and.reduceat(shared[:split], own.starts)).tolist():
        start = int(own.starts[row])
        content = numbers[start : start + int(own.lengths[row])].tobytes()
        found[row] = known.get(content, -1)
    return found
