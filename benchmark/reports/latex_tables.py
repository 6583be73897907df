"""The tables of runs for a paper: metrics by judge, gains by recognizer, as the pages have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.comparisons.run_scores import RunScores, SweepPoint
from benchmark.records.display_names import (
    GROUP_WORDS,
    interval,
    metric_direction,
    metric_groups,
    metric_words,
    points,
    points_interval,
    shown,
)
from benchmark.records.tables import UNDEFINED, is_undefined, reason_of
from benchmark.reports.latex import LatexTable, escaped, escaped_number, label_of, score
from benchmark.reports.leaderboard_page import row_names, sections
from benchmark.reports.score_tables import (
    common_ground,
    data_notes,
    floor_words,
    footnotes,
    gain_facts,
    judge_words,
    metric_heading,
    metric_marks,
    metrics_of,
    ranked_gains,
)
from benchmark.statistics.tie_groups import BEST

WIDTH = 112
"""Characters of small type in a line of 16 cm; a wider table is split."""
GAP = 2
"""Characters that the space between two columns is wide."""
TINY = 0.8
"""How wide an interval's type is, next to that of the table."""
ORDERS = {
    "lower": "↓ lower is better",
    "higher": "↑ higher is better",
    "real": "→ nearest to real clips is best",
}
LETTERS = (
    "Rows that share a letter in a column cannot be told apart, as their intervals overlap; those "
    "not told from the best are bold."
)
FLOOR = "The row real clips is the floor: as many real clips, drawn alike."
FACTS = ("training clips", "steps", "seeds", "interval over")


@dataclass(frozen=True)
class Column:
    """A column of a table of metrics.

    Attributes:
        heading: LaTeX.
        cells: LaTeX, the row of real clips first.
        width: of the longest, in characters of the table's type.
        ranked: whether a cell has a letter.
        sentences: why cells have no value, in plain words.
    """

    heading: str
    cells: tuple[str, ...]
    width: float
    ranked: bool
    sentences: tuple[str, ...] = ()


def leaderboard_latex(entries: Sequence[RunScores]) -> list[LatexTable]:
    """Tables of a leaderboard: those of each set of runs that may be compared."""
    measured = [entry for entry in entries if entry.metrics or entry.gains]
    tables: list[LatexTable] = []
    for section in sections(measured):
        about = common_ground(section, judges=False)[1] or f"{section[0].run.measured_on}."
        tables += score_tables(section, row_names(section), "generator", about)
    return tables


def sweep_latex(title: str, along: Sequence[SweepPoint]) -> list[LatexTable]:
    """Tables of a sweep, axis by axis."""
    tables: list[LatexTable] = []
    for axis in dict.fromkeys(point.axis for point in along):
        here = [point for point in along if point.axis == axis]
        entries = [point.scores for point in here]
        fair, about = common_ground(entries, judges=False)
        names = [point.name for point in here]
        tables += score_tables(entries, names, axis, f"{title}. {about}".rstrip(), fair)
    return tables


def score_tables(
    entries: Sequence[RunScores],
    names: Sequence[str],
    heading: str,
    about: str,
    ranked: bool = True,
) -> list[LatexTable]:
    """Metrics, a table for each judge and, where they are many, each group of metrics; and gains.

    Args:
        names: what the rows are called, plain text.
        heading: what the names are, which is what varies.
        about: sentences on the data and the judges.
        ranked: mark which rows of a column can be told apart.
    """
    marks, sentences = footnotes(entries)
    marked = [f"{name}{mark}" for name, mark in zip(names, marks, strict=True)]
    told = " ".join(sentence.removeprefix("- ").strip() for sentence in sentences)
    remarks = [note.removeprefix("- ") for note in data_notes(entries, names)]
    remarks += [
        f"{name}: {', '.join(run.name for run in entry.runs)}"
        for entry, name in zip(entries, names, strict=True)
    ]
    place = _Place(heading, about, told, tuple(remarks))
    tables = [*_metric_tables(entries, marked, place, ranked)]
    if any(entry.gains for entry in entries):
        tables.append(_gain_table(entries, marked, place, ranked))
    return tables


@dataclass(frozen=True)
class _Place:
    """What the tables of one set of runs have in common."""

    heading: str
    about: str
    footnotes: str
    remarks: tuple[str, ...]

    def caption(self, title: str, *sentences: str) -> str:
        return caption((title, self.about, *sentences, self.footnotes))

    def label(self, *parts: str) -> str:
        return label_of(self.about.partition(".")[0], self.heading, *parts)


def _metric_tables(
    entries: Sequence[RunScores], names: Sequence[str], place: _Place, ranked: bool
) -> Iterator[LatexTable]:
    known = {str(one.get("name")): one for entry in entries for one in entry.run.judges}
    for number, judge in enumerate(
        dict.fromkeys(judge for entry in entries for judge in entry.judged)
    ):
        scores = [entry.judged.get(judge, {}) for entry in entries]
        words = judge_words(known.get(judge, {"name": judge})).replace("`", "")
        for group, metrics in metric_groups(list(metrics_of(scores, number == 0))).items():
            columns = [
                metric_column([table.get(metric, {}) for table in scores], metric, names, ranked)
                for metric in metrics
            ]
            title = f"Metrics by {place.heading}"
            title += f" ({GROUP_WORDS[group]})." if group else "."
            yield from metric_tables(
                place.heading,
                names,
                metrics,
                columns,
                (title, place.about, f"Judged by {words}."),
                place.label(judge.rpartition("-")[0] or judge, group),
                place.remarks,
                place.footnotes,
            )


