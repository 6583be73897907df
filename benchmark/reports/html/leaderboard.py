"""``leaderboard.html``: every run in the tables where it may stand, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from benchmark.comparisons.accuracy_curves import accuracy_curves
from benchmark.reports.costs import COST_HEADINGS, cost_cells
from benchmark.reports.costs import LEGEND as COST_LEGEND
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
from benchmark.reports.html.curve_cards import curve_card, worth_board
from benchmark.reports.html.page import emphasised, rendered
from benchmark.reports.html.standings import standing_charts, standing_sentences
from benchmark.reports.leaderboard_sections import Leaderboard, Section
from benchmark.reports.score_cells import gain_table, metric_tables
from benchmark.reports.score_tables import GAIN_LEGEND, LEGEND, judged_by
from benchmark.reports.timings import TIMING_HEADINGS, Timings, measured_where, timing_rows
from benchmark.reports.worth_memo import worth_of_runs


@dataclass(frozen=True)
class SectionView:
    """A section as the page shows it."""

    id: str
    title: str
    dataset: str
    split: str
    lead: str
    answers: tuple[str, ...]
    charts: tuple[Markup, ...]
    judges: tuple[JudgeBoards, ...]
    gains: Board | None
    notes: tuple[str, ...]


def leaderboard_html(board: Leaderboard, folder: Path, made_from: str) -> str:
    """The page as text; equal run folders give equal text.

    Args:
        folder: that the page will lie in, to find the pages of runs.
        made_from: fingerprint of the tables beside it.
    """
    trainings = [entry.runs for entry in board.measured]
    runs = [run for entry in board.measured for run in entry.runs]
    curves = accuracy_curves(trainings)
    sections = [_section(one, place, folder) for place, one in enumerate(board.sections, start=1)]
    return rendered(
        "leaderboard.html",
        title="Leaderboard",
        made_from=made_from,
        facts=_facts(board),
        legend=emphasised(LEGEND.strip()),
        gain_legend=emphasised(GAIN_LEGEND.strip()),
        sections=sections,
        facets=_facets(board, sections),
        curves=[curve_card(one, place) for place, one in enumerate(curves)],
        worth=worth_board(worth_of_runs(trainings, folder), folder),
        incomplete=incomplete_board(board.incomplete, runs, folder),
        costs=_costs(board, folder),
        cost_legend=COST_LEGEND,
        timings=_timings(board.timings),
        timings_note=measured_where(board.timings) if board.timings else board.timings_problem,
    )


def _facts(board: Leaderboard) -> list[tuple[str, str]]:
    runs = [run for entry in board.measured for run in entry.runs]
    counts = {
        "runs": len(runs),
        "generators": len({generator_of(run) for run in runs}),
        "data sets": len({str(run.spec.get("dataset")) for run in runs}),
        "judges": len({judge for entry in board.measured for judge in entry.judged}),
        "sections": len(board.sections),
        "not complete": len(board.incomplete),
    }
    return [(name, f"{count:,}") for name, count in counts.items() if count]


def _facets(
    board: Leaderboard, sections: Sequence[SectionView]
) -> list[tuple[str, str, list[str]]]:
    """Name, label and values of what a reader can choose by, where there is a choice."""
    found = [
        ("dataset", "Data", {section.dataset for section in sections}),
        ("split", "Split", {section.split for section in sections}),
        ("generator", "Generator", {generator_of(entry.run) for entry in board.measured}),
        ("judge", "Judge", {one.judge for section in sections for one in section.judges} - {""}),
    ]
    return [(name, label, sorted(values)) for name, label, values in found if len(values) > 1]


def _section(section: Section, place: int, folder: Path) -> SectionView:
    names, run = section.marked_names, section.run
    tables = metric_tables(section.entries, names)
    gains = gain_table(section.entries, names) if section.has_gains else None
    named = list(zip(section.short, section.entries, strict=True))
    return SectionView(
        id=f"section-{place}",
        title=section.title,
        dataset=str(run.spec.get("dataset")),
        split=str(run.spec.get("split")),
        lead=f"{judged_by(run, mark='')}.",
        answers=tuple(standing_sentences(named, tables[0], section.has_gains)),
        charts=tuple(standing_charts(named, section.title, place)),
        judges=judge_boards(
            tables, section.entries, f"scores-{place}", section.title, folder
        ),
        gains=None if gains is None else score_board(
            gains, section.entries, f"gains-{place}", f"Gains on {section.title}", folder
        ),
        notes=section.notes,
    )  # fmt: skip


def _costs(board: Leaderboard, folder: Path) -> Board | None:
    rows = []
    for entry in board.measured:
        run = entry.run
        if run.cost:
            names = ("dataset", "split", "generator")
            facets = {name: str(run.spec.get(name)) for name in names}
            link = Links(((facets["generator"], page_link(run, folder)),))
            cells = (link, facets["dataset"], facets["split"], *cost_cells(entry))
            rows.append(BoardRow(cells, facets))
    if not rows:
        return None
    headings = ("generator", "dataset", "split", *COST_HEADINGS)
    return Board("cost-rows", "What fitting and sampling cost", headings, tuple(rows))


def _timings(timings: Timings | None) -> Board | None:
    if timings is None:
        return None
    rows = tuple(BoardRow(row) for row in timing_rows(timings))
    return Board("timing-rows", "Timings of single operations", TIMING_HEADINGS, rows)
