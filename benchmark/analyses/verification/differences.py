"""What two files hold differently: tables cell by cell, JSON value by value, pages line by line.

Everywhere ``says`` is the file in question and ``should`` the one that was derived again.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.engine.keys import file_sha256

NOT_THERE = "not there"


@dataclass(frozen=True)
class Difference:
    """One place in a file; ``row``, ``column`` as of a finding."""

    says: str
    should_be: str
    row: int | None = None
    column: str = ""

    @property
    def is_cell(self) -> bool:
        """Whether one cell of a table differs, and not the table's shape."""
        return self.row is not None and bool(self.column)


@dataclass(frozen=True)
class Comparison:
    """What came of comparing two files.

    Attributes:
        differences: none where they say the same.
        compared: cells, values, lines or array elements that were looked at.
        drift: largest relative difference among the numbers that were let pass as equal.
    """

    differences: tuple[Difference, ...] = ()
    compared: int = 0
    drift: float = 0.0


def compare_tables(says: Path, should: Path) -> Comparison:
    """Two CSV files, each cell as it is written.

    Columns that only one of them has are one difference each, and so is another number of rows:
    then the first row that differs is shown, and no cells.
    """
    try:
        header, rows = _table(says)
    except (UnicodeDecodeError, csv.Error) as error:
        return Comparison((Difference(f"no table: {error}", "a CSV file"),))
    expected_header, expected = _table(should)
    found = list(_header(header, expected_header))
    if len(rows) != len(expected):
        found.append(_row_count(rows, expected))
        return Comparison(tuple(found))
    columns = [
        (name, header.index(name), place)
        for place, name in enumerate(expected_header)
        if name in header
    ]
    width = len(header)
    for number, (row, right) in enumerate(zip(rows, expected, strict=True), start=1):
        if len(row) != width:
            found.append(Difference(f"{len(row)} cells", f"{width} cells", number))
            continue
        found += [
            Difference(row[here], right[there], number, name)
            for name, here, there in columns
            if row[here] != right[there]
        ]
    if not found and says.read_bytes() != should.read_bytes():
        found.append(Difference("the same cells, written otherwise", "the same bytes"))
    return Comparison(tuple(found), compared=len(rows) * len(columns))


def compare_json(says: Path, should: Path, tolerance: float = 0.0) -> Comparison:
    """Two JSON files; numbers may differ by ``tolerance``, relative to the larger one."""
    try:
        here = json.loads(says.read_text(encoding="utf-8"))
    except ValueError as error:
        return Comparison((Difference(f"no JSON: {error}", "a JSON file"),))
    return compare_values(here, json.loads(should.read_text(encoding="utf-8")), tolerance)


def compare_values(says: Any, should: Any, tolerance: float = 0.0, path: str = "") -> Comparison:
    """Two values as JSON knows them; a difference's ``column`` is its path below ``path``."""
    found: list[Difference] = []
    compared, drift = 0, 0.0
    for place, here, there in _leaves(says, should, path):
        compared += 1
        if _same(here, there):
            continue
        away = relative_difference(here, there)
        if away <= tolerance:
            drift = max(drift, away)
        else:
            found.append(Difference(_shown(here), _shown(there), column=place))
    return Comparison(tuple(found), compared, drift)


def compare_pages(says: Path, should: Path) -> Comparison:
    """Two text files line by line; where one is longer, the first line that differs."""
    here = says.read_text(encoding="utf-8", errors="replace").splitlines()
    there = should.read_text(encoding="utf-8").splitlines()
    pairs = enumerate(zip(here, there, strict=False), start=1)
    found = [Difference(mine, yours, line) for line, (mine, yours) in pairs if mine != yours]
    if len(here) != len(there):
        line = found[0].row if found else None
        longer = Difference(f"{len(here)} lines", f"{len(there)} lines", line)
        found = [*found[:1], longer]
    elif not found and says.read_bytes() != should.read_bytes():
        found = [Difference("the same lines, written otherwise", "the same bytes")]
    return Comparison(tuple(found), max(len(here), len(there)))


def compare_bytes(says: Path, should: Path) -> Comparison:
    """Two files of any kind, by their hash."""
    here, there = file_sha256(says), file_sha256(should)
    found = () if here == there else (Difference(f"SHA-256 {here}", f"SHA-256 {there}"),)
    return Comparison(found, compared=1)


def relative_difference(here: Any, there: Any) -> float:
    """``|a - b| / max(|a|, |b|)`` of two finite numbers, infinite for anything else."""
    numbers = (here, there)
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in numbers):
        return math.inf
    if not all(math.isfinite(one) for one in numbers):
        return math.inf
    largest = max(abs(here), abs(there))
    return abs(here - there) / largest if largest else 0.0


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    text = path.read_bytes().decode("utf-8")
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    return header, rows


def _header(says: list[str], should: list[str]) -> Iterator[Difference]:
    for name in should:
        if name not in says:
            yield Difference(NOT_THERE, "a column of the table", column=name)
    for name in says:
        if name not in should:
            yield Difference("a column", "no such column", column=name)
    if sorted(says) == sorted(should) and says != should:
        yield Difference(f"columns {','.join(says)}", f"columns {','.join(should)}")


def _row_count(says: list[list[str]], should: list[list[str]]) -> Difference:
    pairs = enumerate(zip(says, should, strict=False), start=1)
    first = next((number for number, (here, there) in pairs if here != there), None)
    place = min(len(says), len(should)) + 1 if first is None else first
    return Difference(f"{len(says)} rows", f"{len(should)} rows", place)


def _leaves(says: Any, should: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Every place of either value with what is in both; :data:`NOT_THERE` in its stead."""
    if isinstance(says, dict) and isinstance(should, dict):
        for key in _union(says, should):
            place = f"{path}.{key}" if path else str(key)
            yield from _leaves(says.get(key, NOT_THERE), should.get(key, NOT_THERE), place)
    elif isinstance(says, list) and isinstance(should, list) and len(says) == len(should):
        for number, (here, there) in enumerate(zip(says, should, strict=True)):
            yield from _leaves(here, there, f"{path}[{number}]")
    else:
        yield path, says, should


def _union(here: Iterable[str], there: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*there, *here]))


def _same(here: Any, there: Any) -> bool:
    """Equal, where ``1`` and ``True``, or ``1`` and ``1.0``, are not; NaN is NaN."""
    return type(here) is type(there) and (here == there or (here != here and there != there))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"
