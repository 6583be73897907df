"""Two files compared by what they hold, as their names tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmark.analyses.verification.array_differences import compare_arrays, compare_clips
from benchmark.analyses.verification.differences import (
    NOT_THERE,
    Comparison,
    Difference,
    compare_bytes,
    compare_json,
    compare_pages,
    compare_tables,
)
from skeletons.clips import ClipSet

ARRAYS_TOLERANCE = 1e-4
"""Of features and body measures that were made on another machine, or with other libraries."""
NUMBERS_TOLERANCE = 1e-6
"""Of metrics, likewise."""


def compare_files(
    says: Path,
    should: Path,
    what: str,
    exact: bool = True,
    clips: Callable[[], ClipSet | None] = lambda: None,
) -> Comparison:
    """A file and what it should hold.

    Args:
        what: it is, for the message where only one of them is there.
        exact: to the last bit; else floats in arrays and JSON may be off by a tolerance.
        clips: those of a file of annotations, where they are known: two such files may hold the
            same clips in other bytes.
    """
    if not says.is_file():
        return Comparison((Difference(NOT_THERE, what),))
    if not should.is_file():
        return Comparison((Difference(what, "no such file"),))
    match says.suffix:
        case ".csv":
            return compare_tables(says, should)
        case ".npz":
            return compare_arrays(says, should, 0.0 if exact else ARRAYS_TOLERANCE)
        case ".json":
            return compare_json(says, should, 0.0 if exact else NUMBERS_TOLERANCE)
        case ".md" | ".html" | ".yaml":
            return compare_pages(says, should)
    compared = compare_bytes(says, should)
    known = clips() if says.suffix == ".pkl" and compared.differences else None
    return compared if known is None else compare_clips(says, known)
