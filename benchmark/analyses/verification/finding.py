"""What verification finds: one record a difference, with what stands there and what should."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from benchmark.records.tables import write_table
from skeletons.errors import InputError

WRONG = "wrong"
"""It does not follow from what is stored."""
CHANGED_CODE = "changed code"
"""It was made by other code or libraries than today's, which would make something else."""
MISSING = "missing"
"""It cannot be derived again, for something that it rests on is gone."""
UNFINISHED = "unfinished"
"""It was not made yet: a sweep is under way, or was stopped."""
UNHASHED = "unhashed"
"""The store does not say what the file should hold."""

SEVERITIES = (WRONG, MISSING, UNFINISHED, CHANGED_CODE, UNHASHED)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        severity: one of :data:`SEVERITIES`.
        file: relative to the results folder.
        says: what is there.
        should_be: what follows from the store.
        row: of a table, counted from 1 below its header; of a page, the line; None for the whole.
        column: of a table; of a JSON file the path inside it, of arrays the array.
    """

    severity: str
    file: str
    says: str
    should_be: str
    row: int | None = None
    column: str = ""

    @property
    def where(self) -> str:
        """File, row and column in words."""
        parts = [self.file]
        if self.row is not None:
            parts.append(f"row {self.row}" if self.column else f"line {self.row}")
        if self.column:
            parts.append(f"column '{self.column}'" if self.row is not None else self.column)
        return ", ".join(parts)


@dataclass(frozen=True)
class Checked:
    """What came of something that was checked: a file, an artefact, a run, the leaderboard.

    Attributes:
        artefacts: in the store, that it rests on and that are there.
        derived: artefacts that were derived again.
        compared: cells and values that were compared.
        drift: largest relative difference that was let pass: the machine is another.
    """

    name: str = ""
    findings: tuple[Finding, ...] = ()
    artefacts: int = 0
    derived: int = 0
    compared: int = 0
    drift: float = 0.0

    @classmethod
    def together(cls, name: str, parts: Iterable[Checked]) -> Checked:
        """The sum of several; equal findings are one."""
        every = tuple(parts)
        return cls(
            name,
            tuple(dict.fromkeys(finding for one in every for finding in one.findings)),
            artefacts=sum(one.artefacts for one in every),
            derived=sum(one.derived for one in every),
            compared=sum(one.compared for one in every),
            drift=max((one.drift for one in every), default=0.0),
        )


COLUMNS = tuple(field.name for field in fields(Finding))


def write_findings(path: Path, findings: Iterable[Finding]) -> None:
    """Write findings as CSV, one a row; :class:`InputError` where that cannot be."""
    try:
        write_table(path, COLUMNS, (asdict(finding) for finding in findings))
    except OSError as error:
        raise InputError(f"cannot write '{path}': {error.strerror or error}") from error
