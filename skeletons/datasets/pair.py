"""Two data sets in common terms: a generator learns from one, recognizers from the other.

A YAML file says which joints and which classes of the two are the same. Joints are put in the order
of a common skeleton and left where they are; clips of classes that the two do not share are left
out. No clip of one set is in a part of the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from skeletons.clips import ClipSet
from skeletons.datasets import Data, Dataset, dataset_named, load_data
from skeletons.errors import InputError, unknown_name
from skeletons.shared_runs import shared_runs
from skeletons.skeleton import Skeleton
from skeletons.skeleton_files import read_skeleton
from skeletons.yaml_files import read_mapping

WORD = "pair"
TO = " to "
"""Between the two sets in the name of a protocol: the one learnt from, the one that is tested."""
KEYS = ("skeleton", "datasets")
TERMS = ("joints", "classes")
FEWEST_CLASSES = 2
EXAMPLE = "datasets: {NAME: {joints: {OURS: THEIRS}, classes: {OURS: THEIRS}}, OTHER: {...}}"
"""Several classes of theirs may be one of ours, as a list."""


@dataclass(frozen=True)
class Terms:
    """What a data set calls the common joints and classes.

    Attributes:
        name: of the data set.
        joints: its name of each joint of the common skeleton, in that order.
        classes: common name -> its names.
    """

    name: str
    joints: tuple[str, ...]
    classes: Mapping[str, tuple[str, ...]]

    @property
    def own_classes(self) -> tuple[str, ...]:
        """All its names of the shared classes."""
        return tuple(name for names in self.classes.values() for name in names)

    def check(self, clips: ClipSet, skeleton: Skeleton) -> None:
        """Raise :class:`InputError` for names that clips of the data set do not have, and for a
        skeleton of another kind."""
        own = clips.skeleton
        for joint in self.joints:
            if joint not in own.joints:
                raise unknown_name(f"joint of {self.name} ({own.name})", joint, own.joints)
        for label in self.own_classes:
            if label not in clips.classes:
                raise unknown_name(f"class of {self.name}", label, clips.classes)
        theirs = (own.unit, own.up, own.dimensions, own.people)
        ours = (skeleton.unit, skeleton.up, skeleton.dimensions, skeleton.people)
        if theirs != ours:
            raise InputError(
                f"{self.name}: unit, vertical, coordinates or people of {own.name} {theirs} are "
                f"not those of {skeleton.name} {ours}"
            )

    def told(self, clips: ClipSet, skeleton: Skeleton) -> ClipSet:
        """The clips of common classes in common terms, in their order, ids and all."""
        common = np.full(len(clips.classes), -1, dtype=np.int64)
        for label, names in enumerate(self.classes.values()):
            common[[clips.classes.index(name) for name in names]] = label
        order = [clips.skeleton.index(joint) for joint in self.joints]
        some = clips.select(common[clips.labels] >= 0).packed()
        return replace(
            some,
            skeleton=skeleton,
            classes=tuple(self.classes),
            frames=np.ascontiguousarray(some.frames[:, order]),
            labels=common[some.labels],
        )


class PairOfSets:
    """``pair:FILE.yaml``: the shared classes of two data sets, over the joints of one skeleton.

    Args:
        path: of the YAML file: ``skeleton``, and the two ``datasets`` with what they call its
            ``joints`` (where the name is another) and the shared ``classes``.
        skeleton: None; the file names it.
        persons: 1.

    Raises:
        InputError: the file cannot be read, says something else, or states no two shared classes.
    """

    summary = "the shared classes of two data sets: a generator learns from one"

    def __init__(self, path: Path, skeleton: Skeleton | None = None, persons: int = 1) -> None:
        if skeleton is not None or persons != 1:
            raise InputError(f"{WORD}:{path}: skeleton and persons stand in the file")
        self.name = f"{WORD}:{path}"
        self._content = _content(path)
        self.skeleton = read_skeleton(self._content.get("skeleton", ""))
        sets = self._content.get("datasets")
        if not isinstance(sets, Mapping) or len(sets) != 2:
            raise InputError(f"{path}: two data sets make a pair: {EXAMPLE}")
        self.terms = tuple(
            _terms(str(name), said, self.skeleton, path) for name, said in sets.items()
        )
        _check_shared(self.terms, path)
        self.sets: tuple[Dataset, ...] = tuple(dataset_named(one.name) for one in self.terms)

    @property
    def protocols(self) -> tuple[str, ...]:
        """Which set is learnt from, and which is tested on, by its own first protocol."""
        first, second = (one.name for one in self.terms)
        return f"{first}{TO}{second}", f"{second}{TO}{first}"

    def load(self, protocol: str, data_root: Path | None) -> Data:
        """The tested set's parts, and the training clips of the one that is learnt from.

        Raises:
            InputError: names that a set does not have, or a held-out clip that is, frame for frame,
                a training clip of the other set.
        """
        learnt, tested = self._places(protocol)
        there = load_data(self.sets[learnt], self.sets[learnt].protocols[0], data_root)
        here = load_data(self.sets[tested], self.sets[tested].protocols[0], data_root)
        for place, clips in ((learnt, there.train), (tested, here.train)):
            self.terms[place].check(clips, self.skeleton)
        parts = {
            name: self.terms[tested].told(part, self.skeleton) for name, part in here.parts.items()
        }
        own = self.terms[learnt].told(there.train, self.skeleton)
        marked = replace(
            own,
            ids=np.asarray([f"{self.terms[learnt].name}/{one}" for one in own.ids], dtype=str),
            subjects=np.asarray(
                [f"{self.terms[learnt].name}/{one}" if one else "" for one in own.subjects],
                dtype=str,
            ),
        )
        for name in ("dev", "test"):
            copies = int(shared_runs(parts[name], marked).identical.sum())
            if copies:
                raise InputError(
                    f"{self.name}: {copies} {name} clips of {self.terms[tested].name} are, frame "
                    f"for frame, training clips of {self.terms[learnt].name}"
                )
        return Data(
            train=parts["train"],
            dev=parts["dev"],
            test=parts["test"],
            protocol=protocol,
            caveats=(*here.caveats, self._caveat(tested, len(here.train.classes))),
            counts=here.counts,
            fps=here.fps,
            notes=(*here.notes, self._note(learnt)),
            other=marked,
        )

    def identity(self, protocol: str, data_root: Path | None) -> str:
        """SHA-256 of the file's content and of what both sets depend on."""
        own = [one.identity(one.protocols[0], data_root) for one in self.sets]
        text = json.dumps([protocol, self._content, self.skeleton.state(), own], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _places(self, protocol: str) -> tuple[int, int]:
        return (0, 1) if protocol == self.protocols[0] else (1, 0)

    def _caveat(self, tested: int, classes: int) -> str:
        terms = self.terms[tested]
        named = ", ".join(terms.own_classes)
        return (
            f"Of {terms.name} {len(terms.own_classes)} of {classes} classes ({named}) and "
            f"{len(terms.joints)} joints: those that it shares with another data set."
        )

    def _note(self, learnt: int) -> str:
        terms = self.terms[learnt]
        classes = ", ".join(
            f"{' and '.join(theirs)} as {ours}" for ours, theirs in terms.classes.items()
        )
        other = {
            ours: theirs
            for ours, theirs in zip(self.skeleton.joints, terms.joints, strict=True)
            if ours != theirs
        }
        joints = ", ".join(f"{theirs} as {ours}" for ours, theirs in other.items()) or "all alike"
        return f"Of {terms.name}, which a generator may learn from: {classes}; joints: {joints}."


def _content(path: Path) -> Mapping[str, Any]:
    content = read_mapping(path, f"a pair of data sets: {EXAMPLE}")
    for key in content:
        if key not in KEYS:
            raise unknown_name(f"key of {path}", str(key), KEYS)
    return content


def _terms(name: str, said: Any, skeleton: Skeleton, path: Path) -> Terms:
    said = {} if said is None else said
    if not isinstance(said, Mapping):
        raise InputError(f"{path}, {name}: {EXAMPLE}")
    for key in said:
        if key not in TERMS:
            raise unknown_name(f"key of {path}, {name}", str(key), TERMS)
    joints, classes = said.get("joints") or {}, said.get("classes") or {}
    if not isinstance(joints, Mapping) or not isinstance(classes, Mapping):
        raise InputError(f"{path}, {name}: {EXAMPLE}")
    for joint in joints:
        if joint not in skeleton.joints:
            raise unknown_name(f"joint of {skeleton.name} in {path}", str(joint), skeleton.joints)
    theirs = tuple(str(joints.get(joint, joint)) for joint in skeleton.joints)
    named = {
        str(ours): tuple(map(str, names if isinstance(names, list) else [names]))
        for ours, names in classes.items()
    }
    terms = Terms(name, theirs, named)
    for what, names in (("joint", terms.joints), ("class", terms.own_classes)):
        if twice := _repeated(names):
            raise InputError(f"{path}, {name}: its {what} '{twice}' stands for two")
    return terms


def _check_shared(terms: Sequence[Terms], path: Path) -> None:
    first, second = terms
    apart = sorted({*first.classes} ^ {*second.classes})
    if apart:
        raise InputError(f"{path}: '{apart[0]}' is a class of one of the two only: name both")
    if len(first.classes) < FEWEST_CLASSES:
        raise InputError(
            f"{path}: {len(first.classes)} shared classes are stated, it takes {FEWEST_CLASSES}: "
            f"{EXAMPLE}"
        )


def _repeated(names: Sequence[str]) -> str:
    return next((name for place, name in enumerate(names) if name in names[:place]), "")
