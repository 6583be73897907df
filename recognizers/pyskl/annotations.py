"""The data files of a PYSKL job: the clips that it reads and the class scores that it leaves.

Clips go as an annotation file (PYSKL ``tools/data/README.md``), scores come as the list of arrays
that ``tools/train.py --test-last`` writes to ``last_pred.pkl``. Neither file runs code here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.formats.array_pickles import UNREADABLE, load_arrays
from skeletons.formats.pyskl import write_annotations

TRAIN, TEST = "train", "test"
"""Names of the two splits."""


class PysklJobError(InputError):
    """A PYSKL job did not do what it was asked for: one line with what it said last and where."""


def write_clips(path: Path, train: ClipSet, test: ClipSet) -> None:
    """Write both parts as one annotation file with the splits ``train`` and ``test``.

    PYSKL keeps the order of the file within a split (``PoseDataset.load_pkl_annotations``), so
    that row i of a part is its item i. It knows clips by their ids alone: they are numbered here,
    since a synthetic clip may be called as a real one is.

    Raises:
        InputError: a part without clips, or parts that differ in skeleton or classes.
    """
    for part in (train, test):
        if len(part) == 0:
            raise InputError(f"PYSKL cannot be given '{part.name}': it has no clips")
    parts = [_numbered(train, TRAIN), _numbered(test, TEST)]
    write_annotations(
        path, ClipSet.concatenate(parts), {part.name: part.ids.tolist() for part in parts}
    )


def read_scores(path: Path, count: int, classes: int) -> Float32Array:
    """Class scores ``[count, classes]`` of the test clips, in their order: probabilities, averaged
    over the test samplings (``average_clips='prob'`` of PYSKL's ``BaseRecognizer``).

    Raises:
        PysklJobError: no such file, a cut one, one that asks for anything but arrays, another
            number of clips or classes, or scores that are no probabilities.
    """
    content = _read_pickle(path)
    if not isinstance(content, list) or not all(isinstance(row, np.ndarray) for row in content):
        raise PysklJobError(f"{path} is no list of class scores")
    if len(content) != count:
        raise PysklJobError(f"{path} has scores of {len(content)} clips, {count} were to be tested")
    for number, row in enumerate(content):
        if row.shape != (classes,) or row.dtype.kind != "f":
            raise PysklJobError(
                f"{path}: the scores of clip {number} are {row.dtype} {list(row.shape)}, "
                f"there are {classes} classes"
            )
    scores = np.asarray(content, dtype=np.float32)
    if not np.isfinite(scores).all():
        number = int(np.flatnonzero(~np.isfinite(scores).all(axis=1))[0])
        raise PysklJobError(f"{path}: the scores of clip {number} are NaN or infinite")
    wrong = (scores < 0).any(axis=1) | (np.abs(scores.sum(axis=1) - 1.0) > 1e-2)
    if wrong.any():
        number = int(np.flatnonzero(wrong)[0])
        raise PysklJobError(f"{path}: the scores of clip {number} are no probabilities")
    return scores


def _read_pickle(path: Path) -> Any:
    try:
        return load_arrays(path.read_bytes())
    except FileNotFoundError as error:
        raise PysklJobError(f"PYSKL left no scores: there is no {path}") from error
    except UNREADABLE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise PysklJobError(f"{path} holds no class scores: {reason}") from error


def _numbered(clips: ClipSet, split: str) -> ClipSet:
    ids = np.asarray([f"{split}-{row:06d}" for row in range(len(clips))], dtype=str)
    return replace(clips, ids=ids, name=split)
