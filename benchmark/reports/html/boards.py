"""Boards: tables of runs on a page, that sort, filter, and show a window of rows where these are
many."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.display_names import GROUP_WORDS
from benchmark.records.fingerprint import PAGE
from benchmark.records.run_folder import RunFolder
from benchmark.reports.html.page import embedded
from benchmark.reports.score_cells import Cell, ScoreTable
from benchmark.reports.score_tables import INCOMPLETE_HEADINGS

WINDOW = 50
"""Rows of a board that are in the page as elements; the others are data until they are shown."""


@dataclass(frozen=True)
class Links:
    """Names and where they lead, ``""`` for a name that leads nowhere."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def links(self) -> list[list[str]]:
        """As JSON has them."""
        return [list(pair) for pair in self.pairs]


BoardCell = str | Cell | Links


@dataclass(frozen=True)
class BoardRow:
    """Cells, and what a reader can choose the row by, such as ``{"generator": "ddpm"}``."""

    cells: tuple[BoardCell, ...]
    facets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Board:
    """A table.

    Attributes:
        id: unlike that of any other board of the page; letters, digits and dashes.
        title: what it shows.
        where: the rest of its title, of which its section tells those who see it.
        name: number of the column that names a row.
        floor: cells of a row that stands first and is not sorted, without its name.
    """

    id: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[BoardRow, ...]
    name: int = 0
    floor: tuple[str, ...] = ()
    where: str = ""

    @property
    def shown(self) -> tuple[BoardRow, ...]:
        """Rows that are elements from the beginning."""
        return self.rows[:WINDOW]

    @property
    def is_windowed(self) -> bool:
        """Whether there are more rows than are shown at once."""
        return len(self.rows) > WINDOW

    @property
    def json(self) -> Markup:
        """All rows as data: facets and cells each."""
        return embedded([[dict(row.facets), [_packed(cell) for cell in row.cells]]
                         for row in self.rows])  # fmt: skip


def score_board(
    table: ScoreTable, entries: Sequence[RunScores], name: str, title: str, folder: Path
) -> Board:
    """A table of metrics or gains; names lead to the page of the first run, and the table that
    names the runs to that of each.

    Args:
        name: the board's id.
        title: of the board.
        folder: that the page will lie in.
    """
    rows = []
    for place, cells in table.rows:
        runs = entries[place].runs
        links = [(run.name, page_link(run, folder)) for run in runs]
        shown: list[BoardCell] = list(cells)
        shown[table.name] = Links(((cells[table.name].text, links[0][1]),))
        if table.first:
            shown.append(Links(tuple(links)))
        rows.append(BoardRow(tuple(shown), {"generator": generator_of(runs[0])}))
    more = ("run",) if table.first else ()
    floor = (*table.floor, *("" for _ in more)) if table.floor else ()
    return Board(name, title, (*table.headings, *more), tuple(rows), table.name, floor)


@dataclass(frozen=True)
class JudgeBoards:
    """The tables of one judge: the first open, the others folded."""

    judge: str
    first: Board
    others: tuple[Board, ...]


def judge_boards(
    tables: Sequence[ScoreTable], entries: Sequence[RunScores], name: str, title: str, folder: Path
) -> tuple[JudgeBoards, ...]:
    """Tables of metrics by judge.

    Args:
        name: what their ids begin with.
        title: of the section that they stand in.
        folder: that the page will lie in.
    """
    found = []
    for place, judge in enumerate(dict.fromkeys(table.judge for table in tables)):
        boards = []
        for number, table in enumerate(one for one in tables if one.judge == judge):
            words = GROUP_WORDS[table.group] if table.group else "Metrics"
            board = score_board(table, entries, f"{name}-{place}-{number}", words, folder)
            where = f"{title}{f', judged by {judge}' if judge else ''}"
            boards.append(replace(board, where=where))
        found.append(JudgeBoards(judge, boards[0], tuple(boards[1:])))
    return tuple(found)


def incomplete_board(
    rows: Sequence[tuple[str, str, str]], runs: Iterable[RunFolder], folder: Path
) -> Board | None:
    """Rows of :func:`benchmark.reports.score_tables.incomplete_rows`; None where there is none."""
    if not rows:
        return None
    pages = {run.name: page_link(run, folder) for run in runs}
    linked = [
        BoardRow((Links(((name, pages.get(name, "")),)), status, reason))
        for name, status, reason in rows
    ]
    title = "Runs that are not complete"
    return Board("incomplete-rows", title, INCOMPLETE_HEADINGS, tuple(linked))


def page_link(run: RunFolder, folder: Path) -> str:
    """Where the page of a run lies, seen from a folder; ``""`` where there is none."""
    path = run.path / PAGE
    if not path.is_file():
        return ""
    return quote(Path(os.path.relpath(path, folder)).as_posix())


def generator_of(run: RunFolder) -> str:
    """The name that readers choose a generator by."""
    return str(run.spec.get("generator", ""))


def _packed(cell: BoardCell) -> object:
    """A cell as the page's script reads it; see ``board.js``."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Links):
        return {"links": cell.links}
    if not (cell.bounds or cell.letters):
        return cell.text
    packed = [cell.text, cell.bounds, cell.letters, int(cell.bold)]
    return packed if cell.bold else packed[: 3 if cell.letters else 2]
