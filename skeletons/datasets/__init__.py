"""Data sets by name. One file a data set; nothing else knows a file format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from skeletons.clips import ClipSet
from skeletons.errors import unknown_name
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


def dataset_names() -> dict[str, str]:
    """Name and one-line summary of each data set that can be found by name."""
    return lines_about("dataset", {name: dataset_named(name).summary for name in BUILT_IN})


def dataset_named(name: str) -> Dataset:
    """The data set of a name: built in, an entry point, or ``package.module:Class``.

    Raises:
        InputError: there is none, or its own code does not let it be imported or made.
    """
    target = target_of("dataset", name, BUILT_IN)
    kind = imported("dataset", name, target)
    dataset: Dataset = guarded(f"dataset '{name}' cannot be made", target.partition(":")[0], kind)
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
