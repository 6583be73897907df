"""The tables of a run: their columns, how they are written and how they are read back.

A cell that has no value says why: ``undefined (one clip in class 'throw')``. Such cells travel as
text through every table; :func:`number` and :func:`numbers` turn them into NaN where arithmetic
needs it.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.engine.store import write_atomically
from skeletons.errors import InputError

_RUN = ("dataset", "split", "generator")
_JUDGED = (*_RUN, "extractor")
METRICS_COLUMNS = (*_JUDGED, "reference", "metric", "repetition", "generator_seed", "value")
FLOOR_COLUMNS = ("real_floor", "real_floor_low", "real_floor_high")
"""What real clips score, and the 95 % interval of that."""
SUMMARY_COLUMNS = (
    *_JUDGED, "reference", "metric", "mean", "ci95_low", "ci95_high", "varies", "repetitions",
    *FLOOR_COLUMNS,
)  # fmt: skip
SCORE_COLUMNS = ("mean", "ci95_low", "ci95_high", "real_floor")
"""What a row of the summary says of a metric, without the floor's interval."""
NO_JUDGE = "none"
"""The ``extractor`` of metrics of the body, which look at joints alone."""
DOWNSTREAM_COLUMNS = (
    *_RUN, "recognizer", "arm", "seed", "generator_seed", "top1", "n_real", "n_synthetic", "steps",
)  # fmt: skip
TWO_SAMPLE_COLUMNS = (
    *_RUN, "network", "clips", "against", "accuracy", "ci95_low", "ci95_high", "p_value", "auc",
    "n",
)  # fmt: skip
"""``clips``: ``synthetic``, or ``real`` ones of other people, for the floor."""
CLASSES_COLUMNS = (*_JUDGED, "reference", "metric", "class", "n", "value")
CONFUSION_COLUMNS = (*_JUDGED, "asked", "recognized", "clips")
FEATURE_MAP_COLUMNS = (*_JUDGED, "kind", "class", "x", "y", "x_share", "y_share")
"""``kind``: ``real`` or ``synthetic``; a row a clip, see :mod:`metrics.feature_map`."""
PREDICTIONS_COLUMNS = (
    "recognizer", "arm", "seed", "generator_seed", "clip_id", "subject", "label", "predicted",
)  # fmt: skip
BASE_NOVEL_COLUMNS = (
    "recognizer", "arm", "seed", "generator_seed", "novel", "novel_of_all", "base_of_all",
    "all_of_all",
)  # fmt: skip
"""Accuracy of novel test clips with the novel classes to choose from, and of novel, base and all
ones with every class."""

UNDEFINED = "undefined"
"""How a cell without a value begins; the reason follows in brackets."""

WHOLE_NUMBERS = frozenset({
    "repetition", "repetitions", "seed", "seeds", "generator_seed", "n_real", "n_synthetic",
    "steps", "label", "predicted", "n", "clips",
})  # fmt: skip
WORDS: Mapping[tuple[str, ...], str] = {TWO_SAMPLE_COLUMNS: "clips"}
"""A column of words in a table, under whose name other tables have whole numbers."""
MEASURED = frozenset({
    "value", "top1", "accuracy", "p_value", "auc", "x", "y", "x_share", "y_share",
    *SCORE_COLUMNS, *FLOOR_COLUMNS, *BASE_NOVEL_COLUMNS[4:],
})  # fmt: skip


def undefined(reason: str) -> str:
    """The cell of a value that does not exist, such as ``undefined (no clip of class 'throw')``."""
    return f"{UNDEFINED} ({reason})"


def is_undefined(cell: object) -> bool:
    """Whether a cell is missing: text that says so, empty, None or NaN."""
    if cell is None or cell == "":
        return True
    if isinstance(cell, str):
        return cell.startswith(UNDEFINED)
    return isinstance(cell, float | np.floating) and math.isnan(cell)


def reason_of(cell: object) -> str:
    """Why a cell is undefined, or ``""`` where nobody said."""
    text = cell if isinstance(cell, str) else ""
    return text.removeprefix(UNDEFINED).strip().removeprefix("(").removesuffix(")")


def number(cell: Any) -> float:
    """A cell as a float; NaN where it is undefined.

    Raises:
        InputError: text that is neither a number nor ``undefined (...)``.
    """
    if is_undefined(cell):
        return math.nan
    try:
        return float(cell)
    except (TypeError, ValueError) as error:
        raise InputError(f"'{cell}' is neither a number nor '{UNDEFINED} (reason)'") from error


def score_of(row: Any, scale: float = 1.0) -> tuple[float, float, float, float]:
    """The ``SCORE_COLUMNS`` of a row as floats times ``scale``, NaN where undefined or missing."""
    mean, low, high, floor = (number(row.get(name)) * scale for name in SCORE_COLUMNS)
    return mean, low, high, floor


def numbers(column: pd.Series[Any]) -> pd.Series[float]:
    """A column as float64, NaN where a cell is undefined."""
    return pd.Series([number(cell) for cell in column], index=column.index, dtype=float)


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV file in one step: readers see the old file or the new one, never a part.

    Floats are written so that reading them gives the same bits, and equal rows give equal bytes.
    A NaN becomes an ``undefined`` cell.

    Raises:
        ValueError: a row that lacks a column or has one that the table has not.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    expected = set(columns)
    for row in rows:
        if row.keys() != expected:
            odd = sorted(expected.symmetric_difference(row.keys()))
            raise ValueError(f"{path.name}: a row and the columns differ in {', '.join(odd)}")
        writer.writerow([_text(row[column]) for column in columns])
    write_text(path, buffer.getvalue())


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8, ``\\n``) in one step."""
    write_atomically(path, text.encode("utf-8"))


def read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a table of a run: whole numbers as int64, measured values as float64.

    A measured column with an undefined cell holds floats and the texts of its undefined cells. A
    file that does not exist gives a table without rows, since a run may have ended before it.

    Raises:
        InputError: the file lacks a column of the contract, or a cell is no number.
    """
    if not path.exists():
        return pd.DataFrame({column: [] for column in columns})
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a table: {str(error).splitlines()[0]}") from error
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(
            f"{path} has no column '{missing[0]}'; was it written by an older version?"
        )
    words = WORDS.get(columns)
    return pd.DataFrame(
        {
            name: table[name] if name == words else _typed(table[name], name, path)
            for name in table.columns
        }
    )


def _typed(column: pd.Series[Any], name: str, path: Path) -> pd.Series[Any]:
    try:
        if name in WHOLE_NUMBERS:
            return column.astype("int64")
        return _measured(column) if name in MEASURED else column
    except (ValueError, InputError) as error:
        raise InputError(f"{path}, column '{name}': {error}") from error


def _measured(column: pd.Series[Any]) -> pd.Series[Any]:
    cells = [cell if is_undefined(cell) else number(cell) for cell in column]
    if any(isinstance(cell, str) for cell in cells):
        return pd.Series(cells, index=column.index, dtype=object)
    return pd.Series(cells, index=column.index, dtype=float)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return undefined("not a number") if math.isnan(value) else repr(float(value))
    text = str(value)
    if isinstance(value, str) or text.startswith(UNDEFINED):
        return text
    raise TypeError(f"a table cell cannot hold a {type(value).__name__}")
