"""What two files of arrays, or a file of clips and the clips it should hold, say differently."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from benchmark.analyses.verification.differences import NOT_THERE, Comparison, Difference
from skeletons.annotations import read_annotations
from skeletons.arrays import Float32Array, Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError


def compare_arrays(says: Path, should: Path, tolerance: float = 0.0) -> Comparison:
    """Two ``.npz`` files, array by array; one difference an array, at its worst element.

    Floats may differ by ``tolerance``, relative to the larger of the element and the array's root
    mean square, so that elements near zero do not count beyond what they weigh.
    """
    try:
        here = load_arrays(says)
    except InputError as error:
        return Comparison((Difference(str(error), "a file of arrays"),))
    there = load_arrays(should)
    found: list[Difference] = []
    compared, drift = 0, 0.0
    for name in dict.fromkeys([*there, *here]):
        if name not in here or name not in there:
            words = ("an array", NOT_THERE) if name in here else (NOT_THERE, "an array")
            found.append(Difference(*words, column=name))
            continue
        mine, yours = here[name], there[name]
        compared += yours.size
        if mine.shape != yours.shape or mine.dtype.kind != yours.dtype.kind:
            words = f"{mine.dtype} {list(mine.shape)}", f"{yours.dtype} {list(yours.shape)}"
            found.append(Difference(*words, column=name))
            continue
        away = deviation(mine, yours)
        beyond = int((away > tolerance).sum())
        if beyond:
            found.append(_worst(name, mine, yours, away, beyond))
        elif away.size:
            drift = max(drift, float(away.max()))
    return Comparison(tuple(found), compared, drift)


def deviation(mine: NDArray[np.generic], yours: NDArray[np.generic]) -> Float64Array:
    """How far each element is from what it should be; 0 or infinite for what is no float.

    NaN in both places is no difference.
    """
    if yours.dtype.kind != "f":
        return np.where(mine == yours, 0.0, np.inf)
    here, there = mine.astype(np.float64), yours.astype(np.float64)
    finite = np.isfinite(there)
    square = np.square(there[finite]).mean() if finite.any() else 0.0
    weight = np.maximum(np.abs(there), np.sqrt(square))
    same = (here == there) | (np.isnan(here) & np.isnan(there))
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.abs(here - there) / weight
    return np.where(same, 0.0, np.where(np.isfinite(away), away, np.inf))


def load_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """All arrays of an ``.npz`` file, pickles refused; :class:`InputError` where it is none."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, BadZipFile, AttributeError) as error:
        raise InputError(f"no arrays can be read: {error}") from error


def compare_clips(says: Path, should: ClipSet) -> Comparison:
    """A PYSKL annotation file and the clips that it should hold; nothing in it is executed.

    One difference for each kind of thing that differs, at the first clip that shows it.
    """
    try:
        clips, splits = read_annotations(says, should.skeleton, should.classes)
    except InputError as error:
        return Comparison((Difference(str(error), f"{len(should)} clips"),))
    ids = should.ids.tolist()
    if clips.ids.tolist() != ids:
        return Comparison((_first_id(clips.ids.tolist(), ids),))
    found = []
    if splits != {"synthetic": ids}:
        found.append(Difference(f"splits {', '.join(splits)}", "all clips in 'synthetic'"))
    relabelled = np.flatnonzero(clips.labels != should.labels)
    if len(relabelled):
        row = int(relabelled[0])
        words = str(clips.labels[row]), str(should.labels[row])
        found.append(Difference(*words, column=f"label of '{ids[row]}'{_more(relabelled)}"))
    moved = _moved(clips, should)
    if len(moved):
        row = int(moved[0])
        place = f"'{ids[row]}'{_more(moved)}"
        found.append(_first_joint(clips[row].joints, should[row].joints, place))
    return Comparison(tuple(found), compared=int(should.lengths.sum()) * len(should.skeleton) * 3)


def _worst(
    name: str,
    mine: NDArray[np.generic],
    yours: NDArray[np.generic],
    away: Float64Array,
    beyond: int,
) -> Difference:
    place = np.unravel_index(int(np.argmax(away)), away.shape)
    column = f"{name}[{', '.join(str(int(index)) for index in place)}]"
    if beyond > 1:
        column += f" (the worst of {beyond:,})"
    return Difference(str(mine[place]), str(yours[place]), column=column)


def _first_id(says: list[str], should: list[str]) -> Difference:
    if len(says) != len(should):
        return Difference(f"{len(says)} clips", f"{len(should)} clips")
    row = next(row for row, pair in enumerate(zip(says, should, strict=True)) if len({*pair}) > 1)
    return Difference(says[row], should[row], column=f"id of clip {row}")


def _moved(says: ClipSet, should: ClipSet) -> IntArray:
    """Rows of the clips whose joints differ; where lengths differ, of those clips only."""
    if not np.array_equal(says.lengths, should.lengths):
        return np.flatnonzero(says.lengths != should.lengths)
    mine, yours = says.packed(), should.packed()
    frames = np.flatnonzero((mine.frames != yours.frames).any(axis=(1, 2)))
    return np.unique(np.searchsorted(yours.starts, frames, side="right") - 1)


def _first_joint(mine: Float32Array, yours: Float32Array, clip: str) -> Difference:
    if mine.shape != yours.shape:
        return Difference(
            f"{len(mine)} frames", f"{len(yours)} frames", column=f"keypoint of {clip}"
        )
    frame, joint, axis = (int(index) for index in np.argwhere(mine != yours)[0])
    column = f"keypoint of {clip}, frame {frame}, joint {joint}, {'xyz'[axis]}"
    place = frame, joint, axis
    return Difference(repr(float(mine[place])), repr(float(yours[place])), column=column)


def _more(rows: IntArray) -> str:
    return f" and {len(rows) - 1:,} more clips" if len(rows) > 1 else ""
