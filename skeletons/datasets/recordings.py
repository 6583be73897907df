"""Files and folders of one's own as data sets: ``pyskl:FILE``, ``humanact12:FOLDER``,
``ntu:FOLDER``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from skeletons.arrays import BoolArray
from skeletons.clips import ClipSet
from skeletons.datasets import Data, check_protocol
from skeletons.datasets.class_names import names_beside
from skeletons.datasets.partition import named_splits, tested
from skeletons.datasets.preparing import Prepared, prepare
from skeletons.errors import InputError
from skeletons.formats import humanact12, ntu, pyskl
from skeletons.formats.archives import files_of, identity_of
from skeletons.skeleton import Skeleton

BY_SUBJECT = "by-subject"
"""The protocol where a source tells no split: by person, else by class, see
:func:`skeletons.datasets.partition.tested`."""

_KNOWN: dict[tuple[Any, ...], Any] = {}
"""What was read from files, by path, size and time of change: runs ask for it several times."""


class HumanAct12Folder:
    """A folder of ``P..G..R..F..T..A....npy`` files; nobody published a split of them."""

    protocols: tuple[str, ...] = ("coarse", "fine")

    def __init__(self, path: Path, skeleton: Skeleton | None = None, persons: int = 1) -> None:
        if persons != 1:
            raise InputError("humanact12: its clips show one person each")
        self.path, self.skeleton = path, skeleton
        self.name = short(path)
        self.summary = f"HumanAct12 files in {path}: 12 coarse or 34 fine classes, by person"

    def load(self, protocol: str, data_root: Path | None) -> Data:
        """The clips, tested on a fifth of the people; ``fine`` tells 34 classes apart."""
        chosen = check_protocol(self, protocol)
        prepared = prepare(humanact12.read(self.path, self.skeleton, chosen == "fine"))
        test, told = tested(prepared.clips, "humanact12")
        data = as_data(prepared, test, None, chosen, self.name, [told])
        return replace(data, fps=humanact12.FRAMES_PER_SECOND)

    def identity(self, protocol: str, data_root: Path | None) -> str:
        """SHA-256 of the protocol, the skeleton and the files' names and bytes."""
        files = partial(files_of, self.path, ".npy", "humanact12")
        return _identity(self.path, files, protocol, self.skeleton)


class NtuFolder:
    """A folder of raw ``.skeleton`` files, of NTU RGB+D or of one's own Kinect v2."""

    protocols: tuple[str, ...] = ("xsub", "xview", "xset", BY_SUBJECT)

    def __init__(self, path: Path, skeleton: Skeleton | None = None, persons: int = 1) -> None:
        self.path, self.skeleton, self.persons = path, skeleton, persons
        self.name = short(path)
        self.summary = f"raw .skeleton files in {path}"

    def load(self, protocol: str, data_root: Path | None) -> Data:
        """The clips by the official lists of people, cameras or setups, or by a fifth of the
        people."""
        chosen = check_protocol(self, protocol)
        prepared = prepare(
            ntu.read(self.path, self.skeleton, names_beside(self.path), self.persons)
        )
        notes = []
        if chosen == BY_SUBJECT:
            test, told = tested(prepared.clips, "ntu")
            notes.append(told)
        else:
            test = ~ntu.training_part(prepared.clips.ids.tolist(), chosen)
        check_parts(test, f"ntu: protocol {chosen}", f"take --data-protocol {BY_SUBJECT}")
        return as_data(prepared, test, None, chosen, self.name, notes)

    def identity(self, protocol: str, data_root: Path | None) -> str:
        """SHA-256 of the protocol, the skeleton, class names and the files' names and bytes."""
        files = partial(files_of, self.path, ".skeleton", "ntu")
        names = names_beside(self.path)
        return _identity(self.path, files, protocol, self.skeleton, names, self.persons)


