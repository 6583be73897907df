"""The command ``reproduce``."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import CsvOption
from benchmark.experiment.exit_codes import DONE, SOME_FAILED
from skeletons.errors import unknown_name

if TYPE_CHECKING:
    from rich.console import Console

    from benchmark.analyses.verification.finding import Finding
    from benchmark.analyses.verification.reference_folders import ReferenceFolder
    from benchmark.analyses.verification.reproduction import Reproduced

MOST = 20
"""Differences of one folder that are shown; a file can list all."""
RULE = (
    "Files are compared byte by byte. The same bytes come out on the processor that they were made "
    "on; on another one the last digits of a product differ, and a training comes out as another "
    "seed would."
)


def reproduce(
    folders: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER]...", help="Of the reference; none: all.", show_default=False
        ),
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Only tell the folders and their hours.")
    ] = False,
    csv_file: CsvOption = None,
    reference: Annotated[
        Path, typer.Option(help="Folder with reproduce.yaml and what it tells of.")
    ] = Path("results/reference"),
    out: Annotated[
        Path, typer.Option(help="Where the commands leave their results, a folder each.")
    ] = Path("results/reproduced"),
) -> int:
    """Do the committed results come out again?

    Carries out the commands that made each folder of reference results, then compares the files.
    What is under --out already is not made again. Exit code 1: a file came out otherwise, or a
    command failed.

    [bold]Examples[/bold]

        python -m benchmark reproduce --list

        python -m benchmark reproduce demo
    """
    from benchmark.analyses.verification.finding import write_findings
    from benchmark.analyses.verification.reference_folders import read_reference
    from benchmark.analyses.verification.reproduction import reproduce as reproduce_folder
    from benchmark.reports.rich_tables import print_sentences

    known, screen = read_reference(reference), console()
    for name in folders or ():
        if name.strip("/") not in known:
            raise unknown_name(f"folder of {reference}", name, known)
    chosen = [known[name.strip("/")] for name in folders or known]
    print_sentences(screen, _hours(chosen, screen))
    if list_only:
        return DONE
    findings: list[Finding] = []
    well = True
    for one in chosen:
        if not one.files:
            continue
        made = reproduce_folder(one, reference, out / one.name)
        print_sentences(screen, _told(made))
        findings += made.findings
        well = well and made.ok
    if csv_file is not None:
        write_findings(csv_file, findings)
        print(csv_file)
    return DONE if well else SOME_FAILED


def _hours(chosen: Sequence[ReferenceFolder], screen: Console) -> list[str]:
    """Print what is to be done; what it comes to, in sentences."""
    from benchmark.records.environment import environment
    from benchmark.reports.rich_tables import plain, table_with

    table = table_with("folder", "commands", "hours", "files compared", "not compared")
    for one in chosen:
        counts = (len(one.files) or "none: it is not made", len(one.not_compared))
        table.add_row(plain(one.name), str(len(one.commands)), one.cost, *map(str, counts))
    screen.print(table)
    made = [one for one in chosen if one.files]
    unknown = sum(one.hours is None for one in made)
    least = sum(one.hours or 0.0 for one in made)
    more = f", and those of {unknown} folders that nobody measured" if unknown else ""
    here = environment()
    return [f"{least:.1f} hours at least{more}.", f"This is {here['cpu']}. {RULE}"]


def _told(made: Reproduced) -> list[str]:
    """What came of a folder, in sentences."""
    from benchmark.analyses.verification.display import sentence
    from benchmark.analyses.verification.reproduction import largest_difference

    if made.failed:
        return [f"{made.folder.name}: failed: {made.failed}"]
    lines = [f"{made.folder.name}/{name}: the same bytes" for name in made.equal]
    for name in dict.fromkeys(one.file for one in made.findings):
        own = [one for one in made.findings if one.file == name]
        most = largest_difference(own)
        size = f"of {most:.1e} of a number at most" if isfinite(most) else "not of numbers alone"
        lines.append(
            f"{made.folder.name}/{name}: {len(own):,} difference{'s' * (len(own) > 1)}, {size}"
        )
    lines += [sentence(one) for one in made.findings[:MOST]]
    if len(made.findings) > MOST:
        lines.append(f"… and {len(made.findings) - MOST:,} more; --csv FILE lists all")
    return lines
