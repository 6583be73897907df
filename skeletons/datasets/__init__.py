"""Data sets by name, and files of one's own as data sets.

One file a data set; what is inside files only :mod:`skeletons.formats` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from skeletons.clips import ClipSet
from skeletons.errors import InputError, unknown_name
from skeletons.plugins import guarded, imported, lines_about, target_of


@dataclass(frozen=True)
class Data:
    """A data set as a run uses it.

    Attributes:
        train: clips that a split selects from.
        test: held-out clips that nothing is fitted on, read once a claim is fixed.
        protocol: how train and test were chosen, such as ``cross-subject`` or ``clean``.
        caveats: sentences that every table made from these data must carry.
        counts: quirks that were found and handled, by name, with how often.
        dev: clips that nothing is fitted on either, to choose by; a data set that gives none gets
            some of its training clips, see :mod:`skeletons.datasets.development`.
        fps: frames a second of all clips, where they are known: samples of another rate can then be
            brought to it. Of the built-in sets kinematic12 and HumanAct12 tell it.
        notes: what was done to the clips and by which rule, a sentence each.
        findings: what was found in the files, plain values for ``data SOURCE --json``.
        other: training clips of another data set in this one's terms, which a generator may learn
            from in place of ``train``; see :mod:`skeletons.datasets.pair`.
    """

    train: ClipSet
    test: ClipSet
    protocol: str
    caveats: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    dev: ClipSet | None = None
    fps: float | None = None
    notes: tuple[str, ...] = ()
    findings: Mapping[str, Any] = field(default_factory=dict)
    other: ClipSet | None = None

    @property
    def parts(self) -> dict[str, ClipSet]:
        """Name -> clips of the parts that there are, ``train`` first."""
        dev = {} if self.dev is None else {"dev": self.dev}
        return {"train": self.train, **dev, "test": self.test}


class Dataset(Protocol):
    """A source of clips. ``summary`` is one line for ``list datasets``."""

    name: str
    summary: str

    @property
    def protocols(self) -> tuple[str, ...]:
        """Ways to choose train and test, the default first."""
        ...

    def load(self, protocol: str, data_root: Path | None) -> Data:
        """Read or make the clips; :class:`InputError` says which file is missing or broken."""
        ...

    def identity(self, protocol: str, data_root: Path | None) -> str:
        """What the clips depend on besides code (a hash of files, a seed), without loading them."""
        ...


BUILT_IN = {
    "kinematic12": "skeletons.datasets.kinematic12:Kinematic12",
    "ntu60": "skeletons.datasets.ntu:NTU60",
    "ntu120": "skeletons.datasets.ntu:NTU120",
    "ntu_vibe": "skeletons.datasets.ntu_vibe:NtuVibe",
    "nw_ucla": "skeletons.datasets.nw_ucla:NorthwesternUCLA",
}

SOURCES = {
    "pyskl": "skeletons.datasets.recordings:AnnotationFile",
    "humanact12": "skeletons.datasets.recordings:HumanAct12Folder",
    "ntu": "skeletons.datasets.recordings:NtuFolder",
    "pair": "skeletons.datasets.pair:PairOfSets",
}
"""Words before the colon of ``pyskl:FILE`` and the like, each with the class that reads it."""


def dataset_names() -> dict[str, str]:
    """Name and one-line summary of each data set that can be found by name."""
    return lines_about("dataset", {name: dataset_named(name).summary for name in BUILT_IN})


def dataset_named(name: str, skeleton: str = "", persons: int = 1) -> Dataset:
    """The data set of a name: built in, ``pyskl:FILE``, ``humanact12:FOLDER``, ``ntu:FOLDER``, an
    entry point, or ``package.module:Class``.

    Args:
        skeleton: name or YAML file of the skeleton that a file's joints are; without, their number
            decides.
        persons: bodies of a clip that a file's reader keeps, 1 or 2.

    Raises:
        InputError: no such name, file or skeleton, a skeleton for a data set that has its own, or
            one whose own code does not let it be imported or made.
    """
    word, colon, path = name.partition(":")
    if colon and word in SOURCES:
        if not path:
            raise InputError(f"dataset '{name}': give what is read, such as {word}:PATH")
        from skeletons.skeleton_files import read_skeleton

        given = read_skeleton(skeleton) if skeleton else None
        source: Dataset = imported("dataset", name, SOURCES[word])(Path(path), given, persons)
        return source
    if skeleton:
        raise InputError(
            f"dataset '{name}' has its own skeleton; --skeleton is for files such as pyskl:FILE"
        )
    if persons != 1:
        raise InputError(
            f"dataset '{name}' shows one person a clip; --persons is for files such as pyskl:FILE"
        )
    target = target_of("dataset", name, BUILT_IN, (f"{one}:PATH" for one in SOURCES))
    kind = imported("dataset", name, target)
    dataset: Dataset = guarded(f"dataset '{name}' cannot be made", target.partition(":")[0], kind)
    return dataset


def source_modules(dataset: Dataset) -> list[str]:
    """The modules that a data set is read by; those of two, of a pair."""
    own = [type(dataset).__module__]
    return own + [module for one in getattr(dataset, "sets", ()) for module in source_modules(one)]


def load_data(dataset: Dataset, protocol: str, data_root: Path | None) -> Data:
    """The clips of a data set, with the part ``dev``; errors as those of :meth:`Dataset.load`."""
    from skeletons.datasets.development import with_dev

    return with_dev(dataset.load(protocol, data_root))


def check_protocol(dataset: Dataset, protocol: str) -> str:
    """The protocol to use: the data set's first for ``""``; an error for one it does not have."""
    chosen = protocol or dataset.protocols[0]
    if chosen not in dataset.protocols:
        raise unknown_name(f"protocol of {dataset.name}", chosen, dataset.protocols)
    return chosen
