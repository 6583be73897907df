"""Tables of runs before they are Markdown or HTML: metrics, gains, letters of tie groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.comparisons.run_scores import RunScores
from benchmark.comparisons.trainings import LEAST_TRAININGS
from benchmark.records.display_names import (
    ARROWS,
    interval,
    metric_direction,
    metric_groups,
    metric_words,
    points,
    points_interval,
    shown,
)
from benchmark.records.tables import NO_JUDGE, is_undefined, number, score_of
from benchmark.statistics.tie_groups import BEST, tie_letters

Scores = Mapping[str, Mapping[str, Any]]
"""By metric, a row of the summary."""


@dataclass(frozen=True)
class Cell:
    """A value as it is written.

    Attributes:
        text: with its unit, or why there is no value.
        bounds: its 95 % interval, ``""`` where there is none.
        letters: its tie groups, ``""`` where rows are not ranked.
        bold: whether it is not told from the best of its column, or is told from 0.
    """

    text: str
    bounds: str = ""
    letters: str = ""
    bold: bool = False


@dataclass(frozen=True)
class ScoreTable:
    """One table.

    Attributes:
        headings: of the columns.
        rows: the place of an entry, and the cells of its row.
        name: number of the column that holds the row's name.
        floor: what real clips score: the cells of a row that stands first, without its name.
        judge: who judged; ``""`` where there is one judge or none.
        group: key of :data:`benchmark.records.display_names.GROUP_WORDS`, ``""`` where metrics are
            few.
        first: whether it is the table that names the runs.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    name: int = 0
    floor: tuple[str, ...] = ()
    judge: str = ""
    group: str = ""
    first: bool = False


def metric_tables(
    entries: Sequence[RunScores],
    names: Sequence[str],
    heading: str = "generator",
    ranked: bool = True,
) -> list[ScoreTable]:
    """One row a run, one column a metric; a table for each judge, and for each group of metrics
    where they are many.

    Args:
        names: what the rows are called.
        heading: what the names are.
        ranked: mark which rows of a column can be told apart; False where runs may not be compared.
    """
    judges = list(dict.fromkeys(judge for entry in entries for judge in entry.judged))
    tables = []
    for place, judge in enumerate(judges or [""]):
        scores = [entry.judged.get(judge, {}) for entry in entries]
        for group, metrics in metric_groups(list(_names_of(scores, place == 0))).items():
            columns = [_metric_column(scores, metric, ranked) for metric in metrics]
            rows = zip(*([Cell(name) for name in names], *(cells for *_, cells in columns)),
                       strict=True)  # fmt: skip
            tables.append(
                ScoreTable(
                    headings=(heading, *(title for title, *_ in columns)),
                    rows=tuple(enumerate(rows)),
                    floor=tuple(floor for _, floor, _ in columns),
                    judge=judge if len(judges) > 1 else "",
                    group=group,
                    first=place == 0 and group in ("", "classic"),
                )
            )
    return tables


def _names_of(scores: Sequence[Scores], bodies: bool) -> set[str]:
    """Metrics of a judge's table; those of the body stand in the first judge's."""
    return {
        metric
        for table in scores
        for metric, row in table.items()
        if bodies or row.get("extractor") != NO_JUDGE
    }


def _metric_column(
    scores: Sequence[Scores], metric: str, ranked: bool
) -> tuple[str, str, list[Cell]]:
    """Heading, floor and cells of a metric."""
    words, direction = metric_words(metric), metric_direction(metric)
    rows = [table.get(metric, {}) for table in scores]
    mean, low, high, floor = zip(*map(score_of, rows), strict=True)
    trained = [int(row.get("trainings", 1)) >= LEAST_TRAININGS for row in rows]
    values = [value if often else math.nan for value, often in zip(mean, trained, strict=True)]
    letters = tie_letters(values, low, high, direction if ranked else "", floor)
    cells = [
        Cell(
            words.shown(row.get("mean")),
            interval(row.get("ci95_low"), row.get("ci95_high"), words.digits, words.scale),
            marks,
            BEST in marks,
        )
        for row, marks in zip(rows, letters, strict=True)
    ]
    return (
        metric_heading(metric),
        floor_words([row.get("real_floor") for row in rows], metric),
        cells,
    )


def metric_heading(metric: str) -> str:
    """A metric's short name, and an arrow to where it is better."""
    return f"{metric_words(metric).short} {ARROWS[metric_direction(metric)]}".rstrip()


def gain_table(
    entries: Sequence[RunScores],
    names: Sequence[str],
    heading: str = "generator",
    ranked: bool = True,
) -> ScoreTable:
    """One row a recognizer and run: accuracy with and without synthetic clips; arguments as in
    :func:`metric_tables`."""
    table = []
    rows = [(place, row) for place, entry in enumerate(entries) for row in entry.gains]
    for recognizer in sorted({row["recognizer"] for _, row in rows}):
        group = [(place, row) for place, row in rows if row["recognizer"] == recognizer]
        group.sort(key=lambda item: _descending(item[1]["gain"]))
        gain, low, high = (
            [number(row[key]) for _, row in group] for key in ("gain", "low", "high")
        )
        letters = tie_letters(gain, low, high, "higher" if ranked else "")
        for (place, row), marks in zip(group, letters, strict=True):
            texts = (
                f"{row['n_real']:,} real + {row['n_synthetic']:,} synthetic",
                f"{row['steps']:,}",
                str(row["seeds"]),
                "" if is_undefined(row["varies"]) else str(row["varies"]),
            )
            table.append(
                (
                    place,
                    (
                        Cell(recognizer),
                        Cell(names[place]),
                        *(Cell(shown(row[key], 1, " %")) for key in ("real", "augmented")),
                        Cell(
                            points(row["gain"]),
                            points_interval(row["low"], row["high"]),
                            marks,
                            BEST in marks,
                        ),
                        *map(Cell, texts),
                    ),
                )
            )
    headings = ("recognizer", heading, "real only", "real + synthetic", "gain ↑ (points)",
                "training clips", "steps", "seeds", "interval over")  # fmt: skip
    return ScoreTable(headings, tuple(table), name=1)


def floor_words(cells: Sequence[object], metric: str) -> str:
    """The floor of a section; the range of floors where runs differ in their draws."""
    words = metric_words(metric)
    values = sorted({number(cell) for cell in cells if not is_undefined(cell)})
    texts = list(dict.fromkeys(words.shown(value) for value in values[:1] + values[-1:]))
    return " to ".join(texts) if texts else "–"


def _descending(cell: object) -> tuple[bool, float]:
    value = number(cell)
    return (True, 0.0) if math.isnan(value) else (False, -value)
