"""The entries of an annotation file, checked one by one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skeletons.arrays import IntArray
from skeletons.errors import InputError
from skeletons.formats.packing import check_numbers, distinct
from skeletons.formats.reading import numbered, renumbering

NAME_KEYS = ("label_map", "class_names", "label_names", "classes")
SUBJECT_KEYS = ("subject", "subject_id", "person_id", "performer")

PIXELS = 50.0
"""Two coordinates reach beyond it and the third stays within 0 and 1: it is a score."""

MOST_ENTRIES = 10_000_000


@dataclass
class Annotations:
    """What an annotation file holds.

    Attributes:
        where: what messages call the file.
        size: bytes that were read.
        entries: one mapping a clip; :meth:`take` empties it.
        splits: ids of each named split.
        names: class names that the file tells; None without.
        ids, labels, subjects: of each entry; labels as they stand in the file.
        counts: what was met.
    """

    where: str
    size: int
    entries: list[dict[str, Any]]
    splits: dict[str, tuple[str, ...]]
    names: tuple[str, ...] | None
    ids: list[str]
    labels: list[int] | list[str]
    subjects: list[str]
    counts: Counter[str] = field(default_factory=Counter)
    scored: bool = False
    flat: bool = False
    image: tuple[int, int] | None = None

    @classmethod
    def of(cls, content: Any, size: int, where: str) -> Annotations:
        """The checked content of a file.

        Raises:
            InputError: it is of another kind; the message says what is missing.
        """
        entries = content.get("annotations") if isinstance(content, dict) else None
        if not isinstance(entries, list) or not entries or len(entries) > MOST_ENTRIES:
            raise InputError(
                f"{where} is not a PYSKL annotation file: it has no list of 'annotations', such as "
                "{'split': {...}, 'annotations': [{'frame_dir', 'label', 'keypoint', ...}]}"
            )
        for number, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise InputError(f"{where}: entry {number} is no mapping of 'keypoint' and 'label'")
        ids = [_id_of(entry, number, where) for number, entry in enumerate(entries)]
        try:
            labels = _labels_of(entries, ids)
            distinct(ids, labels)
            names = _names_of(content)
            splits = _splits_of(content.get("split"))
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        subjects = [_subject_of(entry) for entry in entries]
        return cls(where, size, list(entries), splits, names, ids, labels, subjects)

    def shape(self, row: int) -> tuple[int, ...]:
        """Shape of a clip's ``keypoint``, ``[M, T, V, C]`` or ``[T, V, C]``, checked."""
        entry, where = self.entries[row], f"{self.where}: clip '{self.ids[row]}'"
        if "keypoint" not in entry:
            others = [key for key in ("raw_file", "frame_inds") if key in entry]
            told = f"; it has {' and '.join(others)}: a table of contents" if others else ""
            raise InputError(
                f"{where} has no 'keypoint'{told}: the skeletons are in other files, get the file "
                "that holds them"
            )
        keypoint = entry["keypoint"]
        if not isinstance(keypoint, np.ndarray) or keypoint.dtype.kind not in "fiu":
            raise InputError(f"{where}: 'keypoint' is no array of numbers")
        if keypoint.ndim not in (3, 4) or keypoint.shape[-1] not in (2, 3):
            raise InputError(
                f"{where}: 'keypoint' has shape {keypoint.shape}, it is [M, T, V, 2 or 3]"
            )
        if 0 in keypoint.shape:
            what = "no frames" if keypoint.shape[-3] == 0 else "nobody in it"
            raise InputError(f"{where} has {what}: its 'keypoint' has shape {keypoint.shape}")
        return tuple(keypoint.shape)

    def identity(self) -> str:
        """SHA-256 of everything that clips are made of, however it was pickled."""
        digest = hashlib.sha256(repr((self.ids, self.labels, self.subjects)).encode())
        digest.update(repr((sorted(self.splits.items()), self.names)).encode())
        for row, entry in enumerate(self.entries):
            self.shape(row)
            for key in ("keypoint", "keypoint_score"):
                array = entry.get(key)
                if isinstance(array, np.ndarray) and array.dtype.kind in "fiu":
                    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
                    digest.update(repr((key, little.shape, little.dtype.str)).encode())
                    digest.update(little.reshape(-1).view(np.uint8).data)
            digest.update(repr((_size_of(entry.get("img_shape")), _count_of(entry))).encode())
        return digest.hexdigest()

    def numbered_labels(self, names: Sequence[str] | None) -> tuple[IntArray, tuple[str, ...]]:
        """Labels from 0 without gaps, ``[N]``, and the names of the classes."""
        try:
            if isinstance(self.labels[0], str):
                classes = sorted(set(map(str, self.labels)))
                place = {name: number for number, name in enumerate(classes)}
                return np.asarray([place[str(one)] for one in self.labels]), tuple(classes)
            labels, named = numbered([int(one) for one in self.labels], names or self.names)
        except InputError as error:
            raise InputError(f"{self.where}: {error}") from error
        return np.asarray(labels, dtype=np.int64), tuple(named)

    def take(self) -> Iterator[tuple[int, NDArray[Any], NDArray[Any] | None]]:
        """Each entry's row, bodies ``[M, T, V, C]`` and scores ``[M, T, V]`` (2D), with what all
        entries share checked first; entries are emptied as they are taken.

        Raises:
            InputError: another number of joints, NaN, scores of another shape, by the clip's id.
        """
        first = self.shape(0)[-2:]
        self.flat = first[-1] == 2
        for row, entry in enumerate(self.entries):
            where = f"{self.where}: clip '{self.ids[row]}'"
            shape = self.shape(row)
            if shape[-2:] != first:
                raise InputError(
                    f"{where} has joints {list(shape[-2:])}, the clips before it {list(first)}"
                )
            keypoint = entry["keypoint"]
            check_numbers(keypoint, where)
            if keypoint.ndim == 3:
                self.counts["keypoints_without_person_axis"] += 1
                keypoint = keypoint[None]
            frames = _count_of(entry)
            if frames is not None and frames != shape[-3]:
                self.counts["entries_whose_total_frames_disagree"] += 1
            scores = self._scores(entry, keypoint, where) if self.flat else None
            self.image = self.image or _size_of(entry.get("img_shape"))
            entry.clear()
            yield row, keypoint, scores
        self.entries.clear()

    def notes(self) -> list[str]:
        """What was done with labels, axes, lengths and scores, a sentence each."""
        told = []
        if not isinstance(self.labels[0], str):
            told.append(renumbering([int(one) for one in self.labels]))
        if number := self.counts["entries_whose_total_frames_disagree"]:
            told.append(
                f"total_frames of {number:,} entries disagrees with their array: the array is the "
                "data."
            )
        if number := self.counts["keypoints_without_person_axis"]:
            told.append(f"{number:,} entries have no person axis, [T, V, C]: read as one person.")
        if self.flat and not self.scored:
            told.append("There are no keypoint scores: each counts as 1.")
        if self.flat and self.image is None:
            told.append("No image size is told: the range is that of the joints.")
        return [one for one in told if one]

    def facts(self) -> dict[str, Any]:
        """What stands in the file, as plain values."""
        facts: dict[str, Any] = {"labels_in_file": sorted(set(self.labels))}
        if self.flat:
            facts["scores"] = "in the file" if self.scored else 1.0
            facts["image_size"] = None if self.image is None else list(self.image)
        return facts

    def _scores(self, entry: Mapping[str, Any], keypoint: NDArray[Any], where: str) -> NDArray[Any]:
        scores = entry.get("keypoint_score")
        if scores is None:
            return np.ones(keypoint.shape[:-1], dtype=np.float16)
        if not isinstance(scores, np.ndarray) or scores.dtype.kind not in "fiu":
            raise InputError(f"{where}: 'keypoint_score' is no array of numbers")
        if scores.ndim == 2:
            scores = scores[None]
        if scores.shape != keypoint.shape[:-1]:
            raise InputError(
                f"{where}: 'keypoint_score' has shape {scores.shape}, joints have "
                f"{keypoint.shape[:-1]}"
            )
        check_numbers(scores[..., None], f"{where}: 'keypoint_score'")
        self.scored = True
        return scores

    def check_third(self) -> None:
        """Raise :class:`InputError` for pixels with a score as the third coordinate."""
        if self.shape(0)[-1] == 2:
            return
        largest = 0.0
        for row, entry in enumerate(self.entries[:64]):
            if len(self.shape(row)) < 3:
                return
            third = entry["keypoint"][..., 2]
            if not (third.min() >= 0 and third.max() <= 1):
                return
            largest = max(largest, float(np.abs(entry["keypoint"][..., :2]).max()))
        if largest > PIXELS:
            raise InputError(
                f"{self.where}: the third coordinate lies in 0 to 1 and the others reach "
                f"{largest:,.0f}: are these pixels with a score? 2D data have 'keypoint' "
                "[M, T, V, 2] and 'keypoint_score' [M, T, V]"
            )


