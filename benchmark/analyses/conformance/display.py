"""Checks as they end, as a table, then the tracebacks of what nobody foresaw; the overfit test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmark.analyses.conformance.candidate import Candidate
from benchmark.analyses.conformance.checks import (
    CHECKS,
    FAILED,
    OK,
    SKIPPED,
    CheckResult,
    run_checks,
)
from benchmark.analyses.conformance.overfit import DRAWS, overfit
from benchmark.reports.rich_tables import plain, table_with

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

COLOURS = {OK: "green", FAILED: "red", SKIPPED: "yellow"}


def show_checks(candidate: Candidate, dataset: str, console: Console) -> bool:
    """Make all checks and show each as it ends (in a log: all at the end); whether none failed."""
    from rich.live import Live

    done: list[CheckResult] = []
    step = ""

    def table() -> Table:
        return table_of(done, step if len(done) < len(CHECKS) else None)

    def watch(steps: int, total: int) -> None:
        nonlocal step
        step = f"fit: step {steps} of {total}"

    candidate.watch = watch
    with Live(console=console, get_renderable=table, refresh_per_second=4):
        for result in run_checks(candidate):
            step = ""
            done.append(result)
    if not console.is_terminal:
        console.print()  # there, the table's last line is left open
    _print_tracebacks(done, console)
    statuses = [result.status for result in done]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in (OK, FAILED, SKIPPED))
    clips = f"{len(candidate.clips)} clips of {dataset}"
    _print(console, "", f"{candidate.name} (profile {candidate.profile}) on {clips}: {counts}")
    return FAILED not in statuses


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


def show_overfit(candidate: Candidate, limit: float, dataset: str, console: Console) -> bool:
    """Make the overfit test and say how close samples come; whether that is close enough.

    Args:
        limit: largest error, as a share of the distance between classes.
    """
    from rich.progress import Progress

    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("fit", total=None)
        candidate.watch = lambda done, total: progress.update(bar, completed=done, total=total)
        found = overfit(candidate)
    _print(
        console,
        f"{candidate.name} (profile {candidate.profile}), fitted on {len(candidate.clips)} clips "
        f"of {dataset}, {DRAWS} samples a class",
        f"mean distance of joints, in {candidate.clips.skeleton.unit}, of a training clip",
    )
    for what, near in (("motion", found.motion), ("poses alone", found.poses)):
        _print(
            console,
            f"{what + ':':<12} {near.error:.4f} to its nearest sample "
            f"({near.errors.min():.4f} to {near.errors.max():.4f}), "
            f"{near.yardstick:.4f} to other classes: {100 * near.share:.1f} %",
        )
    learnt = found.learnt(limit)
    _print(console, f"{'pass' if learnt else 'not learnt'} (limit {100 * limit:.0f} %)")
    return learnt


def _print_tracebacks(results: Sequence[CheckResult], console: Console) -> None:
    """Each once: one mistake often fails several checks."""
    shown: dict[str, list[str]] = {}
    for result in results:
        if result.traceback:
            shown.setdefault(result.traceback, []).append(result.check.name)
    for traceback, names in shown.items():
        console.print(f"\n{', '.join(names)}:", style="bold")
        console.print(traceback, markup=False, highlight=False, soft_wrap=True, end="")


def _print(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
