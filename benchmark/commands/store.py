"""The command ``store``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import OutOption
from benchmark.experiment.exit_codes import DONE, SOME_FAILED
from skeletons.errors import unknown_name

UNNEEDED = "unneeded"


def store(
    delete: Annotated[
        str | None,
        typer.Option(
            metavar=UNNEEDED,
            help="Throw away what no run folder and no living process needs; asks first, and does "
            "nothing where nobody can answer.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    idle_days: Annotated[
        float,
        typer.Option(min=0, help="Only what was of no use for so many days."),
    ] = 0.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the same as one JSON object; never asks.")
    ] = False,
    out: OutOption = Path("results"),
) -> int:
    """What the store holds, by kind: how many, how large, when last of use, and for nobody.

    Needed is what a folder under OUT/runs refers to and what that was made from, and what a run
    that is under way needs or makes, on this host or another. All else can go: artefacts of runs
    whose folders are gone and of runs that were killed (the same command then begins anew), judges
    that were trained and not used, leftovers. What goes can be made again.

    [bold]Examples[/bold]

        python -m benchmark store

        python -m benchmark store --delete unneeded

        python -m benchmark store --delete unneeded --idle-days 7 --yes
    """
    from benchmark.analyses.storage.deletion import delete as delete_entries
    from benchmark.analyses.storage.display import bytes_text, facts, show
    from benchmark.analyses.storage.inventory import take_inventory

    if delete not in (None, UNNEEDED):
        raise unknown_name("choice of --delete", delete or "", (UNNEEDED,))
    shown = console()
    inventory = take_inventory(out, _tell)
    chosen = inventory.unneeded(idle_days)
    total = f"{len(chosen):,} unneeded, {bytes_text(sum(one.size for one in chosen))}"
    if not as_json:
        show(inventory, shown)
    asked = bool(delete and chosen)
    if asked and not yes:
        can_ask = sys.stdin.isatty() and not as_json
        asked = can_ask and typer.confirm(f"Delete {total}?", default=False)
    gone = delete_entries(inventory, chosen) if asked else []
    if as_json:
        print(json.dumps(facts(inventory, chosen, gone), indent=2))
    elif asked:
        shown.print(f"{len(gone):,} deleted, {bytes_text(sum(one.size for one in gone))}.")
        if len(gone) < len(chosen):
            shown.print("The rest is needed by now, or could not be removed.")
    elif chosen:
        hint = "add --yes" if delete else f"--delete {UNNEEDED} throws it away"
        shown.print(f"{total}; nothing was deleted: {hint}.", highlight=False)
    return SOME_FAILED if asked and len(gone) < len(chosen) else DONE


def _tell(seconds: float) -> None:
    print(f"watching writers of other hosts for {seconds:g} s", file=sys.stderr)
