"""Everything in a store, how large it is, when it was of use, and whether somebody needs it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark.analyses.storage.references import (
    AtWork,
    keys_of_runs,
    unknown,
    with_origins,
)
from benchmark.engine import writers
from benchmark.engine.cleaning import PARTIAL, Cleaner, file_system_time
from benchmark.engine.store import META, Store
from benchmark.engine.writers import WRITERS
from skeletons.errors import InputError

NOTED = "contents"
"""Hashes of what artefacts held; a line each, kept for good."""
BY_KEY = ("scratch", "news", "locks")
"""Folders of what belongs to one artefact in the making, named by its key."""
NO_ARTEFACTS = (NOTED, PARTIAL, WRITERS, *BY_KEY)


@dataclass(frozen=True)
class Entry:
    """One thing in a store.

    Attributes:
        kind: of artefact, or the folder that it lies in.
        used: when it was last of use, in seconds since 1970, by the file system's clock.
        needed: by a run folder, or by someone who is at work.
    """

    kind: str
    path: Path
    size: int
    used: float
    needed: bool


@dataclass(frozen=True)
class Sum:
    """The entries of one kind together; sizes in bytes."""

    kind: str
    count: int
    size: int
    used: float
    unneeded: int
    unneeded_size: int


@dataclass(frozen=True)
class Inventory:
    """What a store holds.

    Attributes:
        out: whose runs' folders count.
        cleaner: who has been watching the writers.
        planning: a run under way has not yet said what it needs: all counts as needed.
    """

    out: Path
    store: Store
    cleaner: Cleaner
    entries: tuple[Entry, ...]
    planning: bool

    @property
    def kinds(self) -> list[Sum]:
        """A sum for each kind, the largest first."""
        names = dict.fromkeys(entry.kind for entry in self.entries)
        sums = [summed(name, [one for one in self.entries if one.kind == name]) for name in names]
        return sorted(sums, key=lambda one: (-one.size, one.kind))

    def unneeded(self, idle_days: float = 0.0) -> list[Entry]:
        """What nobody needs and was of no use for so many days."""
        latest = (file_system_time(self.store.root) or time.time()) - idle_days * 86400
        unneeded = [one for one in self.entries if not one.needed]
        return [one for one in unneeded if not idle_days or one.used < latest]


def take_inventory(
    out: Path, watching: Callable[[float], None] = lambda seconds: None
) -> Inventory:
    """Look at all of the store under ``out``.

    Args:
        watching: called with seconds before so long is spent on finding out who lives, where a
            writer of another host has left something.

    Raises:
        InputError: there is no store, or a run folder that cannot be read.
    """
    store = Store(out / "store")
    if not store.root.is_dir():
        raise InputError(f"there is no store in '{out}': choose another --out")
    cleaner = Cleaner(store.root)
    elsewhere = [path for path in unknown(store.root) if not cleaner.is_left_over(path)]
    if elsewhere:
        watching(writers.SECONDS_OF_SILENCE)
        time.sleep(writers.SECONDS_OF_SILENCE)
    at_work, needed = wanted_now(out, cleaner)
    entries = tuple(_entries(store.root, needed, at_work, cleaner))
    return Inventory(out, store, cleaner, entries, at_work.planning)


def wanted_now(out: Path, cleaner: Cleaner) -> tuple[AtWork, set[str]]:
    """Who is at work, and the keys that they or run folders need. Runs under way are asked first:
    one that ends meanwhile has left its folder."""
    root = out / "store"
    at_work = AtWork.at(root, cleaner)
    return at_work, with_origins(root, keys_of_runs(out) | at_work.keys)


def _entries(root: Path, needed: set[str], at_work: AtWork, cleaner: Cleaner) -> Iterator[Entry]:
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        kind = folder.name
        if kind == NOTED:
            for path in sorted(path for path in folder.glob("*/*") if path.is_file()):
                yield _entry(kind, path, True)
            continue
        for path in sorted(folder.iterdir()):
            key, _, writer = path.name.partition(".")
            if kind in (PARTIAL, WRITERS):
                wanted = not cleaner.is_left_over(path)
            elif writer:  # a folder of one of several who made the same thing at once
                wanted = any(name.endswith(f".{writer}") for name in at_work.names)
            else:
                wanted = key in needed
            yield _entry(kind, path, wanted or at_work.planning)


def _entry(kind: str, path: Path, needed: bool) -> Entry:
    size, used = 0, 0.0
    for file in _files(path):
        try:
            found = file.lstat()
        except OSError:  # gone meanwhile
            continue
        size += found.st_size
        if kind in NO_ARTEFACTS or file.name == META:
            used = max(used, found.st_mtime)
    return Entry(kind, path, size, used or _time(path), needed)


def _time(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _files(path: Path) -> Iterator[Path]:
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for place, _, names in os.walk(path):
        yield from (Path(place) / name for name in names)


def summed(kind: str, entries: Iterable[Entry]) -> Sum:
    """Entries added up."""
    all_of = list(entries)
    unneeded = [one for one in all_of if not one.needed]
    return Sum(
        kind,
        len(all_of),
        sum(one.size for one in all_of),
        max((one.used for one in all_of), default=0.0),
        len(unneeded),
        sum(one.size for one in unneeded),
    )
