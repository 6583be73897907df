"""Tables and sentences on the terminal: one look for all commands.

Rich is imported where something is printed, for commands that print no table.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def table_with(*headings: str, whole: int = 0) -> Table:
    """A table without rows: headings over a line, everything left-aligned.

    Args:
        headings: one a column; their brackets are markup, as those of cells are.
        whole: the first so many columns do not wrap. The others wrap, and break a long word.
    """
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        caption_justify="left",
        caption_style="dim",
        title_justify="left",
        title_style="bold",
    )
    for place, heading in enumerate(headings):
        if place < whole:
            table.add_column(heading, no_wrap=True)
        else:
            table.add_column(heading, overflow="fold")
    return table


def plain(text: object) -> str:
    """Text whose brackets are not markup."""
    from rich.markup import escape

    return escape(str(text))


def print_sentences(
    console: Console, sentences: Iterable[object], mark: str = "", colour: str = "yellow"
) -> None:
    """Print plain sentences, a line each; before each, where given, a coloured ``mark:``."""
    start = f"[{colour}]{mark}:[/{colour}] " if mark else ""
    for sentence in sentences:
        console.print(f"{start}{plain(sentence)}", highlight=False)


def print_paths(console: Console, paths: Iterable[Path]) -> None:
    """Print paths, a line each however long they are, so that they can be copied."""
    for path in paths:
        console.print(plain(path), highlight=False, soft_wrap=True)
