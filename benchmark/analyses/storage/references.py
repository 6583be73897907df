"""What of a store is needed: by run folders, and by those who are at work now."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark.engine.cleaning import PARTIAL, Cleaner, entries
from benchmark.engine.store import META, RUN
from benchmark.engine.writers import WRITERS, Writer, marks
from skeletons.errors import InputError

KEY = re.compile("[0-9a-f]{64}")


def keys_of_runs(out: Path) -> set[str]:
    """Every key that a run folder under ``out`` names, wherever in its ``run.json`` it stands.

    Raises:
        InputError: a ``run.json`` cannot be read, so that nobody knows what it needs.
    """
    keys: set[str] = set()
    for path in sorted((out / "runs").glob("*/run.json")):
        try:
            text = path.read_text("utf-8")
            json.loads(text)
        except (OSError, ValueError) as error:
            raise InputError(
                f"'{path}' cannot be read ({error}), and what it needs is not known: mend the run "
                "with its command, or remove its folder"
            ) from error
        keys.update(KEY.findall(text))
    return keys


def with_origins(root: Path, keys: Iterable[str]) -> set[str]:
    """Keys, and those of what these artefacts were made from, parts of fits among them."""
    places = {path.parent.name: path for path in root.glob(f"*/*/{META}")}
    known: set[str] = set()
    waiting = set(keys)
    while waiting:
        key = waiting.pop()
        known.add(key)
        try:
            text = places[key].read_text("utf-8")
        except (KeyError, OSError):
            continue
        waiting.update(one for one in KEY.findall(text) if one in places and one not in known)
    return known


@dataclass(frozen=True)
class AtWork:
    """What is wanted by those who are at work.

    Attributes:
        keys: of artefacts that runs under way need, and of those in the making.
        names: of the marks of all who are at it.
        planning: a run has not yet said what it needs.
    """

    keys: frozenset[str]
    names: frozenset[str]
    planning: bool

    @classmethod
    def at(cls, root: Path, cleaner: Cleaner) -> AtWork:
        """As the marks in a store tell it now; whoever may live does."""
        keys: set[str] = set()
        names: set[str] = set()
        planning = False
        for mark in marks(root):
            if cleaner.is_left_over(mark):
                continue
            names.add(mark.name)
            said = _said(mark)
            keys.update(KEY.findall(mark.name), KEY.findall(said))
            if mark.name.partition(".")[0] == RUN:
                planning = planning or '"keys"' not in said
        return cls(frozenset(keys), frozenset(names), planning)


def unknown(root: Path) -> Iterator[Path]:
    """Marks and partial folders of writers whom this host can only watch."""
    for path in (*entries(root / WRITERS), *entries(root / PARTIAL)):
        writer = Writer.of(path.name)
        if writer is None or writer.lives is None:
            yield path


def _said(mark: Path) -> str:
    try:
        return mark.read_text("utf-8")
    except OSError:
        return ""
