"""``sweep.html``: what is varied along each axis, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from markupsafe import Markup

from benchmark.comparisons.run_scores import SweepPoint
from benchmark.records.display_names import (
    ARROWS,
    DIRECTION_WORDS,
    GROUP_WORDS,
    metric_direction,
    metric_groups,
    metric_words,
)
from benchmark.reports.arm_tables import LEGEND as ARM_LEGEND
from benchmark.reports.arm_tables import arms_cells
from benchmark.reports.costs import COST_HEADINGS, cost_cells
from benchmark.reports.costs import LEGEND as COST_LEGEND
from benchmark.reports.figures.arm_gains import arm_panels
from benchmark.reports.figures.sweep import axis_panels, gain_panels
from benchmark.reports.html.boards import (
    Board,
    BoardRow,
    JudgeBoards,
    Links,
    generator_of,
    incomplete_board,
    judge_boards,
    page_link,
    score_board,
)
from benchmark.reports.html.charts import panel_chart
from benchmark.reports.html.page import emphasised, rendered
from benchmark.reports.html.standings import standing_sentences
from benchmark.reports.html.svg import VARIABLES
from benchmark.reports.score_cells import gain_table, metric_tables
from benchmark.reports.score_tables import (
    GAIN_LEGEND,
    LEGEND,
    NOT_FAIR,
    incomplete_rows,
    judged_by,
)
from benchmark.reports.sweep_axis import sweep_axis


@dataclass(frozen=True)
class MetricChart:
    """A metric along an axis."""

    title: str
    arrow: str
    direction: str
    meaning: str
    chart: Markup


@dataclass(frozen=True)
class AxisView:
    """An axis as the page shows it; ``charts`` are pairs of a group's name and its metrics."""

    id: str
    title: str
    lead: str
    answers: tuple[str, ...]
    charts: tuple[tuple[str, tuple[MetricChart, ...]], ...]
    judges: tuple[JudgeBoards, ...]
    gain_charts: tuple[tuple[str, Markup], ...]
    gains: Board | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ArmsView:
    """All arms of all runs: charts by run, what their colours are, and the table."""

    charts: tuple[tuple[str, Markup], ...]
    keys: tuple[tuple[str, str], ...]
    board: Board


def sweep_html(
    title: str,
    axes: Mapping[str, Sequence[SweepPoint]],
    arms: Sequence[Mapping[str, Any]],
    folder: Path,
    made_from: str,
) -> str:
    """The page as text; equal run folders give equal text.

    Args:
        axes: points of each axis, in its order.
        arms: rows of ``arms.csv``; none where runs have no more arms than the tables of gains.
        folder: that the page will lie in, to find the pages of runs.
        made_from: fingerprint of the tables beside it.
    """
    points = [point for along in axes.values() for point in along]
    runs = {run.name: run for point in points for run in point.scores.runs}
    return rendered(
        "sweep.html",
        title=title,
        made_from=made_from,
        facts=_facts(axes, len(runs)),
        legend=emphasised(LEGEND.strip()),
        gain_legend=emphasised(GAIN_LEGEND.strip()),
        arm_legend=emphasised(ARM_LEGEND.strip()),
        axes=[_axis(axis, along, place, folder)
              for place, (axis, along) in enumerate(axes.items(), start=1)],
        arms=_arms(arms, points, folder) if arms else None,
        incomplete=incomplete_board(incomplete_rows(list(runs.values())), runs.values(), folder),
        costs=_costs(points, folder),
        cost_legend=COST_LEGEND,
    )  # fmt: skip


def _facts(axes: Mapping[str, Sequence[SweepPoint]], runs: int) -> list[tuple[str, str]]:
    points = [point for along in axes.values() for point in along]
    base = next((point for point in points if point.base), None)
    measured = dict.fromkeys(point.scores.run.measured_on for point in points)
    told_base = base and f"{generator_of(base.scores.run)}, {base.axis} {base.value}"
    told = {
        "data": next(iter(measured)) if len(measured) == 1 else f"{len(measured)} sets and splits",
        "axes": f"{len(axes):,}",
        "points": f"{len(points):,}",
        "runs": f"{runs:,}",
        "base": told_base or "",
    }
    return [(name, text) for name, text in told.items() if text]


