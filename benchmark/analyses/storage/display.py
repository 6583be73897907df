"""An inventory on the terminal: a line for each kind, then what nobody needs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmark.analyses.storage.inventory import NO_ARTEFACTS, Entry, Inventory, summed
from benchmark.reports.rich_tables import plain, table_with

if TYPE_CHECKING:
    from rich.console import Console


def show(inventory: Inventory, console: Console) -> None:
    """Print a table of kinds; days are those of UTC."""
    table = table_with("kind", "count", "size", "last use", "unneeded", "size", whole=6)
    for column in (1, 2, 4, 5):
        table.columns[column].justify = "right"
    rows = [*inventory.kinds, summed("all", inventory.entries)]
    for row in rows:
        name = f"[dim]{plain(row.kind)}[/]" if row.kind in NO_ARTEFACTS else plain(row.kind)
        rest = (f"{row.unneeded:,}", bytes_text(row.unneeded_size)) if row.unneeded else ("–", "–")
        day = time_text(row.used).partition("T")[0]
        table.add_row(name, f"{row.count:,}", bytes_text(row.size), day, *rest)
    console.print(table)
    if inventory.planning:
        console.print("A run is beginning, and has not said what it needs: all counts as needed.")


def facts(inventory: Inventory, chosen: Sequence[Entry], gone: Sequence[Entry]) -> dict[str, Any]:
    """The same as plain values; sizes in bytes, times as ISO 8601 in UTC."""
    return {
        "store": str(inventory.store.root),
        "kinds": [
            {
                "kind": one.kind,
                "count": one.count,
                "bytes": one.size,
                "last_use": time_text(one.used) or None,
                "unneeded": one.unneeded,
                "unneeded_bytes": one.unneeded_size,
            }
            for one in inventory.kinds
        ],
        "unneeded": [
            {
                "kind": one.kind,
                "name": one.path.name,
                "bytes": one.size,
                "last_use": time_text(one.used) or None,
            }
            for one in chosen
        ],
        "deleted": len(gone),
        "deleted_bytes": sum(one.size for one in gone),
    }


def bytes_text(size: int) -> str:
    """Bytes in the largest unit that leaves at least one, such as ``3.4 MB``."""
    value, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.0f} {units[0]}" if units[0] == "B" else f"{value:.1f} {units[0]}"


def time_text(seconds: float) -> str:
    """A time in UTC; ``""`` where there is none."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else ""
