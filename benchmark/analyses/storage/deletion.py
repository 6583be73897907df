"""What nobody needs, thrown away; looked at once more before each thing goes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmark.analyses.storage.inventory import NO_ARTEFACTS, Entry, Inventory, wanted_now
from benchmark.analyses.storage.references import AtWork
from benchmark.engine.cleaning import PARTIAL, remove
from benchmark.engine.writers import Writer


def delete(inventory: Inventory, entries: Sequence[Entry]) -> list[Entry]:
    """Remove entries that nobody needs.

    An artefact is taken out of its place at once, so that a kill leaves none half. What a run that
    began meanwhile needs is left.

    Returns:
        what is gone.
    """
    root, cleaner = inventory.store.root, inventory.cleaner
    gone: list[Entry] = []
    at_work, needed = wanted_now(inventory.out, cleaner)
    for entry in entries:
        if AtWork.at(root, cleaner) != at_work:
            at_work, needed = wanted_now(inventory.out, cleaner)
        if at_work.planning:
            break
        name = entry.path.name
        if name in at_work.names or name.partition(".")[0] in needed:
            continue
        _remove(root, entry)
        if not entry.path.exists():
            gone.append(entry)
    return gone


def _remove(root: Path, entry: Entry) -> None:
    if entry.kind in NO_ARTEFACTS and not entry.path.is_dir():
        remove(entry.path)
        return
    aside = root / PARTIAL / f"deleted.{Writer.new()}"
    with suppress(OSError):
        aside.parent.mkdir(exist_ok=True)
        entry.path.rename(aside)
    remove(aside)
