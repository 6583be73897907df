"""Test clips that a training set holds as well: whole, in part, or nearly.

``identical``: the whole clip, frame for frame. ``run``: some of its frames, in order, at any place
of the training clip. ``near``: equal up to small noise, place, heading and speed. Not found: a
part of a clip that was also changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from skeletons.arrays import BoolArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.near_duplicates import NEAR, nearest_clips, typical_distances
from skeletons.shared_runs import SharedRuns, shared_runs

Kind = Literal["identical", "run", "near"]

KINDS: tuple[Kind, ...] = ("identical", "run", "near")

_SAID: dict[Kind, str] = {
    "identical": "are frame for frame in the training set",
    "run": "share a run of frames with a training clip",
    "near": "are nearly equal to a training clip",
}


@dataclass(frozen=True)
class Duplicate:
    """A test clip and a training clip that hold the same motion.

    Attributes:
        test: id of the test clip.
        train: id of the training clip.
        kind: ``identical``, ``run`` or ``near``.
        frames: frames in a row that both hold; None for ``near``.
        share: ``frames`` as a share of the test clip's frames; None for ``near``.
        shift: by how many frames the run starts later in the training clip; None for ``near``.
        distance: root-mean-square joint distance after alignment, in the skeleton's unit; None for
            ``run``.
        relative_distance: ``distance`` as a share of the typical one between neighbours of the
            test clip's class; None for ``run`` and where no distance is typical.
    """

    test: str
    train: str
    kind: Kind
    frames: int | None
    share: float | None
    shift: int | None
    distance: float | None
    relative_distance: float | None


@dataclass(frozen=True)
class Duplicates:
    """What a search found, in the order of the test clips.

    Attributes:
        pairs: for each test clip at most one exact pair (``identical`` or ``run``) and, unless it
            is identical, at most one near pair.
        n_test: test clips that were looked at.
        frames_in_both: different frames that stand in train and in test.
        closest_other: least relative distance of a test clip that is neither identical nor near;
            None where there is none.
    """

    pairs: tuple[Duplicate, ...]
    n_test: int
    frames_in_both: int
    closest_other: float | None

    def count(self, kind: Kind) -> int:
        """Test clips with a pair of this kind."""
        return sum(pair.kind == kind for pair in self.pairs)

    def sentences(self, said: Sequence[str] = ()) -> tuple[str, ...]:
        """What a reader must know, a sentence a kind; none for what ``said`` already tells."""
        details: dict[Kind, str] = {"identical": ", so test results are too good", "near": ""}
        runs = [pair for pair in self.pairs if pair.kind == "run"]
        if runs:
            longest = max(runs, key=lambda pair: pair.share or 0.0)
            details["run"] = f" (up to {longest.frames} frames, {longest.share:.0%} of the clip)"
        told = []
        for kind in KINDS:
            number = self.count(kind)
            if number and not any(leak(kind, number, self.n_test) in one for one in said):
                told.append(f"{leak(kind, number, self.n_test)}{details[kind]}.")
        return tuple(told)

    def facts(self) -> dict[str, Any]:
        """The same as plain values for a JSON file."""
        return {
            "test_clips": {kind: self.count(kind) for kind in KINDS},
            "frames_in_train_and_test": self.frames_in_both,
            "closest_other_relative_distance": self.closest_other,
            "pairs": [asdict(pair) for pair in self.pairs],
        }


def leak(kind: Kind, number: int, tests: int) -> str:
    """The words of a caveat, such as ``95 of 464 test clips (20.5%) are frame for frame in the
    training set``. A data set that tells of its leak uses them, so that it is not told twice."""
    return f"{number} of {tests} test clips ({number / tests:.1%}) {_SAID[kind]}"


def find_duplicates(
    train: ClipSet, test: ClipSet, *, tolerance: float = 0.0, near: float = NEAR
) -> Duplicates:
    """Find test clips that are, whole, in part or nearly, among the training clips.

    Labels do not matter: a copy under another label is found, too. Time for near duplicates grows
    with N x M, memory with N + M; for frames see :mod:`skeletons.shared_runs`.

    Args:
        train: clips that something is fitted on.
        test: held-out clips of the same skeleton and classes.
        tolerance: coordinates are rounded to multiples of it before frames are compared; 0
            compares them as they are.
        near: share of the typical distance in its class below which a clip is a near duplicate;
            0 looks for none. See :data:`skeletons.near_duplicates.NEAR`.

    Raises:
        InputError: the sets differ in skeleton or classes, or an option is negative.
    """
    if train.classes != test.classes:
        raise InputError(f"'{train.name}' and '{test.name}' have different classes")
    if not np.isfinite(near) or near < 0:
        raise InputError(f"near is {near}: take 0 or a share of the typical distance")
    runs = shared_runs(test, train, tolerance)
    exact = _exact_pairs(runs, train, test)
    close, closest = _near_pairs(train, test, ~runs.identical, near)
    pairs = sorted([*exact, *close], key=lambda found: found[0])
    return Duplicates(
        pairs=tuple(pair for _, pair in pairs),
        n_test=len(test),
        frames_in_both=runs.distinct_frames,
        closest_other=closest,
    )


def _exact_pairs(runs: SharedRuns, train: ClipSet, test: ClipSet) -> list[tuple[int, Duplicate]]:
    """Test rows with their pairs."""
    pairs = []
    for row in np.flatnonzero(runs.lengths).tolist():
        whole, frames = bool(runs.identical[row]), int(runs.lengths[row])
        pair = Duplicate(
            test=str(test.ids[row]),
            train=str(train.ids[runs.reference_clips[row]]),
            kind="identical" if whole else "run",
            frames=frames,
            share=frames / int(test.lengths[row]),
            shift=int(runs.reference_starts[row] - runs.starts[row]),
            distance=0.0 if whole else None,
            relative_distance=0.0 if whole else None,
        )
        pairs.append((row, pair))
    return pairs


def _near_pairs(
    train: ClipSet, test: ClipSet, asked: BoolArray, near: float
) -> tuple[list[tuple[int, Duplicate]], float | None]:
    """Test rows with their pairs, and the least relative distance of a clip that has none."""
    rows = np.flatnonzero(asked)
    if near == 0.0 or not len(rows) or not len(train):
        return [], None
    typical = typical_distances(train)[test.labels[rows]]
    if np.isnan(typical).any():  # no class has two different clips: nothing tells what is near
        return [], None
    neighbours, distances = nearest_clips(test.select(rows), train)
    relative = distances / typical
    pairs = [
        (
            int(rows[place]),
            Duplicate(
                test=str(test.ids[rows[place]]),
                train=str(train.ids[neighbours[place]]),
                kind="near",
                frames=None,
                share=None,
                shift=None,
                distance=float(distances[place]),
                relative_distance=float(relative[place]),
            ),
        )
        for place in np.flatnonzero(relative < near).tolist()
    ]
    others = relative[relative >= near]
    return pairs, float(others.min()) if len(others) else None
