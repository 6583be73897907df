"""A comparison of runs for a paper: metrics, paired differences and standings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmark.records.display_names import GROUP_WORDS, metric_groups, metric_words
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
from benchmark.reports.latex_tables import Column, caption, column_of, metric_tables
from benchmark.reports.score_tables import floor_words, judge_words, judged_by
from benchmark.statistics.tie_groups import BEST
from metrics.value import Undefined

if TYPE_CHECKING:
    from benchmark.comparisons.compare_runs import Comparison


def comparison_latex(comparison: Comparison) -> list[LatexTable]:
    """The tables that ``compare`` prints."""
    first = next(iter(comparison.entries.values())).first
    about = f"{comparison.measured_on}. {judged_by(first, judges=False)}."
    remarks = tuple(
        f"{name}: {', '.join(run.name for run in group.runs)}"
        for name, group in comparison.entries.items()
    )
    return [
        *(_metrics(comparison, about, remarks) if shows_metrics(comparison) else ()),
        *([_differences(comparison, about, remarks)] if comparison.rows else ()),
        *([_standings(comparison, about, remarks)] if comparison.ranking else ()),
    ]


def _metrics(comparison: Comparison, about: str, remarks: tuple[str, ...]) -> Iterator[LatexTable]:
    """A row for each entry, a column for each metric of the first judge and of bodies."""
    judges = next(iter(comparison.entries.values())).first.judges
    judged = f"Judged by {judge_words(judges[0]).replace('`', '')}." if judges else ""
    against, varies = metrics_held(comparison)
    held = f"Metrics are held against {against}; intervals cover {varies}."
    names = list(comparison.entries)
    known = list(dict.fromkeys(one.metric for one in comparison.metrics))
    for group, metrics in metric_groups(known).items():
        title = f"Metrics by run ({GROUP_WORDS[group]})." if group else "Metrics by run."
        yield from metric_tables(
            "run",
            names,
            metrics,
            [_column(comparison, metric, names) for metric in metrics],
            (title, about, judged, held),
            label_of(comparison.measured_on, "compared", group),
            remarks,
        )


def _column(comparison: Comparison, metric: str, names: list[str]) -> Column:
    rows = {row.run: row for row in metric_rows(comparison) if row.metric == metric}
    scores = [one for one in comparison.metrics if one.metric == metric]
    return column_of(
        metric,
        floor_words([one.floor for one in scores], metric),
        [
            (rows[name].value, rows[name].bounds, rows[name].letters)
            if name in rows
            else ("–", "", "")
            for name in names
        ],
        [
            f"{one.run}: {metric_words(metric).short} is {one.reason}."
            for one in scores
            if one.reason
        ],
    )


def _differences(comparison: Comparison, about: str, remarks: tuple[str, ...]) -> LatexTable:
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
    undefined = [
        f"{comparison.name_of(row)} against {row.against_words} is undefined: {row.test.reason}."
        for row in comparison.rows
        if isinstance(row.test, Undefined)
    ]
    return LatexTable(
        headings=(*map(escaped, DIFFERENCE_HEADINGS), "verdict"),
        rows=tuple(rows),
        columns="llrrl",
        caption=caption(
            ("Paired differences.", about, f"In {differences_held(comparison)}.", *undefined)
        ),
        label=label_of(comparison.measured_on, "differences"),
        remarks=remarks,
    )


def _standings(comparison: Comparison, about: str, remarks: tuple[str, ...]) -> LatexTable:
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
        caption=caption(
            (
                "Accuracy of recognizers by run.",
                about,
                f"Values with 95 % intervals; {standings_held(comparison)}; bold: not told from "
                "the best.",
            )
        ),
        label=label_of(comparison.measured_on, "standings"),
        ruled=frozenset(
            place for place in range(1, len(rows)) if rows[place].name != rows[place - 1].name
        ),
        remarks=remarks,
    )
