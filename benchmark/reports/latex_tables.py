"""The tables of runs for a paper: metrics by judge, gains by recognizer, as the pages have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmark.comparisons.run_scores import RunScores, SweepPoint
from benchmark.records.display_names import ARROWS, GROUP_WORDS
from benchmark.records.tables import UNDEFINED
from benchmark.reports.latex import LatexTable, escaped, escaped_number, label_of, score
from benchmark.reports.leaderboard_sections import Section
from benchmark.reports.score_cells import Cell, ScoreTable, gain_table, metric_tables
from benchmark.reports.score_tables import NOT_FAIR, judge_words, judged_by
from benchmark.reports.sweep_axis import sweep_axis

WIDTH = 112
"""Characters of small type in a line of 16 cm; a wider table is split."""
GAP = 2
"""Characters that the space between two columns is wide."""
TINY = 0.8
"""How wide an interval's type is, next to that of the table."""
ORDERS = {
    ARROWS["lower"]: "lower is better",
    ARROWS["higher"]: "higher is better",
    ARROWS["real"]: "nearest to real clips is best",
}
LETTERS = (
    "Rows that share a letter in a column cannot be told apart, as their intervals overlap; those "
    "not told from the best are bold."
)
FLOOR = "The row real clips is the floor: as many real clips, drawn alike."
GAIN_COLUMNS = 5
"""Of a table of gains; those after them stand in the caption where all rows have one value."""


@dataclass(frozen=True)
class Surroundings:
    """What is told around the tables of one set of runs, in plain text.

    Attributes:
        heading: what the names of the rows are, which is what varies.
        about: sentences on the data and how they were judged.
        notes: sentences that a caption ends with.
        remarks: sentences for who pastes a table.
        label: what the labels begin with.
    """

    heading: str
    about: str
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    label: tuple[str, ...] = field(default=())

    def caption(self, title: str, *sentences: str) -> str:
        """A caption in LaTeX."""
        parts = (title, self.about, *sentences, *self.notes)
        return escaped(" ".join(part for part in parts if part))


def leaderboard_latex(sections: Sequence[Section]) -> list[LatexTable]:
    """Tables of a leaderboard: those of each set of runs that may be compared."""
    tables: list[LatexTable] = []
    for section in sections:
        about = f"{section.title}. {judged_by(section.run, '', judges=False)}."
        around = _around(section.entries, section.names, "generator", about, section.notes)
        tables += score_latex(section.entries, section.marked_names, around)
    return tables


def sweep_latex(title: str, points: Sequence[SweepPoint]) -> list[LatexTable]:
    """Tables of a sweep, axis by axis."""
    tables: list[LatexTable] = []
    for name in dict.fromkeys(point.axis for point in points):
        axis = sweep_axis([point for point in points if point.axis == name])
        about = f"{title}. {NOT_FAIR}" if not axis.fair else f"{title}."
        if axis.fair and axis.measured is not None:
            told = judged_by(axis.measured, "", judges=False)
            about = f"{title}. {axis.measured.measured_on}. {told}."
        around = _around(axis.entries, axis.names, name, about, axis.notes)
        tables += score_latex(axis.entries, axis.marked_names, around, axis.fair)
    return tables


def _around(
    entries: Sequence[RunScores],
    names: Sequence[str],
    heading: str,
    about: str,
    notes: Sequence[str],
) -> Surroundings:
    """Notes that a row has the number of end the captions; those on the data are remarks."""
    runs = [
        f"{name}: {', '.join(run.name for run in entry.runs)}"
        for entry, name in zip(entries, names, strict=True)
    ]
    of_data = [note for note in notes if note.startswith("Note")]
    return Surroundings(
        heading,
        about,
        tuple(note for note in notes if note not in of_data),
        (*of_data, *runs),
        (about.partition(".")[0], heading),
    )


def score_latex(
    entries: Sequence[RunScores],
    names: Sequence[str],
    around: Surroundings,
    ranked: bool = True,
) -> list[LatexTable]:
    """Metrics, a table for each judge and, where they are many, each group of metrics; and gains.

    Args:
        names: what the rows are called, plain text.
        ranked: mark which rows of a column can be told apart.
    """
    judges = {str(one.get("name")): one for entry in entries for one in entry.run.judges}
    only = next((judge for entry in entries for judge in entry.judged), "")
    tables: list[LatexTable] = []
    for table in metric_tables(entries, names, around.heading, ranked):
        judge = table.judge or only
        if len(table.headings) > 1:
            told = judge_words(judges.get(judge, {"name": judge}), "")
            tables += metric_latex(table, around, f"Judged by {told}.", judge.rpartition("-")[0])
    if any(entry.gains for entry in entries):
        tables.append(_gain_latex(gain_table(entries, names, around.heading, ranked), around))
    return tables