class AnnotationFile:
    """A PYSKL annotation file: any skeleton, 3D or 2D, its own splits."""

    def __init__(self, path: Path, skeleton: Skeleton | None = None, persons: int = 1) -> None:
        self.path, self.skeleton, self.persons = path, skeleton, persons
        self.name = short(path)
        self.summary = f"PYSKL annotations in {path}"

    @property
    def protocols(self) -> tuple[str, ...]:
        """The pairs of the file's splits, :data:`BY_SUBJECT` last."""
        splits: dict[str, tuple[str, ...]] = self._content()[0]
        return (*named_splits(splits), BY_SUBJECT)

    def load(self, protocol: str, data_root: Path | None) -> Data:
        """The clips in the parts that a pair of splits names, or by a fifth of the people."""
        annotations = pyskl.open_annotations(self.path)
        self._keep(annotations.splits, annotations.identity())
        chosen = check_protocol(self, protocol)
        reading = pyskl.read(annotations, self.skeleton, names_beside(self.path), self.persons)
        prepared = prepare(reading)
        clips, where = prepared.clips, f"pyskl: {self.path.name}"
        pairs = named_splits(reading.splits)
        if chosen == BY_SUBJECT:
            test, told = tested(clips, "pyskl")
            return as_data(prepared, test, None, chosen, self.name, [told])
        parts = {part: set(reading.splits[name]) for part, name in pairs[chosen].items()}
        rows = {part: np.isin(clips.ids, sorted(ids)) for part, ids in parts.items()}
        for part, other in (("train", "test"), ("train", "dev"), ("test", "dev")):
            both = rows[part] & rows.get(other, rows[part] & False)
            if both.any():
                raise InputError(
                    f"{where}: clip '{clips.ids[both][0]}' is in '{pairs[chosen][part]}' and in "
                    f"'{pairs[chosen][other]}'"
                )
        listed = set().union(*parts.values())
        prepared.counts["ids_of_the_split_without_clip"] = len(listed - set(clips.ids.tolist()))
        used = np.logical_or.reduce(list(rows.values()))
        prepared.counts["clips_in_no_part"] = int((~used).sum())
        notes = [
            f"{prepared.counts[what]:,} {what.replace('_', ' ')}: left out."
            for what in ("ids_of_the_split_without_clip", "clips_in_no_part")
            if prepared.counts[what]
        ]
        check_parts(rows["test"], f"{where}: protocol {chosen}", "see `data SOURCE`", rows["train"])
        dev = rows.get("dev")
        return as_data(prepared, rows["test"], dev, chosen, self.name, notes, rows["train"])

    def identity(self, protocol: str, data_root: Path | None) -> str:
        """SHA-256 of the protocol, the skeleton, class names and all that the file holds, whatever
        numpy pickled it."""
        state = None if self.skeleton is None else self.skeleton.state()
        names, held = names_beside(self.path), self._content()[1]
        facts = (protocol, state, names, held, *_several(self.persons))
        return identity_of(iter(()), json.dumps(facts, ensure_ascii=False))

    def _content(self) -> tuple[dict[str, tuple[str, ...]], str]:
        """The file's splits and the identity of its content, read once."""
        key = _key(self.path)
        if key not in _KNOWN:
            annotations = pyskl.open_annotations(self.path)
            self._keep(annotations.splits, annotations.identity())
        known: tuple[dict[str, tuple[str, ...]], str] = _KNOWN[key]
        return known

    def _keep(self, splits: dict[str, tuple[str, ...]], identity: str) -> None:
        _KNOWN[_key(self.path)] = dict(splits), identity


def as_data(
    prepared: Prepared,
    test: BoolArray,
    dev: BoolArray | None,
    protocol: str,
    name: str,
    notes: Sequence[str] = (),
    train: BoolArray | None = None,
) -> Data:
    """The parts of prepared clips, with the caveats that their people and classes call for.

    Args:
        test: clips ``[N]`` that are tested on; the others train, unless ``train`` says which.
    """
    clips = prepared.clips
    train = ~test if train is None else train
    parts = clips.select(train, name=f"{name}-train"), clips.select(test, name=f"{name}-test")
    return Data(
        train=parts[0],
        test=parts[1],
        dev=None if dev is None else clips.select(dev, name=f"{name}-dev"),
        protocol=protocol,
        caveats=_caveats(*parts, protocol, name),
        counts=tuple(prepared.counts.items()),
        notes=(*prepared.notes, *notes),
        findings=prepared.findings,
    )


def short(path: Path) -> str:
    """What a file or folder is called in tables: its name without endings."""
    return path.resolve().name.split(".")[0] or "files"


def _caveats(train: ClipSet, test: ClipSet, protocol: str, name: str) -> tuple[str, ...]:
    caveats = []
    both = sorted((set(train.subjects.tolist()) & set(test.subjects.tolist())) - {""})
    by_place = any(word in protocol.lower() for word in ("view", "set", "cam"))
    if both and not by_place:
        told = ", ".join(both[:8]) + (f" and {len(both) - 8} more" if len(both) > 8 else "")
        caveats.append(
            f"{name}: {told} {'is' if len(both) == 1 else 'are'} in train and in test: it is no "
            "cross-subject test."
        )
    absent = [test.classes[one] for one in np.flatnonzero(test.class_counts() == 0)]
    if absent:
        told = ", ".join(f"'{one}'" for one in absent[:8]) + (", ..." if len(absent) > 8 else "")
        caveats.append(
            f"{name}: {len(absent)} of {len(test.classes)} classes have no test clip ({told}): "
            "they have no accuracy."
        )
    if (train.subjects == "").all():
        caveats.append(f"{name}: people are not known, so the same may be in train and in test.")
    return tuple(caveats)


def check_parts(test: BoolArray, where: str, advice: str, train: BoolArray | None = None) -> None:
    """Raise :class:`InputError` where a part has no clips.

    Args:
        test: clips ``[N]`` that are tested on; the others train, unless ``train`` says which.
        advice: what to do about it.
    """
    train = ~test if train is None else train
    for part, rows in (("train", train), ("test", test)):
        if not rows.any():
            raise InputError(f"{where}: no clip is in {part}: {advice}")


def _identity(
    path: Path,
    files: Callable[[], Any],
    protocol: str,
    skeleton: Skeleton | None,
    names: Sequence[str] | None = None,
    persons: int = 1,
) -> str:
    state = None if skeleton is None else skeleton.state()
    facts = (protocol, state, names, *_several(persons))
    return identity_of(files(), json.dumps(facts, ensure_ascii=False))


def _several(persons: int) -> tuple[int, ...]:
    """What the number of people adds to an identity: nothing for one."""
    return () if persons == 1 else (persons,)


def _key(path: Path) -> tuple[Any, ...]:
    try:
        state = path.stat()
    except OSError as error:
        raise InputError(f"pyskl: cannot read {path}: {error.strerror or error}") from error
    return str(path.resolve()), state.st_size, state.st_mtime_ns, state.st_ino
