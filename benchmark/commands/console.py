"""What commands print beside their tables."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from benchmark.engine.scheduler import StageResult


def console(stderr: bool = False) -> Console:
    """A rich console; rich is imported where something is printed, for commands that do not."""
    from rich.console import Console

    return Console(stderr=stderr)


def print_failures(rows: Sequence[StageResult]) -> None:
    """Each reason once, in one line; tracebacks of what nobody foresaw."""
    told: set[str] = set()
    for row in rows:
        if row.status in ("ok", "skipped") or row.reason in told:
            continue
        told.add(row.reason)
        if row.traceback:
            print(row.traceback, file=sys.stderr, end="")
        where = "" if row.bad_input else f"{row.stage}: {row.status}: "
        print(f"error: {where}{row.reason}", file=sys.stderr)
