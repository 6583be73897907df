"""The command ``doctor``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import DataRootOption, OutOption

if TYPE_CHECKING:
    from benchmark.analyses.doctor.machine import Finding

DONE, UNFIT = 0, 1

COLOURS = {"ok": "green", "missing": "yellow", "broken": "red"}


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the findings as JSON and nothing else.")
    ] = False,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
) -> int:
    """Say what is here, what is missing, and the command that mends it.

    Python, torch and GPUs, packages and their versions, data sets, the extractor, room for results,
    and PYSKL. Exit code 1: something is wrong that nothing works without; what is optional
    and missing is told only.

    [bold]Examples[/bold]

        python -m benchmark doctor

        python -m benchmark doctor --json
    """
    findings = examine(data_root, out)
    fit = not any(finding.fatal for finding in findings)
    if as_json:
        rows = [asdict(finding) for finding in findings]
        print(json.dumps({"fit": fit, "findings": rows}, indent=2))
    else:
        _print(findings, fit)
    return DONE if fit else UNFIT


def examine(data_root: Path | None, out: Path) -> list[Finding]:
    """Look at everything; a few seconds, most of which is importing torch, here and in the Pythons
    that run PYSKL."""
    from benchmark.analyses.doctor import machine as here
    from benchmark.analyses.doctor.pyskl import look_at_pyskl

    # PYSKL is asked in processes of their own, meanwhile the rest is looked at in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pyskl = pool.submit(look_at_pyskl)
        return [
            here.look_at_python(),
            *here.look_at_packages(here.requirements()),
            *here.look_at_torch(),
            *here.look_at_data(data_root),
            *here.look_at_extractors(),
            *here.look_at_disk(out),
            *pyskl.result(),
        ]


def _print(findings: Sequence[Finding], fit: bool) -> None:
    """A row for each finding; below, what to type, in lines that can be copied."""
    from benchmark.reports.rich_tables import plain, table_with

    page = console()
    table = table_with("", "", "found", whole=2)
    for finding in findings:
        colour = "red" if finding.fatal else COLOURS[finding.status]
        table.add_row(
            plain(finding.what), f"[{colour}]{finding.status}[/{colour}]", plain(finding.found)
        )
    page.print(table)
    for finding in findings:
        if finding.mend:
            mark = f"[{COLOURS[finding.status]}]{plain(finding.what)}:[/]"
            page.print(f"{mark} {plain(finding.mend)}", highlight=False, soft_wrap=True)
    page.print("All that is required is here." if fit else "Something required is missing.")
