"""A comparison of runs for a paper: metrics, paired differences and standings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmark.records.display_names import metric_groups
from benchmark.records.tables import undefined
from benchmark.reports.comparison_tables import (
    DIFFERENCE_HEADINGS,
    difference_rows,
    differences_held,
    metric_rows,
    metrics_held,
    shows_metrics,
    standing_rows,
    standings_held,
)
from benchmark.reports.latex import LatexTable, escaped, escaped_number, label_of, score
from benchmark.reports.latex_tables import Surroundings, metric_latex
from benchmark.reports.score_cells import Cell, ScoreTable, floor_words, metric_heading
from benchmark.reports.score_tables import judge_words, judged_by
from benchmark.statistics.tie_groups import BEST
from metrics.value import Undefined

if TYPE_CHECKING:
    from benchmark.comparisons.compare_runs import Comparison


def comparison_latex(comparison: Comparison) -> list[LatexTable]:
    """The tables that ``compare`` prints."""
    first = next(iter(comparison.entries.values())).first
    around = Surroundings(
        "run",
        f"{comparison.measured_on}. {judged_by(first, '', judges=False)}.",
        remarks=tuple(
            f"{name}: {', '.join(run.name for run in group.runs)}"
            for name, group in comparison.entries.items()
        ),
        label=(comparison.measured_on,),
    )
    return [
        *(_metrics(comparison, around) if shows_metrics(comparison) else ()),
        *([_differences(comparison, around)] if comparison.rows else ()),
        *([_standings(comparison, around)] if comparison.ranking else ()),
    ]


def _metrics(comparison: Comparison, around: Surroundings) -> Iterator[LatexTable]:
    """A row for each entry, a column for each metric of the first judge and of bodies."""
    judges = next(iter(comparison.entries.values())).first.judges
    judged = f"Judged by {judge_words(judges[0], '')}. " if judges else ""
    against, varies = metrics_held(comparison)
    judged += f"Metrics are held against {against}; intervals cover {varies}."
    known = list(dict.fromkeys(one.metric for one in comparison.metrics))
    cells = {
        (row.metric, row.run): Cell(
            row.value if not one.reason else undefined(one.reason),
            row.bounds,
            row.letters,
            BEST in row.letters,
        )
        for row, one in zip(metric_rows(comparison), comparison.metrics, strict=True)
    }
    for group, metrics in metric_groups(known).items():
        rows = [
            (Cell(name), *(cells.get((metric, name), Cell("–")) for metric in metrics))
            for name in comparison.entries
        ]
        floors = [
            floor_words([one.floor for one in comparison.metrics if one.metric == metric], metric)
            for metric in metrics
        ]
        table = ScoreTable(
            headings=(around.heading, *map(metric_heading, metrics)),
            rows=tuple(enumerate(rows)),
            floor=tuple(floors),
            group=group,
        )
        yield from metric_latex(table, around, judged, "compared")


def _differences(comparison: Comparison, around: Surroundings) -> LatexTable:
    rows = [
        (
            escaped(row.name),
            escaped(row.against),
            score(row.difference, row.bounds),
            escaped_number(row.p),
            escaped(row.verdict),
        )
        for row in difference_rows(comparison)
    ]
    missing = [
        f"{comparison.name_of(row)} against {row.against_words} is undefined: {row.test.reason}."
        for row in comparison.rows
        if isinstance(row.test, Undefined)
    ]
    return LatexTable(
        headings=(*map(escaped, DIFFERENCE_HEADINGS), "verdict"),
        rows=tuple(rows),
        columns="llrrl",
        caption=around.caption(
            "Paired differences.", f"In {differences_held(comparison)}.", *missing
        ),
        label=label_of(*around.label, "differences"),
        remarks=around.remarks,
    )


def _standings(comparison: Comparison, around: Surroundings) -> LatexTable:
    rows = list(standing_rows(comparison))
    return LatexTable(
        headings=("recognizer, trained on", "run", "accuracy", "rank"),
        rows=tuple(
            (
                escaped(row.name),
                escaped(row.run),
                score(row.accuracy, row.bounds, row.letters, bold=BEST in row.letters),
                escaped(row.rank),
            )
            for row in rows
        ),
        columns="llrl",
        caption=around.caption(
            "Accuracy of recognizers by run.",
            f"Values with 95 % intervals; {standings_held(comparison)}; bold: not told from "
            "the best.",
        ),
        label=label_of(*around.label, "standings"),
        ruled=frozenset(
            place for place in range(1, len(rows)) if rows[place].name != rows[place - 1].name
        ),
        remarks=around.remarks,
    )
