"""What was found in a file of clips, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmark.reports.rich_tables import plain, table_with
from skeletons.findings import CHANGED, REFUSED, SAID

if TYPE_CHECKING:
    from rich.console import Console

    from skeletons.foreign import Foreign

STYLES = {REFUSED: "bold red", CHANGED: "yellow", SAID: ""}


def print_findings(where: str, foreign: Foreign, console: Console) -> None:
    """A row a finding: refused, changed or said."""
    clips = foreign.clips
    shown = "refused" if clips is None else f"{len(clips)} clips of {clips.skeleton.name}"
    console.print(f"[bold]{plain(where)}[/bold]: {shown}", highlight=False)
    rows = table_with("", "about", "what was found")
    for one in foreign.findings:
        style = STYLES[one.level]
        rows.add_row(f"[{style}]{one.level}[/]" if style else one.level, one.what, plain(one.text))
    console.print(rows)


def print_floor(where: str, beyond: Sequence[str], console: Console) -> None:
    """Whether real clips, sent through the same path, match real clips.

    Args:
        beyond: numbers that are worse than they should be, in words.
    """
    if not beyond:
        text = "these real clips reach what real clips score, so the path is sound."
        console.print(f"[bold]{plain(where)}[/bold]: {text}", highlight=False)
    for one in beyond:
        console.print(f"[red]{plain(where)}: {plain(one)}[/red]", highlight=False)
    if beyond:
        console.print(
            "Your real clips do not match the data set's: the path changes them, or they are of "
            "other people, actions or sensors. Numbers of the samples mean no more than these.",
            highlight=False,
        )
