"""A table of runs in two sentences and a few charts: who is near, who helps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from markupsafe import Markup

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.display_names import metric_words
from benchmark.records.tables import number, score_of
from benchmark.reports.figures.figure import BLUE, GREY, ORANGE
from benchmark.reports.html.charts import Bar, forest
from benchmark.reports.score_cells import ScoreTable

FIRST_METRIC = "fid"
MOST_BARS = 15
"""Rows of a chart; the table has all."""
MOST_NAMES = 5
"""Names in a sentence."""


Named = Sequence[tuple[str, RunScores]]
"""Entries of a table and what its charts call them."""


def standing_sentences(named: Named, table: ScoreTable, with_gains: bool) -> list[str]:
    """Who is nearest to real clips, where generators are ranked, and who helps.

    Args:
        table: the first, whose rows are these entries.
        with_gains: whether recognizers were trained.
    """
    told = []
    words = metric_words(FIRST_METRIC)
    if len(table.headings) > 1 and table.headings[1].startswith(words.short):
        best = [named[place][0] for place, cells in table.rows if cells[1].bold]
        judge = first_judge(named)
        apart = "; these cannot be told apart" if len(best) > 1 else ""
        told.append(
            f"Nearest to real clips by {words.short}, as {judge} sees them: {_listed(best)}{apart}."
            if best
            else "Fewer than two generators were trained twice, so none is ranked."
        )
    if with_gains:
        rows = [(name, row) for name, entry in named for row in entry.gains]
        helped = [f"{name} ({row['recognizer']})" for name, row in rows if number(row["low"]) > 0.0]
        none = (
            f"None of {len(rows):,} gains can be told from 0."
            if len(rows) > 1
            else "The gain cannot be told from 0."
        )
        told.append(f"A gain that can be told from 0: {_listed(helped)}." if helped else none)
    return told


def standing_charts(named: Named, title: str, place: int) -> list[Markup]:
    """The first metric as the first judge sees it, and the gains of each recognizer.

    Args:
        title: of the section.
        place: its number on the page.
    """
    words = metric_words(FIRST_METRIC)
    bars = [
        Bar(name, *score_of(entry.metrics[FIRST_METRIC], words.scale))
        for name, entry in named
        if FIRST_METRIC in entry.metrics
    ]
    charts = []
    if len(bars) > 1:
        axis = f"{words.short} by {first_judge(named)}, left: better"
        name = f"standing-{place}"
        charts.append(forest(bars[:MOST_BARS], name, f"{words.title} on {title}", axis))
    numbers = count()
    for recognizer in sorted({row["recognizer"] for _, entry in named for row in entry.gains}):
        bars = gain_bars(named, recognizer)
        if len(bars) > 1:
            bars.sort(key=lambda bar: -bar.value)
            charts.append(
                forest(
                    bars[:MOST_BARS],
                    f"gain-{place}-{next(numbers)}",
                    f"Gain of {recognizer} on {title}",
                    f"gain of {recognizer} in points, right: better",
                    line=0.0,
                    include=(-1.0, 1.0),
                )
            )
    return charts


def gain_bars(named: Named, recognizer: str) -> list[Bar]:
    """The gains of a recognizer that have a value, by the names of their rows: blue and orange
    where they can be told from 0."""
    bars = []
    for name, entry in named:
        for row in entry.gains:
            gain, low, high = (number(row[key]) for key in ("gain", "low", "high"))
            if row["recognizer"] == recognizer and gain == gain:
                colour = BLUE if low > 0.0 else ORANGE if high < 0.0 else GREY
                bars.append(Bar(name, gain, low, high, colour=colour))
    return bars


def first_judge(named: Named) -> str:
    """Who judged in the first table; ``""`` where nobody did."""
    return next((judge for _, entry in named for judge in entry.judged), "")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"
