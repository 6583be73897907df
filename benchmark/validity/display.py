"""What the terminal shows at the end of a validation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.reports.wording import metric_words
from benchmark.validity.gains import Agreement
from benchmark.validity.promises import broken_promises, promised, unseen_corruptions
from benchmark.validity.reactions import Reaction
from benchmark.validity.tables import NEVER, Circumstances, agreement_text, first_to_catch

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_validation(
    circumstances: Circumstances,
    found: Sequence[Reaction],
    gains: Sequence[Agreement] | None,
    no_gains: str,
    files: Sequence[Path],
    console: Console,
) -> None:
    """Print a row a corruption, what was promised and not kept, correlations, files."""
    console.print()
    console.print(_plain(f"{circumstances.sentence}."), highlight=False)
    console.print(_corruptions(found))
    made = sum(promised(one.metric, one.corruption) and not one.undefined for one in found)
    broken = broken_promises(found)
    console.print(f"{made - len(broken)} of {made} promises kept", highlight=False)
    for one in broken:
        text = f"{metric_words(one.metric).short} does not see {one.corruption}"
        console.print(f"[red]Not kept:[/red] {_plain(text)}", highlight=False)
    for name in unseen_corruptions(found):
        console.print(f"[red]Not seen by any metric:[/red] {_plain(name)}", highlight=False)
    if no_gains:
        console.print(f"[yellow]Note:[/yellow] {_plain(no_gains)}", highlight=False)
    elif gains:
        for setting in dict.fromkeys(entry.setting for entry in gains):
            console.print(_gains(setting, [one for one in gains if one.setting == setting]))
    for sentence in circumstances.caveats:
        console.print(f"[yellow]Note:[/yellow] {_plain(sentence)}", highlight=False)
    console.print()
    for path in files:
        console.print(_plain(path), highlight=False, soft_wrap=True)


def _corruptions(found: Sequence[Reaction]) -> Table:
    table = _table("corruption", "caught first by", "seen by", "flatters")
    for name in dict.fromkeys(reaction.corruption for reaction in found):
        mine = [one for one in found if one.corruption == name and not one.undefined]
        flattered = [metric_words(one.metric).short for one in mine if one.flattered is not None]
        seen = sum(one.caught is not None for one in mine)
        table.add_row(
            name,
            _plain(first_to_catch(mine, most=2)),
            f"{seen} of {len(mine)}",
            _plain(", ".join(flattered) or NEVER),
        )
    table.caption = "seen: outside the 95 % interval of clean real clips, on the worse side"
    return table


def _gains(setting: str, entries: Sequence[Agreement]) -> Table:
    table = _table("metric", "rank correlation with the gain [95 %]")
    table.title = _plain(setting)
    for entry in entries:
        table.add_row(metric_words(entry.metric).short, _plain(agreement_text(entry, " ")))
    return table


def _table(*headings: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        caption_justify="left",
        caption_style="dim",
        title_justify="left",
    )
    for heading in headings:
        table.add_column(heading)
    return table


def _plain(text: object) -> str:
    """Text whose brackets are not markup."""
    from rich.markup import escape

    return escape(str(text))
