"""Everything that the doctor looks at, in one go, and what it says of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.analyses.doctor import machine
from benchmark.analyses.doctor.machine import Finding
from benchmark.analyses.doctor.pyskl import look_at_pyskl
from benchmark.reports.rich_tables import plain, table_with

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {"ok": "green", "missing": "yellow", "broken": "red"}


def examine(data_root: Path | None, out: Path) -> list[Finding]:
    """Look at everything; a few seconds, most of which is importing torch, here and in the Pythons
    that run PYSKL."""
    # PYSKL is asked in processes of their own, meanwhile the rest is looked at in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pyskl = pool.submit(look_at_pyskl)
        return [
            machine.look_at_python(),
            *machine.look_at_packages(machine.requirements()),
            *machine.look_at_torch(),
            *machine.look_at_data(data_root),
            *machine.look_at_extractors(),
            *machine.look_at_disk(out),
            *pyskl.result(),
        ]


def show(findings: Sequence[Finding], fit: bool, console: Console) -> None:
    """A row for each finding; below, what to type, in lines that can be copied."""
    table = table_with("", "", "found", whole=2)
    for finding in findings:
        colour = "red" if finding.fatal else COLOURS[finding.status]
        table.add_row(
            plain(finding.what), f"[{colour}]{finding.status}[/{colour}]", plain(finding.found)
        )
    console.print(table)
    for finding in findings:
        if finding.mend:
            mark = f"[{COLOURS[finding.status]}]{plain(finding.what)}:[/]"
            console.print(f"{mark} {plain(finding.mend)}", highlight=False, soft_wrap=True)
    console.print("All that is required is here." if fit else "Something required is missing.")