def _id_of(entry: Mapping[str, Any], number: int, where: str) -> str:
    given = entry.get("frame_dir", entry.get("filename"))
    if not isinstance(given, str) or not given or len(given) > 1024:
        raise InputError(f"{where}: entry {number} has no 'frame_dir', the id of its clip")
    return given


def _labels_of(entries: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> list[Any]:
    """Labels as they stand: all whole numbers, or all names."""
    labels: list[Any] = []
    for entry, clip_id in zip(entries, ids, strict=True):
        label = entry.get("label")
        if isinstance(label, np.ndarray) and label.size == 1:
            label = label.reshape(())[()]
        if isinstance(label, bool) or not isinstance(label, int | np.integer | str):
            raise InputError(f"clip '{clip_id}' has no 'label' that is a whole number or a name")
        labels.append(str(label) if isinstance(label, str) else int(label))
    if len({type(label) for label in labels}) > 1:
        raise InputError("some labels are numbers and some are names")
    if isinstance(labels[0], int) and max(map(abs, labels)) >= 2**31:
        raise InputError("a label is 2**31 or more, that counts no classes")
    return labels


def _names_of(content: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Class names of the file's own key, a list in the order of labels or a mapping."""
    for key in NAME_KEYS:
        given = content.get(key)
        if isinstance(given, dict):
            if not all(isinstance(number, int) for number in given):
                continue
            given = [given[number] for number in sorted(given)]
        if isinstance(given, list | tuple) and given:
            if all(isinstance(name, str) for name in given):
                return tuple(given)
            raise InputError(f"'{key}' is no list of class names")
    return None


def _splits_of(given: Any) -> dict[str, tuple[str, ...]]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise InputError("'split' is no mapping of names to lists of ids")
    splits = {}
    for name, ids in given.items():
        listed = ids.tolist() if isinstance(ids, np.ndarray) and ids.ndim == 1 else ids
        if not isinstance(name, str) or not isinstance(listed, list | tuple | set):
            raise InputError("'split' is no mapping of names to lists of ids")
        for one in listed:
            if not isinstance(one, str):
                raise InputError(f"split '{name[:80]}' holds what is no id of a clip")
        splits[name] = tuple(sorted(listed) if isinstance(listed, set) else listed)
    return splits


def _subject_of(entry: Mapping[str, Any]) -> str:
    for key in SUBJECT_KEYS:
        given = entry.get(key)
        if isinstance(given, str | int | np.integer) and not isinstance(given, bool):
            return str(given)[:80]
    return ""


def _count_of(entry: Mapping[str, Any]) -> int | None:
    given = entry.get("total_frames")
    if isinstance(given, np.ndarray) and given.size == 1 and given.dtype.kind in "iu":
        given = given.reshape(())[()]
    return int(given) if isinstance(given, int | np.integer) else None


def _size_of(given: Any) -> tuple[int, int] | None:
    """Height and width of an image."""
    if isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype.kind in "iu":
        given = given.tolist()
    if isinstance(given, list | tuple) and len(given) >= 2:
        height, width = given[:2]
        if isinstance(height, int | np.integer) and isinstance(width, int | np.integer):
            return int(height), int(width)
    return None
