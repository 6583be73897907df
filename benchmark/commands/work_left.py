"""What the terminal shows of work that is still to be done: runs, stages by kind, hours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from benchmark.reports.rich_tables import plain, print_sentences, table_with

if TYPE_CHECKING:
    from rich.console import Console

    from benchmark.experiment.forecast import Forecast
    from benchmark.experiment.sweep_status import RunState

MOST_ROWS = 50
"""Runs that are shown one by one."""


def print_stages(work: Forecast, console: Console) -> None:
    """Print a row for each kind of stage, and what is left in hours and memory."""
    headings = ("stages", "of all runs", "distinct", "to do", "measured", "hours")
    table = table_with(*headings, whole=len(headings))
    for kind in work.asked:
        to_do = work.to_do.get(kind, 0)
        unknown = sum(count for (of, _), count in work.unmeasured.items() if of == kind)
        hours = work.seconds_of.get(kind)
        table.add_row(
            plain(kind),
            f"{work.asked[kind]:,}",
            f"{work.distinct[kind]:,}",
            f"{to_do:,}",
            f"{to_do - unknown:,}" if to_do else "",
            f"{hours / 3600:.2f}" if hours is not None else ("?" if to_do else ""),
        )
    console.print(table)
    print_sentences(console, left_sentences(work))


def left_sentences(work: Forecast) -> list[str]:
    """How long the rest should take, and of what nothing is known."""
    to_do, unknown = sum(work.to_do.values()), sum(work.unmeasured.values())
    if not to_do:
        return ["Nothing is left to be made."]
    workers = f"{work.workers} worker" + ("s" if work.workers != 1 else "")
    told = []
    if to_do > unknown:
        least = "at least " if unknown else ""
        told.append(
            f"{to_do:,} stages to do with {workers}: {least}{duration(work.seconds)} and up to "
            f"{work.memory_mb / 1024:.1f} GB of memory, by the medians of stages of the same kind, "
            "generator and recognizer in this store."
        )
    else:
        told.append(f"{to_do:,} stages to do with {workers}: this store has no costs of any.")
    if unknown and to_do > unknown:
        names = [
            f"{count} {kind} {name}".rstrip() for (kind, name), count in work.unmeasured.items()
        ]
        more = f" and {len(names) - 6} other kinds" if names[6:] else ""
        told.append(f"Never made here, so not counted: {', '.join(names[:6])}{more}.")
    return told


def print_runs(runs: Sequence[RunState], console: Console, last: Collection[str] = ()) -> None:
    """Print a row a run.

    Args:
        last: states that stand below the others.
    """
    table = table_with("run", "state", "stages", "")
    ordered = sorted(runs, key=lambda run: run.state in last)
    for run in ordered[:MOST_ROWS]:
        silent = ""
        if run.silent is not None and run.silent > 60:
            silent = f", silent for {duration(run.silent)}"
        told = run.told or (run.folder.name if run.state == "done" else "")
        count = f"{run.made} of {run.stages}" if run.stages else ""
        table.add_row(plain(run.label), run.state, count, plain(f"{told}{silent}"))
    console.print(table)
    if len(runs) > MOST_ROWS:
        print_sentences(console, [f"and {len(runs) - MOST_ROWS:,} more runs"])


def duration(seconds: float) -> str:
    """``3 h 20 min``, ``20 min``, ``40 s``."""
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{max(round(seconds), 1)} s"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
