"""What the terminal shows at the end of a validation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.analyses.validity.gains import Agreement
from benchmark.analyses.validity.judge_holes import holes
from benchmark.analyses.validity.promised_corruptions import (
    broken_promises,
    unseen_corruptions,
)
from benchmark.analyses.validity.reactions import Reaction
from benchmark.analyses.validity.tables import (
    NEVER,
    ValidationSetup,
    agreement_texts,
    by_corruption,
    first_to_catch,
    headline_doses,
    promises_kept,
)
from benchmark.records.display_names import metric_words
from benchmark.reports.rich_tables import plain, print_paths, print_sentences, table_with

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_validation(
    setup: ValidationSetup,
    found: Sequence[Reaction],
    gains: Sequence[Agreement] | None,
    no_gains: str,
    files: Sequence[Path],
    console: Console,
) -> None:
    """Print a row a corruption, what was promised and not kept, correlations, files."""
    console.print()
    console.print(plain(f"{setup.sentence}."), highlight=False)
    console.print(_corruptions(setup, found))
    if len(setup.judges) > 1:
        console.print(_headlines(setup, found))
        alone = [hole.sentence for hole in holes(found, setup.kinds)]
        print_sentences(console, alone, "One architecture alone")
    console.print(promises_kept(found), highlight=False)
    blind = [
        f"{metric_words(metric).short} does not see {corruption}"
        for metric, corruption in broken_promises(found)
    ]
    print_sentences(console, blind, "Not kept", "red")
    print_sentences(console, unseen_corruptions(found), "Not seen by any metric", "red")
    if no_gains:
        print_sentences(console, [no_gains], "Note")
    elif gains:
        for setting in dict.fromkeys(entry.setting for entry in gains):
            console.print(_gains(setting, [one for one in gains if one.setting == setting]))
    print_sentences(console, setup.caveats, "Note")
    console.print()
    print_paths(console, files)


def _headlines(setup: ValidationSetup, found: Sequence[Reaction]) -> Table:
    headings, rows = headline_doses(setup, found)
    table = table_with(*map(plain, headings), whole=1)
    for row in rows:
        table.add_row(*map(plain, row))
    table.caption = "first dose seen, by judge"
    return table


def _corruptions(setup: ValidationSetup, found: Sequence[Reaction]) -> Table:
    table = table_with("corruption", "caught first by", "seen by", "flatters", whole=1)
    for name, reactions in by_corruption(found).items():
        mine = [one for one in reactions if not one.undefined]
        flattered = [setup.words(one) for one in mine if one.flattered is not None]
        seen = sum(one.caught is not None for one in mine)
        table.add_row(
            name,
            plain(first_to_catch(setup, mine, most=2)),
            f"{seen} of {len(mine)}",
            plain("; ".join(flattered) or NEVER),
        )
    table.caption = "seen: outside the 95 % interval of clean real clips, on the worse side"
    return table


def _gains(setting: str, entries: Sequence[Agreement]) -> Table:
    table = table_with("metric", plain("rank correlation with the gain [95 %]"), whole=1)
    table.title = plain(setting)
    for entry in entries:
        table.add_row(metric_words(entry.metric).short, plain(" ".join(agreement_texts(entry))))
    return table
