"""A comparison of runs on the terminal: tables first, then what they come to in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmark.comparisons.class_gains import RATE
from benchmark.records.display_names import arm_words, points
from benchmark.reports.comparison_tables import (
    DIFFERENCE_HEADINGS,
    ONE_LETTER,
    difference_rows,
    differences_held,
    metric_rows,
    metrics_held,
    shows_metrics,
    standing_rows,
    standings_held,
)
from benchmark.reports.rich_tables import plain, print_sentences, table_with
from benchmark.statistics.power import POWER
from metrics.value import Undefined

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from benchmark.comparisons.arm_worth import WorthLine
    from benchmark.comparisons.compare_runs import Comparison
    from benchmark.comparisons.gain_variance import PowerLine, Shares

SMALLEST_SHARE = 0.5
"""Variance shares below this, in percent, are not told on the terminal."""


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print metrics side by side, arms, tie groups, classes, worth, power, variance and notes."""
    console.print()
    console.print(
        f"[bold]{plain(', '.join(comparison.entries))}[/bold] on {plain(comparison.measured_on)}",
        highlight=False,
    )
    for table in _tables(comparison):
        console.print(table)
    for heading, sentences in (
        ("Classes", _class_sentences(comparison)),
        ("Worth", [_worth_sentence(comparison, line) for line in comparison.worth]),
        ("Seeds", [_power_sentence(comparison, line) for line in comparison.power]),
        ("Variance", [_shares_sentence(comparison, line) for line in comparison.shares]),
        ("Notes", _notes(comparison)),
    ):
        if sentences:
            console.print(f"[bold]{heading}[/bold]")
        print_sentences(console, dict.fromkeys(sentences))
        if sentences:
            console.print()


def _tables(comparison: Comparison) -> Iterator[Table]:
    if shows_metrics(comparison):
        yield _metric_table(comparison)
    if comparison.rows:
        yield _arm_table(comparison)
    if comparison.ranking:
        yield _standing_table(comparison)


def _metric_table(comparison: Comparison) -> Table:
    table = table_with("metric", "run", "value [95 %]", "real clips", "group")
    for row in metric_rows(comparison):
        value = f"{row.value} {row.bounds}".rstrip()
        table.add_row(*map(plain, (row.heading, row.run, value, row.floor)), row.letters)
    against, varies = metrics_held(comparison)
    table.caption = f"against {against}; intervals cover {varies}; {ONE_LETTER}"
    return table


def _arm_table(comparison: Comparison) -> Table:
    table = table_with(*DIFFERENCE_HEADINGS, "")
    for row in difference_rows(comparison):
        difference = f"{row.difference} {row.bounds}".rstrip()
        table.add_row(*map(plain, (row.name, row.against, difference, row.p, row.verdict)))
    table.caption = differences_held(comparison)
    return table


def _standing_table(comparison: Comparison) -> Table:
    table = table_with("recognizer, trained on", "run", "accuracy [95 %]", "group", "rank")
    for row in standing_rows(comparison):
        table.add_row(
            *map(plain, (row.name, row.run, f"{row.accuracy} {row.bounds}")), row.letters, row.rank
        )
    table.caption = standings_held(comparison)
    return table


def _class_sentences(comparison: Comparison) -> list[str]:
    sentences = []
    for place, gains in comparison.gains.items():
        row = comparison.rows[place]
        told = [
            f"{gain.verdict} in {comparison.class_name(gain.label)} {points(100 * gain.test.mean)}"
            for gain in gains
            if gain.verdict and not isinstance(gain.test, Undefined)
        ]
        tested = sum(not isinstance(gain.test, Undefined) for gain in gains)
        claims = ", ".join(told) or "no gain and no harm can be told from chance"
        sentences.append(
            f"{comparison.name_of(row)} against {row.against_words}: {claims} ({tested} classes "
            f"tested, at most {100 * RATE:.0f} % of claims expected to be false)."
        )
    return sentences


def _worth_sentence(comparison: Comparison, line: WorthLine) -> str:
    where = f"{line.run}: " if comparison.several else ""
    start = f"{where}{line.recognizer}, {arm_words(line.arm)}: the {line.added:,} added clips"
    if isinstance(line.worth, Undefined):
        return f"{start} cannot be told in real clips ({line.worth.reason})."
    return f"{start} are worth {line.worth.words()} real clips, 95 % over {line.worth.varies}."


def _power_sentence(comparison: Comparison, line: PowerLine) -> str:
    name = f"{comparison.name_of(line.row)} against {line.row.against_words}"
    start = f"{name}: to see {comparison.detect:g} points ({100 * POWER:.0f} % power)"
    needs = [
        f"{needed.reason}" if isinstance(needed, Undefined) else f"{needed} {factor}s are needed"
        for factor, needed in line.needed.items()
    ]
    seen = "" if isinstance(line.seen, Undefined) else f"; this run could see {line.seen:.1f}"
    return f"{start}: {', or '.join(needs)}{seen}."


def _shares_sentence(comparison: Comparison, line: Shares) -> str:
    parts = [
        f"{share.source} {share.percent:.0f} %"
        for share in line.shares
        if share.percent >= SMALLEST_SHARE
    ]
    repeated: dict[str, int] = {}
    for share in line.shares:
        repeated |= share.repeated
    seen = ", ".join(f"{count:,} {factor}s" for factor, count in repeated.items())
    where = f"{line.run}: " if comparison.several else ""
    if line.arm:
        where += f"{line.recognizer}, {arm_words(line.arm)}, "
    return f"{where}{line.quantity}: {', '.join(parts) or 'nothing varies'} (seen: {seen})."


def _notes(comparison: Comparison) -> list[str]:
    """Caveats, what did not end well, and why a cell is undefined."""
    notes = []
    for row in comparison.rows:
        if isinstance(row.test, Undefined):
            name = f"{comparison.name_of(row)} against {row.against_words}"
            notes.append(f"{name} is undefined: {row.test.reason}.")
    notes += [f"{s.run}: {s.metric} is {s.reason}." for s in comparison.metrics if s.reason]
    for name, group in comparison.entries.items():
        for run in group.runs:
            notes += run.data_caveats
            notes += [f"{name}: {sentence}" for sentence in run.generator_caveats]
            notes += [f"{run.name}, not done: {problem}" for problem in run.problems]
    return notes
