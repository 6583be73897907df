"""Data sets by name. One file a data set; nothing else knows a file format."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from skeletons.clips import ClipSet
from skeletons.errors import InputError, unknown_name


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
    """

    train: ClipSet
    test: ClipSet
    protocol: str
    caveats: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    dev: ClipSet | None = None

    @property
    def parts(self) -> dict[str, ClipSet]:
        """Name -> clips of the parts that there are, ``train`` first."""
        dev = {} if self.dev is None else {"dev": self.dev}
        return {"train": self.train, **dev, "test": self.test}


class Dataset(Protocol):
    """A source of clips. ``summary`` is one line for ``list datasets``."""

    name: str
    summary: str
    protocols: tuple[str, ...]
    """Ways to choose train and test, the default first."""

    def load(self, protocol: str, data_root: Path | None) -> Data:
        """Read or make the clips; :class:`InputError` says which file is missing or broken."""
        ...

    def identity(self, protocol: str, data_root: Path | None) -> str:
        """What the clips depend on besides code (a hash of files, a seed), without loading them."""
        ...


BUILT_IN = {
    "kinematic12": "skeletons.datasets.kinematic12:Kinematic12",
    "nw_ucla": "skeletons.datasets.nw_ucla:NorthwesternUCLA",
}


def dataset_named(name: str) -> Dataset:
    """The data set of a name: built in, or ``package.module:Class``."""
    target = BUILT_IN.get(name, name)
    if ":" not in target:
        raise unknown_name("dataset", name, BUILT_IN)
    module_name, class_name = target.split(":", 1)
    try:
        dataset: Dataset = getattr(importlib.import_module(module_name), class_name)()
    except (ModuleNotFoundError, AttributeError) as error:
        raise InputError(f"dataset '{name}' cannot be imported: {error}") from error
    return dataset


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