def _axis(axis: str, points: Sequence[SweepPoint], place: int, folder: Path) -> AxisView:
    along = sweep_axis(points)
    names = along.marked_names
    named = list(zip(along.names, along.entries, strict=True))
    tables = metric_tables(along.entries, names, axis, along.fair)
    lead = "" if along.fair else NOT_FAIR
    if along.fair and along.measured is not None:
        lead = f"{along.measured.measured_on}. {judged_by(along.measured, mark='')}."
    gains = None
    if along.has_gains:
        cells = gain_table(along.entries, names, axis, along.fair)
        gains = score_board(cells, along.entries, f"gains-{place}", f"Gains along {axis}", folder)
    return AxisView(
        id=f"axis-{place}",
        title=axis,
        lead=lead,
        answers=tuple(standing_sentences(named, tables[0], along.has_gains)) if along.fair else (),
        charts=tuple(_charts(points, place)),
        judges=judge_boards(tables, along.entries, f"scores-{place}", f"along {axis}", folder),
        gain_charts=tuple(
            (panel.title, panel_chart(panel, f"gain-{place}-{number}", f"{panel.title}, {axis}"))
            for number, panel in enumerate(gain_panels(points))
        ),
        gains=gains,
        notes=along.notes,
    )


def _charts(
    points: Sequence[SweepPoint], place: int
) -> Iterator[tuple[str, tuple[MetricChart, ...]]]:
    """Metrics as the first judge sees them, group by group."""
    groups = metric_groups(list({name for point in points for name in point.scores.metrics}))
    numbers = count()
    for group, metrics in groups.items():
        if not metrics:
            continue
        charts = []
        for metric, panel in zip(metrics, axis_panels(points, metrics), strict=True):
            words, direction = metric_words(metric), metric_direction(metric)
            title = f"{words.title} along {points[0].axis}"
            charts.append(
                MetricChart(
                    title=words.title,
                    arrow=ARROWS[direction],
                    direction=DIRECTION_WORDS[direction],
                    meaning=words.meaning,
                    chart=panel_chart(panel, f"metric-{place}-{next(numbers)}", title),
                )
            )
        yield GROUP_WORDS.get(group, ""), tuple(charts)


def _arms(
    rows: Sequence[Mapping[str, Any]], points: Sequence[SweepPoint], folder: Path
) -> ArmsView:
    panels, keys = arm_panels(rows)
    headings, lines = arms_cells(rows, "run")
    pages = {point.value: page_link(point.scores.run, folder) for point in points}
    told = [
        BoardRow((Links(((cells[0].text, pages.get(cells[0].text, "")),)), *cells[1:]))
        for cells in lines
    ]
    return ArmsView(
        charts=tuple(
            (
                panel.title,
                panel_chart(panel, f"arms-{number}", f"Gains by arm, {panel.title}"),
            )
            for number, panel in enumerate(panels)
        ),
        keys=tuple((key.name, VARIABLES.get(key.colour, key.colour)) for key in keys),
        board=Board("arm-rows", "Differences by arm", headings, tuple(told)),
    )


def _costs(points: Sequence[SweepPoint], folder: Path) -> Board | None:
    rows = tuple(
        BoardRow(
            (
                Links(((point.value, page_link(point.scores.run, folder)),)),
                point.axis,
                generator_of(point.scores.run),
                *cost_cells(point.scores),
            ),
            {"generator": generator_of(point.scores.run)},
        )
        for point in points
        if point.scores.run.cost
    )
    if not rows:
        return None
    headings = ("value", "axis", "generator", *COST_HEADINGS)
    return Board("cost-rows", "What fitting and sampling cost", headings, rows)
