"""Every recognizer in every arm over several runs: a table, a file and a picture of the gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.comparisons.arm_gains import AUGMENTED, CONTROL, PAIRED_COLUMNS
from benchmark.comparisons.run_arms import arm_rows
from benchmark.records.display_names import arm_words, points, points_interval, shown
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import is_undefined, write_table
from benchmark.reports.figures.arm_gains import plot_arms
from benchmark.reports.markdown import markdown_table
from benchmark.reports.score_cells import Cell
from benchmark.reports.score_tables import marked

SHOWN_ELSEWHERE = {CONTROL, AUGMENTED}
"""Arms that the table of gains has."""
ARMS_COLUMNS = ("value", "run", *PAIRED_COLUMNS, "top1", "n_real", "n_synthetic", "steps")
LEGEND = """\
Top-1 accuracy of the control on the same real test clips, mean over training seeds, and for each \
other arm the difference to it in percentage points, paired by test clip and seed, with its 95 % \
interval (over what `arms.csv` names: people, where it is known who made the clips). Differences \
whose interval leaves out 0 are **bold**. The last row of a run is the mean over its recognizers; \
its interval takes these recognizers as given.
"""


def has_more_arms(runs: Sequence[RunFolder]) -> bool:
    """Whether a table of arms tells more than that of gains."""
    return any(set(run.downstream["arm"]) - SHOWN_ELSEWHERE for run in runs)


def arms_cells(
    rows: Sequence[Mapping[str, Any]], heading: str
) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Headings, and cells: a row for each run and recognizer, a column for each arm."""
    arms = [arm for arm in dict.fromkeys(row["arm"] for row in rows) if arm != CONTROL]
    sizes = ("seeds", "clips", "people")
    lines = []
    for value, recognizer in dict.fromkeys((row["value"], row["recognizer"]) for row in rows):
        cells = {
            row["arm"]: row
            for row in rows
            if (row["value"], row["recognizer"]) == (value, recognizer)
        }
        compared = [cells[arm] for arm in arms if arm in cells]
        lines.append(
            (
                Cell(value),
                Cell(recognizer),
                Cell(shown(cells.get(CONTROL, {}).get("top1"), 1, " %", 100.0)),
                *(_difference(cells.get(arm, {})) for arm in arms),
                *(Cell(_several(compared, key)) for key in sizes),
            )
        )
    return (heading, "recognizer", arm_words(CONTROL), *map(arm_words, arms), *sizes), lines


def arms_table(rows: Sequence[Mapping[str, Any]], heading: str) -> str:
    """The cells of :func:`arms_cells` in Markdown."""
    headings, lines = arms_cells(rows, heading)
    return markdown_table([headings, *([marked(cell) for cell in cells] for cells in lines)])


def rows_of_runs(runs: Mapping[str, RunFolder]) -> list[dict[str, Any]]:
    """The rows of ``arms.csv`` of runs by their place in a sweep."""
    return [row for value, run in runs.items() for row in arm_rows(value, run)]


def write_arms(
    folder: Path, rows: Sequence[Mapping[str, Any]], heading: str, title: str
) -> list[str]:
    """Write ``arms.csv`` and ``plots/arms.png``.

    Args:
        rows: of :func:`rows_of_runs`.

    Returns:
        Blocks of Markdown: what is shown, the table, the picture.
    """
    filled = ({key: row.get(key, "") for key in ARMS_COLUMNS} for row in rows)
    write_table(folder / "arms.csv", ARMS_COLUMNS, filled)
    plot_arms(rows, folder / "plots" / "arms.png", title)
    return [LEGEND.strip(), arms_table(rows, heading), "![gains by arm](plots/arms.png)"]


def _difference(row: Mapping[str, Any]) -> Cell:
    value = row.get("difference")
    if value is None or is_undefined(value):
        return Cell(shown(value, 1))
    low, high = float(row["ci95_low"]), float(row["ci95_high"])
    return Cell(points(value), points_interval(low, high), bold=low > 0.0 or high < 0.0)


def _several(rows: Sequence[Mapping[str, Any]], key: str) -> str:
    values = sorted({int(row[key]) for row in rows if not is_undefined(row.get(key))})
    return " to ".join(f"{value:,}" for value in dict.fromkeys(values[:1] + values[-1:])) or "–"