def metric_latex(
    table: ScoreTable, around: Surroundings, judged: str, *label: str
) -> Iterator[LatexTable]:
    """A table of metrics under its row of real clips, or several that have room each.

    Args:
        judged: a sentence for the caption.
        label: ends the labels.
    """
    title = f"Metrics by {around.heading}"
    title += f" ({GROUP_WORDS[table.group]})." if table.group else "."
    names = ("real clips", *(cells[0].text for _, cells in table.rows))
    columns = [[cells[place] for _, cells in table.rows] for place in range(len(table.headings))]
    widths = [
        max(len(heading), len(floor), *map(_width, column))
        for heading, floor, column in zip(table.headings[1:], table.floor, columns[1:], strict=True)
    ]
    for places in _fitting(max(map(len, (around.heading, *names))), widths):
        headings = [table.headings[place + 1] for place in places]
        orders = [f"{sign} {words}" for sign, words in ORDERS.items()
                  if any(heading.endswith(sign) for heading in headings)]  # fmt: skip
        cells = [columns[place + 1] for place in places]
        rows = zip(
            ("\\emph{real clips}", *map(escaped, names[1:])),
            *(
                (escaped_number(table.floor[place]), *map(_cell, column))
                for place, column in zip(places, cells, strict=True)
            ),
            strict=True,
        )
        yield LatexTable(
            headings=(escaped(around.heading), *map(escaped, headings)),
            rows=tuple(rows),
            columns="l" + "r" * len(places),
            caption=around.caption(
                title,
                judged,
                f"Values with 95 % intervals; {', '.join(orders)}."
                if orders
                else "Values with 95 % intervals.",
                LETTERS if any(cell.letters for column in cells for cell in column) else "",
                FLOOR,
                *(
                    f"{name}: {heading.rstrip(' ↓↑→')} is {cell.text}."
                    for heading, column in zip(headings, cells, strict=True)
                    for name, cell in zip(names[1:], column, strict=True)
                    if cell.text.startswith(UNDEFINED)
                ),
            ),
            label=label_of(*around.label, *label, table.group),
            ruled=frozenset({1}),
            remarks=around.remarks,
        )


def _cell(cell: Cell) -> str:
    text = UNDEFINED if cell.text.startswith(UNDEFINED) else cell.text
    return score(text, cell.bounds, cell.letters, cell.bold)


def _width(cell: Cell) -> float:
    text = UNDEFINED if cell.text.startswith(UNDEFINED) else cell.text
    return len(text + cell.letters) + TINY * len(cell.bounds)


def _fitting(first: float, widths: Sequence[float]) -> list[list[int]]:
    """Places of columns, table by table: each as many as fit beside the first column, one at
    least."""
    tables: list[list[int]] = []
    used = 0.0
    for place, width in enumerate(widths):
        if not tables or used + GAP + width > WIDTH:
            tables.append([])
            used = first
        tables[-1].append(place)
        used += GAP + width
    return tables


def _gain_latex(table: ScoreTable, around: Surroundings) -> LatexTable:
    rows = [cells for _, cells in table.rows]
    shared = [
        place
        for place in range(GAIN_COLUMNS, len(table.headings))
        if len({cells[place].text for cells in rows}) == 1
    ]
    kept = [place for place in range(len(table.headings)) if place not in shared]
    new = [place == 0 or cells[0] != rows[place - 1][0] for place, cells in enumerate(rows)]
    facts = [
        f"{table.headings[place]}: {rows[0][place].text}" for place in shared if rows[0][place].text
    ]
    return LatexTable(
        headings=tuple(escaped(table.headings[place]) for place in kept),
        rows=tuple(
            (
                escaped(cells[0].text) if first else "",
                escaped(cells[1].text),
                *(_cell(cells[place]) for place in kept[2:]),
            )
            for first, cells in zip(new, rows, strict=True)
        ),
        columns="llrrr" + "l" * (len(kept) - GAIN_COLUMNS),
        caption=around.caption(
            f"Does training on synthetic clips help? Gains by recognizer and {around.heading}.",
            "Top-1 accuracy on the same real test clips, mean over training seeds; the gain is "
            "paired by test clip and seed, with its 95 % interval.",
            f"{'; '.join(facts).capitalize()}." if facts else "",
            LETTERS if any(cells[4].letters for cells in rows) else "",
            *(
                f"{cells[1].text}, {cells[0].text}: {cells[4].text}."
                for cells in rows
                if cells[4].text.startswith(UNDEFINED)
            ),
        ),
        label=label_of(*around.label, "gains"),
        ruled=frozenset(place for place, first in enumerate(new) if first and place),
        remarks=around.remarks,
    )
