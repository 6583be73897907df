"""Check after check as they end, as a table; then the tracebacks of what nobody foresaw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from benchmark.analyses.conformance.checks import CHECKS, FAILED, OK, SKIPPED, CheckResult
from benchmark.analyses.conformance.subject import Subject
from benchmark.reports.rich_tables import plain, table_with

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

COLOURS = {OK: "green", FAILED: "red", SKIPPED: "yellow"}


def show(results: Iterable[CheckResult], subject: Subject, console: Console) -> list[CheckResult]:
    """Show results as they come (in a log: all at the end) and return them."""
    from rich.live import Live

    done: list[CheckResult] = []
    step = ""

    def table() -> Table:
        return table_of(done, step if len(done) < len(CHECKS) else None)

    def watch(steps: int, total: int) -> None:
        nonlocal step
        step = f"fit: step {steps} of {total}"

    subject.watch = watch
    with Live(console=console, get_renderable=table, refresh_per_second=4):
        for result in results:
            step = ""
            done.append(result)
    if not console.is_terminal:
        console.print()  # there, the table's last line is left open
    _show_tracebacks(done, console)
    return done


def table_of(results: Sequence[CheckResult], step: str | None = None) -> Table:
    """A row for each result; below them, where ``step`` is given, the check under way."""
    table = table_with("check", "result", "what it says", whole=2)
    table.add_column("s", justify="right", no_wrap=True)
    for result in results:
        colour = COLOURS[result.status]
        table.add_row(
            result.check.name,
            f"[{colour}]{result.status}[/{colour}]",
            plain(result.reason or result.check.description),
            f"{result.seconds:.1f}",
        )
    if step is not None:
        under_way = CHECKS[len(results)]
        table.add_row(under_way.name, "...", plain(step or under_way.description), "")
    return table


def _show_tracebacks(results: Sequence[CheckResult], console: Console) -> None:
    """Each once: one mistake often fails several checks."""
    shown: dict[str, list[str]] = {}
    for result in results:
        if result.traceback:
            shown.setdefault(result.traceback, []).append(result.check.name)
    for traceback, names in shown.items():
        console.print(f"\n{', '.join(names)}:", style="bold")
        console.print(traceback, markup=False, highlight=False, soft_wrap=True, end="")
