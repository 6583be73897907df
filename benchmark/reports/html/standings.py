"""A section of a leaderboard in two sentences and a few charts: who is near, who helps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from markupsafe import Markup

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.display_names import metric_words
from benchmark.records.tables import number, score_of
from benchmark.reports.figures.figure import BLUE, GREY, ORANGE
from benchmark.reports.html.charts import Bar, forest
from benchmark.reports.leaderboard_sections import Section
from benchmark.reports.score_cells import ScoreTable

FIRST_METRIC = "fid"
MOST_BARS = 15
"""Rows of a chart; the table has all."""
MOST_NAMES = 5
"""Names in a sentence."""


def standing_sentences(section: Section, table: ScoreTable, gains: ScoreTable | None) -> list[str]:
    """Who is nearest to real clips, where generators are ranked, and who helps.

    Args:
        table: the section's first.
        gains: its table of gains, where recognizers were trained.
    """
    told = []
    words = metric_words(FIRST_METRIC)
    if len(table.headings) > 1 and table.headings[1].startswith(words.short):
        best = [section.names[place] for place, cells in table.rows if cells[1].best]
        judge = next(iter(section.entries[0].judged), "")
        apart = "; these cannot be told apart" if len(best) > 1 else ""
        told.append(
            f"Nearest to real clips by {words.short}, as {judge} sees them: {_listed(best)}{apart}."
            if best
            else "Fewer than two generators were trained twice, so none is ranked."
        )
    if gains is not None:
        helped = [
            f"{section.names[place]} ({row['recognizer']})"
            for place, entry in enumerate(section.entries)
            for row in entry.gains
            if number(row["low"]) > 0.0
        ]
        told.append(
            f"A gain that can be told from 0: {_listed(helped)}."
            if helped
            else f"Not one of {len(gains.rows):,} gains can be told from 0."
        )
    return told


def standing_charts(section: Section, place: int) -> list[Markup]:
    """The first metric as the first judge sees it, and the gains of each recognizer.

    Args:
        place: number of the section on its page.
    """
    words = metric_words(FIRST_METRIC)
    named = list(zip(section.names, section.entries, strict=True))
    bars = [
        Bar(name, *score_of(entry.metrics[FIRST_METRIC], words.scale))
        for name, entry in named
        if FIRST_METRIC in entry.metrics
    ]
    judge = next(iter(section.entries[0].judged), "")
    charts = []
    if len(bars) > 1:
        title, axis = f"{words.title} on {section.title}", f"{words.short} by {judge}, left: better"
        charts.append(forest(bars[:MOST_BARS], f"standing-{place}", title, axis))
    numbers = count()
    for recognizer in sorted({row["recognizer"] for _, entry in named for row in entry.gains}):
        bars = gain_bars(named, recognizer)
        if len(bars) > 1:
            bars.sort(key=lambda bar: -bar.value)
            charts.append(
                forest(
                    bars[:MOST_BARS],
                    f"gain-{place}-{next(numbers)}",
                    f"Gain of {recognizer} on {section.title}",
                    f"gain of {recognizer} in points, right: better",
                    line=0.0,
                    include=(-1.0, 1.0),
                )
            )
    return charts


def gain_bars(named: Sequence[tuple[str, RunScores]], recognizer: str) -> list[Bar]:
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


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"