def metric_column(
    rows: Sequence[Mapping[str, Any]], metric: str, names: Sequence[str], ranked: bool
) -> Column:
    """A column out of a row of a summary for each name."""
    marks = metric_marks(rows, metric, ranked)
    words = metric_words(metric)
    shown_rows = [
        (
            UNDEFINED if reason_of(row.get("mean")) else words.shown(row.get("mean")),
            interval(row.get("ci95_low"), row.get("ci95_high"), words.digits, words.scale),
            mark,
        )
        for row, mark in zip(rows, marks, strict=True)
    ]
    floor = floor_words([row.get("real_floor") for row in rows], metric)
    missing = [
        f"{name}: {words.short} is {row['mean']}."
        for name, row in zip(names, rows, strict=True)
        if reason_of(row.get("mean"))
    ]
    return column_of(metric, floor, shown_rows, missing)


def column_of(
    metric: str,
    floor: str,
    rows: Sequence[tuple[str, str, str]],
    sentences: Sequence[str] = (),
) -> Column:
    """A column of a metric.

    Args:
        floor: what real clips score, as text.
        rows: value, interval and letters as plain text.
        sentences: why cells have no value.
    """
    heading = metric_heading(metric)
    cells = [score(*row, bold=BEST in row[2]) for row in rows]
    widths = [len(value + letters) + TINY * len(bounds) for value, bounds, letters in rows]
    return Column(
        heading=escaped(heading),
        cells=(escaped_number(floor), *cells),
        width=max([len(heading), len(floor), *widths]),
        ranked=any(letters for *_, letters in rows),
        sentences=tuple(sentences),
    )


def metric_tables(
    heading: str,
    names: Sequence[str],
    metrics: Sequence[str],
    columns: Sequence[Column],
    about: Sequence[str],
    label: str,
    remarks: tuple[str, ...] = (),
    footnotes: str = "",
) -> Iterator[LatexTable]:
    """Tables under a row of real clips, as few as have room for all columns.

    Args:
        heading: what the names are.
        names: what the rows are called, plain text.
        metrics: names of the columns' metrics.
        about: sentences that a caption begins with, plain text.
        footnotes: the sentences that it ends with.
    """
    first = max(map(len, (heading, "real clips", *names)))
    for some in _fitting(first, [column.width for column in columns]):
        here = [columns[place] for place in some]
        directions = dict.fromkeys(metric_direction(metrics[place]) for place in some)
        orders = ", ".join(words for name, words in ORDERS.items() if name in directions)
        rows = zip(
            ("\\emph{real clips}", *map(escaped, names)),
            *(column.cells for column in here),
            strict=True,
        )
        yield LatexTable(
            headings=(escaped(heading), *(column.heading for column in here)),
            rows=tuple(rows),
            columns="l" + "r" * len(here),
            caption=caption(
                (
                    *about,
                    f"Values with 95 % intervals{f'; {orders}' if orders else ''}.",
                    LETTERS if any(column.ranked for column in here) else "",
                    FLOOR,
                    *(sentence for column in here for sentence in column.sentences),
                    footnotes,
                )
            ),
            label=label,
            ruled=frozenset({1}),
            remarks=remarks,
        )


def caption(sentences: Sequence[str]) -> str:
    """Sentences of plain text one after another, as LaTeX."""
    return escaped(" ".join(sentence for sentence in sentences if sentence))


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


def _gain_table(
    entries: Sequence[RunScores], names: Sequence[str], place: _Place, ranked: bool
) -> LatexTable:
    rows = list(ranked_gains(entries, names, ranked))
    facts = [gain_facts(row) for _, row, _ in rows]
    varying = [number for number in range(len(FACTS)) if len({fact[number] for fact in facts}) > 1]
    shared = [
        f"{name}: {facts[0][number]}"
        for number, name in enumerate(FACTS)
        if number not in varying and facts[0][number]
    ]
    cells: list[tuple[str, ...]] = []
    ruled = set()
    before = ""
    for (name, row, mark), fact in zip(rows, facts, strict=True):
        recognizer = str(row["recognizer"])
        new = recognizer != before
        if new and before:
            ruled.add(len(cells))
        before = recognizer
        missing = reason_of(row["gain"])
        gain = score(
            UNDEFINED if missing else points(row["gain"]),
            points_interval(row["low"], row["high"]),
            mark,
            bold=BEST in mark,
        )
        cells.append(
            (
                escaped(recognizer) if new else "",
                escaped(name),
                *(escaped_number(shown(row[key], 1, " %")) for key in ("real", "augmented")),
                gain,
                *(escaped(fact[number]) for number in varying),
            )
        )
    return LatexTable(
        headings=(
            *map(escaped, ("recognizer", place.heading, "real only", "real + synthetic")),
            *map(escaped, ("gain ↑ (points)", *(FACTS[number] for number in varying))),
        ),
        rows=tuple(cells),
        columns="llrrr" + "l" * len(varying),
        caption=place.caption(
            f"Does training on synthetic clips help? Gains by recognizer and {place.heading}.",
            "Top-1 accuracy on the same real test clips, mean over training seeds; the gain is "
            "paired by test clip and seed, with its 95 % interval.",
            f"{'; '.join(shared).capitalize()}." if shared else "",
            LETTERS if any(mark for *_, mark in rows) else "",
            *(
                f"{name}, {row['recognizer']}: {row['gain']}."
                for name, row, _ in rows
                if is_undefined(row["gain"]) and reason_of(row["gain"])
            ),
        ),
        label=place.label("gains"),
        ruled=frozenset(ruled),
        remarks=place.remarks,
    )
