"""Clips and sets of clips: ragged in time, cheap to select, concatenate and resample."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skeletons.array_files import BROKEN, Pieces, read_npz, write_npz
from skeletons.arrays import Float32Array, Float64Array, IntArray, StrArray
from skeletons.errors import InputError
from skeletons.skeleton import Skeleton

AT_A_TIME = 2**16
"""Frames that are looked at at a time, so that large sets take no second copy of themselves."""


@dataclass(frozen=True)
class Clip:
    """One sequence of one person: ``joints`` float32 ``[T, V, C]`` in the skeleton's unit."""

    joints: Float32Array
    label: int
    subject: str
    view: str
    id: str


@dataclass(frozen=True, eq=False)
class ClipSet:
    """N clips over one skeleton and one list of class names.

    All clips share one buffer ``frames [F, V, C]``, C the skeleton's ``dimensions``; clip i is
    ``lengths[i]`` frames from ``starts[i]``. A selection shares the buffer with the set it was
    selected from.
    """

    skeleton: Skeleton
    classes: tuple[str, ...]
    frames: Float32Array
    starts: IntArray
    lengths: IntArray
    labels: IntArray
    subjects: StrArray
    views: StrArray
    ids: StrArray
    name: str = field(default="clips")

    @classmethod
    def of(
        cls,
        skeleton: Skeleton,
        classes: Sequence[str],
        joints: Sequence[NDArray[Any]],
        labels: ArrayLike,
        *,
        subjects: ArrayLike | None = None,
        views: ArrayLike | None = None,
        ids: ArrayLike | None = None,
        name: str = "clips",
    ) -> ClipSet:
        """A set from one array ``[T, V, C]`` a clip; ids default to ``<name>-<number>``.

        Raises:
            InputError: a clip without frames, of another skeleton, with NaN or infinite values, a
                label without a class name, or two clips of one id.
        """
        count = len(joints)
        id_array = np.asarray(
            [f"{name}-{number:05d}" for number in range(count)] if ids is None else ids, dtype=str
        )
        for clip, clip_id in zip(joints, id_array, strict=True):
            where = f"{name}: clip '{clip_id}'"
            skeleton.check(clip.shape, where)
            if clip.ndim != 3 or len(clip) == 0:
                raise InputError(f"{where} has shape {clip.shape}, a clip is [T > 0, V, C]")
        lengths = np.asarray([len(clip) for clip in joints], dtype=np.int64)
        frames = (
            np.concatenate(list(joints)).astype(np.float32, copy=False)
            if count
            else np.zeros((0, len(skeleton), skeleton.dimensions), np.float32)
        )
        clips = cls(
            skeleton=skeleton,
            classes=tuple(classes),
            frames=frames,
            starts=np.cumsum(lengths) - lengths,
            lengths=lengths,
            labels=np.asarray(labels, dtype=np.int64).reshape(count),
            subjects=_strings(subjects, count),
            views=_strings(views, count),
            ids=id_array,
            name=name,
        )
        clips.check()
        return clips

    def check(self) -> None:
        """Raise :class:`InputError` where values, labels or ids break the contract."""
        bad = np.zeros(len(self.frames), dtype=bool)
        for start in range(0, len(bad), AT_A_TIME):
            part = slice(start, start + AT_A_TIME)
            bad[part] = ~np.isfinite(self.frames[part]).all(axis=(1, 2))
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            clip = int(np.searchsorted(self.starts, row, side="right")) - 1
            raise InputError(
                f"{self.name}: clip '{self.ids[clip]}' has a NaN or infinite value in frame "
                f"{row - int(self.starts[clip])}"
            )
        outside = (self.labels < 0) | (self.labels >= len(self.classes))
        if outside.any():
            clip = int(np.flatnonzero(outside)[0])
            raise InputError(
                f"{self.name}: clip '{self.ids[clip]}' has label {self.labels[clip]}, "
                f"there are {len(self.classes)} classes"
            )
        values, counts = np.unique(self.ids, return_counts=True)
        if (counts > 1).any():
            raise InputError(f"{self.name}: two clips have the id '{values[counts > 1][0]}'")

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int) -> Clip:
        start, length = int(self.starts[index]), int(self.lengths[index])
        return Clip(
            joints=self.frames[start : start + length],
            label=int(self.labels[index]),
            subject=str(self.subjects[index]),
            view=str(self.views[index]),
            id=str(self.ids[index]),
        )

    def select(self, which: ArrayLike, name: str | None = None) -> ClipSet:
        """The clips of an index array or a boolean mask, in that order; frames are shared."""
        rows = np.asarray(which)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        return replace(
            self,
            starts=self.starts[rows],
            lengths=self.lengths[rows],
            labels=self.labels[rows],
            subjects=self.subjects[rows],
            views=self.views[rows],
            ids=self.ids[rows],
            name=name or self.name,
        )

    def select_ids(self, ids: Sequence[str], name: str | None = None) -> ClipSet:
        """The clips of these ids, in this order; :class:`InputError` for an id that is not here."""
        where = {clip_id: row for row, clip_id in enumerate(self.ids.tolist())}
        missing = [clip_id for clip_id in ids if clip_id not in where]
        if missing:
            raise InputError(f"{self.name}: there is no clip '{missing[0]}'")
        return self.select(np.asarray([where[clip_id] for clip_id in ids], np.int64), name)

    @staticmethod
    def concatenate(parts: Sequence[ClipSet], name: str | None = None) -> ClipSet:
        """All clips of the parts, which must agree in skeleton and classes and share no id."""
        if not parts:
            raise InputError("nothing to concatenate: no clip sets were given")
        first = parts[0]
        for part in parts[1:]:
            if part.skeleton != first.skeleton or part.classes != first.classes:
                raise InputError(
                    f"'{part.name}' and '{first.name}' differ in skeleton or classes, "
                    "they cannot be concatenated"
                )
        packed = [part.packed() for part in parts]
        lengths = np.concatenate([part.lengths for part in packed])
        clips = ClipSet(
            skeleton=first.skeleton,
            classes=first.classes,
            frames=np.concatenate([part.frames for part in packed]),
            starts=np.cumsum(lengths) - lengths,
            lengths=lengths,
            labels=np.concatenate([part.labels for part in packed]),
            subjects=np.concatenate([part.subjects for part in packed]),
            views=np.concatenate([part.views for part in packed]),
            ids=np.concatenate([part.ids for part in packed]),
            name=name or first.name,
        )
        clips.check()
        return clips

    def packed(self) -> ClipSet:
        """The same clips with a buffer that holds their frames only, in order."""
        if self._is_packed:
            return self
        starts = np.cumsum(self.lengths) - self.lengths
        rows = np.arange(self.lengths.sum()) + np.repeat(self.starts - starts, self.lengths)
        return replace(self, frames=self.frames[rows], starts=starts)

    def in_pieces(self, most: int = AT_A_TIME) -> Iterator[Float32Array]:
        """The frames of the packed set in order, ``[at most so many, V, C]`` at a time, without a
        copy of all of them."""
        ends, packed = np.cumsum(self.lengths), self._is_packed
        for first in range(0, int(self.lengths.sum()), most):
            places = np.arange(first, min(first + most, int(ends[-1])))
            if packed:
                yield self.frames[places[0] : places[-1] + 1]
                continue
            owner = np.searchsorted(ends, places, side="right")
            yield self.frames[places - (ends - self.lengths)[owner] + self.starts[owner]]

    @property
    def _is_packed(self) -> bool:
        """Whether the buffer holds the frames of the clips only, in order."""
        ends = np.cumsum(self.lengths)
        total = int(ends[-1]) if len(ends) else 0
        return len(self.frames) == total and np.array_equal(self.starts, ends - self.lengths)

    def resample(self, frames: int) -> Float32Array:
        """Every clip at ``frames`` evenly spaced moments from its first to its last frame.

        Linear in time; a clip that has exactly ``frames`` frames comes back unchanged.

        Returns:
            float32 ``[N, frames, V, C]``.
        """
        position = np.linspace(0.0, 1.0, frames) * (self.lengths[:, None] - 1)
        return self.at(position)

    def with_lengths(self, lengths: ArrayLike) -> ClipSet:
        """Every clip resampled, linearly in time, to its own number of frames ``[N]``.

        Raises:
            InputError: a clip would have no frames.
        """
        new = np.broadcast_to(np.asarray(lengths, dtype=np.int64), self.lengths.shape)
        if (new < 1).any():
            clip = int(np.flatnonzero(new < 1)[0])
            raise InputError(
                f"{self.name}: clip '{self.ids[clip]}' cannot have {new[clip]} frames, "
                "take 1 or more"
            )
        ends = np.cumsum(new)
        step = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - new, new)
        pace = (self.lengths - 1) / np.maximum(new - 1, 1)
        position = (step * np.repeat(pace, new)).astype(np.float64)
        owner = np.repeat(np.arange(len(self)), new)
        frames = self.select(owner).at(position[:, None])[:, 0]
        return replace(self, frames=frames, starts=ends - new, lengths=new)

    def at(self, position: Float64Array) -> Float32Array:
        """Frames at fractional positions ``[N, T]`` within each clip, ``[N, T, V, C]``, by linear
        interpolation; positions count frames from 0 to ``lengths - 1``."""
        below = np.floor(position + 1e-9).astype(np.int64)
        weight = np.clip(position - below, 0.0, 1.0).astype(np.float32)[..., None, None]
        above = np.minimum(below + 1, self.lengths[:, None] - 1)
        first = self.frames[self.starts[:, None] + below]
        second = self.frames[self.starts[:, None] + above]
        return np.asarray(first + weight * (second - first), dtype=np.float32)

    def class_counts(self) -> IntArray:
        """Clips of each class, ``[C]``."""
        return np.bincount(self.labels, minlength=len(self.classes)).astype(np.int64)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything a result can depend on: frames, labels, ids, skeleton, classes."""
        facts = (self.skeleton.state(), self.classes, len(self))
        digest = hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode())
        for array in (self.lengths, self.labels, *self.in_pieces()):
            digest.update(np.ascontiguousarray(array).reshape(-1).data)
        for names in (self.subjects, self.views, self.ids):
            digest.update(repr(names.tolist()).encode())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write one ``.npz`` without pickles, the frames piece by piece."""
        shape = int(self.lengths.sum()), *self.frames.shape[1:]
        arrays: dict[str, NDArray[Any] | Pieces] = {
            "skeleton": np.asarray(json.dumps(self.skeleton.state())),
            "classes": np.asarray(self.classes, dtype=str),
            "name": np.asarray(self.name),
            "frames": Pieces(shape, self.frames.dtype, self.in_pieces()),
            "lengths": self.lengths,
            "labels": self.labels,
            "subjects": self.subjects,
            "views": self.views,
            "ids": self.ids,
        }
        write_npz(path, arrays)

    @classmethod
    def load(cls, path: Path) -> ClipSet:
        """Read what :meth:`save` wrote; the frames stay in the file until they are looked at, and
        nothing in it is executed."""
        try:
            stored = read_npz(path, "frames")
            lengths = stored["lengths"]
            clips = cls(
                skeleton=Skeleton.of(json.loads(str(stored["skeleton"]))),
                classes=tuple(stored["classes"].tolist()),
                frames=stored["frames"],
                starts=np.cumsum(lengths) - lengths,
                lengths=lengths,
                labels=stored["labels"],
                subjects=stored["subjects"],
                views=stored["views"],
                ids=stored["ids"],
                name=str(stored["name"]),
            )
            if lengths.sum() != len(clips.frames):
                raise ValueError(f"{len(clips.frames)} frames, {lengths.sum()} expected")
        except (*BROKEN, KeyError) as error:
            raise InputError(f"{path} is not a stored clip set: {error}") from error
        clips.check()
        return clips


def stored_ids(path: Path) -> StrArray:
    """The ids ``[N]`` of a stored set, whose frames stay unread; errors as :meth:`ClipSet.load`."""
    try:
        return np.asarray(read_npz(path, only="ids")["ids"], dtype=str)
    except (*BROKEN, KeyError) as error:
        raise InputError(f"{path} is not a stored clip set: {error}") from error


def _strings(values: ArrayLike | None, count: int) -> StrArray:
    if values is None:
        return np.full(count, "", dtype="U1")
    return np.asarray(values, dtype=str).reshape(count)
