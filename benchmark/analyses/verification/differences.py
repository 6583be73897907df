"""What two files hold differently: tables cell by cell, pages line by line, the rest by place.

``says`` is the file in question, ``should`` the one that was derived again.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from benchmark.analyses.verification.finding import MISSING, WRONG, Checked, Finding
from benchmark.engine.keys import file_sha256
from skeletons.arrays import Float64Array
from skeletons.formats.array_pickles import UNREADABLE, load_arrays

NOT_THERE = "not there"
TOLERANCE = {".npz": 1e-4, ".json": 1e-6}
"""Of features, body measures and metrics of another machine, or of other libraries."""
Pairs = Iterator[tuple[int | None, str, Any, Any]]
"""Row, column, what is there and what should be."""


def compare_folders(
    says: Path,
    should: Path,
    names: Iterable[str],
    place: str = "",
    severity: str = WRONG,
    exact: bool = True,
) -> Checked:
    """Files of a folder and what they should hold.

    Args:
        place: of the folder ``says``, as findings name it.
        severity: of what differs; a file that is wrong for not being there is missing.
        exact: to the last bit; else floats may be off by :data:`TOLERANCE`, relative to the larger
            of the element and the array's root mean square, so that elements near zero do not count
            beyond what they weigh.
    """
    return Checked.together(
        place,
        (
            compare_values(
                _pairs(says / name, should / name),
                f"{place}/{name}".lstrip("/"),
                MISSING if severity == WRONG and not (says / name).is_file() else severity,
                0.0 if exact else TOLERANCE.get(Path(name).suffix, 0.0),
            )
            for name in names
        ),
    )


def compare_values(
    pairs: Pairs, place: str, severity: str = WRONG, tolerance: float = 0.0
) -> Checked:
    """Pairs of values, such as those of :func:`leaves`."""
    found: list[Finding] = []
    compared, drift = 0, 0.0
    for row, column, here, there in pairs:
        compared += int(np.size(there))
        alike = type(here) is type(there)
        if alike and not isinstance(here, np.ndarray) and here == there:
            continue
        mine, yours = np.asarray(here), np.asarray(there)
        if not alike or mine.shape != yours.shape or mine.dtype.kind != yours.dtype.kind:
            found.append(Finding(severity, place, _shown(here), _shown(there), row, column))
            continue
        away = _deviation(mine, yours)
        worst, beyond = float(away.max(initial=0.0)), int((away > tolerance).sum())
        if not beyond:
            drift = max(drift, worst)
            continue
        if away.ndim:
            index = np.unravel_index(int(away.argmax()), away.shape)
            column += f"[{', '.join(str(int(one)) for one in index)}]"
            column += f" (the worst of {beyond:,})" if beyond > 1 else ""
            here, there = mine[index].item(), yours[index].item()
        found.append(Finding(severity, place, _shown(here), _shown(there), row, column))
    return Checked(place, tuple(found), compared=compared, drift=drift)


def leaves(says: Any, should: Any, path: str = "") -> Pairs:
    """Every place of two values as JSON or arrays; :data:`NOT_THERE` where one has none."""
    if isinstance(says, dict) and isinstance(should, dict):
        for key in dict.fromkeys((*should, *says)):
            place = f"{path}.{key}" if path else str(key)
            yield from leaves(says.get(key, NOT_THERE), should.get(key, NOT_THERE), place)
    elif isinstance(says, list) and isinstance(should, list) and len(says) == len(should):
        for number, (here, there) in enumerate(zip(says, should, strict=True)):
            yield from leaves(here, there, f"{path}[{number}]")
    else:
        yield None, path, says, should


def _pairs(says: Path, should: Path) -> Pairs:
    if not (says.is_file() and should.is_file()):
        one, other = ("a file", NOT_THERE) if says.is_file() else (NOT_THERE, "a file")
        yield None, "", one, other
        return
    read = READERS.get(says.suffix)
    if read is None:
        yield None, "", f"SHA-256 {file_sha256(says)}", f"SHA-256 {file_sha256(should)}"
        return
    try:
        here = read(says)
    except (*UNREADABLE, OSError, BadZipFile, csv.Error) as error:
        yield None, "", f"is not a {says.suffix} file: {error}", "a file that can be read"
        return
    if read not in (_table, _page):
        yield from leaves(here, read(should))
        return
    pairs = list(_rows(here, read(should)))
    yield from pairs
    if (
        all(here == there for _, _, here, there in pairs)
        and says.read_bytes() != should.read_bytes()
    ):
        yield None, "", "the same cells, written otherwise", "the same bytes"


def _rows(says: list[dict[str, str]], should: list[dict[str, str]]) -> Pairs:
    """Two tables: columns that one of them lacks, then another number of rows at the first that
    differs or each cell."""
    columns, others = ({name: None for row in rows for name in row} for rows in (says, should))
    for name in dict.fromkeys((*others, *columns)) if says and should else ():
        if name not in columns:
            yield None, name, NOT_THERE, "a column"
        elif name not in others:
            yield None, name, "a column", NOT_THERE
    both = [name for name in others if name in columns]
    if len(says) != len(should):
        pairs = enumerate(zip(says, should, strict=False), start=1)
        least = min(len(says), len(should)) + 1
        first = next((number for number, (here, there) in pairs if here != there), least)
        yield first, "", f"{len(says)} rows", f"{len(should)} rows"
        return
    for number, (here, there) in enumerate(zip(says, should, strict=True), start=1):
        yield from ((number, name, here[name], there[name]) for name in both)


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, restkey="more cells", restval=NOT_THERE))


def _page(path: Path) -> list[dict[str, str]]:
    return [{"": line} for line in path.read_text("utf-8", errors="replace").splitlines()]


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    with np.load(path, allow_pickle=False) as stored:
        return dict(stored)


def _annotations(path: Path) -> Mapping[str, Any]:
    """A file of annotations, of which nothing is executed, clip by clip."""
    content = load_arrays(path.read_bytes())
    clips = {f"'{one['frame_dir']}'": one for one in content["annotations"]}
    return {"split": content["split"], "clips": list(clips), **clips}


READERS = {
    ".csv": _table,
    ".npz": _arrays,
    ".json": _json,
    ".pkl": _annotations,
    **dict.fromkeys((".md", ".html", ".yaml"), _page),
}


def _deviation(here: NDArray[Any], there: NDArray[Any]) -> Float64Array:
    """How far each element is from what it should be; 0 or infinite for what is no float. NaN in
    both places is no difference."""
    if there.dtype.kind != "f" or here.dtype.kind != "f":
        return np.asarray(np.where(here == there, 0.0, np.inf))
    mine, yours = here.astype(np.float64), there.astype(np.float64)
    finite = yours[np.isfinite(yours)]
    weight = np.maximum(np.abs(yours), np.sqrt(np.square(finite).mean()) if finite.size else 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.abs(mine - yours) / weight
    same = (mine == yours) | (np.isnan(mine) & np.isnan(yours))
    return np.asarray(np.where(same, 0.0, np.where(np.isfinite(away), away, np.inf)))


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {list(value.shape)}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"
