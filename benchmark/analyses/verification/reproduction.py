"""Reference results made anew by their commands, and held against what is committed."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.analyses.verification.differences import compare_folders
from benchmark.analyses.verification.finding import CHANGED_CODE, Finding
from benchmark.analyses.verification.reference_folders import ReferenceFolder, Source
from benchmark.records.tables import MEASURED

ANEW = "anew"
"""Folder of the files that are compared, below the results of a folder's commands."""
FOUND = MEASURED | {"predicted"}
"""Columns that say what came out; the others say of what."""

CarryOut = Callable[[Sequence[str]], int]
"""Carries out a command, given its arguments; its exit code."""


@dataclass(frozen=True)
class Reproduced:
    """What came of a folder.

    Attributes:
        folder: that it is about.
        failed: the command that ended with another exit code than 0, after which no other was
            carried out; empty where there was none.
        equal: files that are the same bytes.
        findings: of the others: what is committed, and what was made.
    """

    folder: ReferenceFolder
    failed: str = ""
    equal: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all commands ended well and every file came out byte-equal."""
        return not self.failed and not self.findings


def reproduce(
    folder: ReferenceFolder, reference: Path, out: Path, carry_out: CarryOut | None = None
) -> Reproduced:
    """Carry out the commands of a folder and compare its files, byte by byte; what differs is
    listed cell by cell.

    Args:
        reference: where the committed folders lie.
        out: folder of the commands' results; what is there already is not made again.
        carry_out: without, each command is a process of its own, on this one's terminal.
    """
    for words in folder.words(out):
        if (carry_out or _process)([one for word in words for one in _expanded(word)]):
            return Reproduced(folder, failed=" ".join(words))
    committed, anew = reference / folder.name, out / ANEW
    for name, source in folder.files.items():
        (anew / name).parent.mkdir(parents=True, exist_ok=True)
        (anew / name).unlink(missing_ok=True)
        _bring(committed / name, anew / name, source, out)
    checked = compare_folders(committed, anew, folder.files, severity=CHANGED_CODE)
    different = {finding.file for finding in checked.findings}
    return Reproduced(
        folder,
        equal=tuple(name for name in folder.files if name not in different),
        findings=checked.findings,
    )


def largest_difference(findings: Iterable[Finding]) -> float:
    """The largest relative difference of two numbers among findings, infinite where something is no
    number; 0 of none."""
    return max((_apart(one.says, one.should_be) for one in findings), default=0.0)


def _apart(says: str, should_be: str) -> float:
    try:
        here, there = float(says), float(should_be)
    except ValueError:
        return math.inf
    largest = max(abs(here), abs(there))
    return abs(here - there) / largest if math.isfinite(largest) and largest else math.inf


def _process(words: Sequence[str]) -> int:
    return subprocess.run([sys.executable, "-m", "benchmark", *words], check=False).returncode


def _expanded(word: str) -> list[str]:
    """The paths that a word stands for, as a shell has them; itself where there is none."""
    folder, star, rest = word.partition("*")
    if not star:
        return [word]
    above = Path(folder) if folder.endswith("/") else Path(folder).parent
    pattern = f"{folder.rpartition('/')[2]}*{rest}"
    return sorted(map(str, above.glob(pattern))) or [word]


def _bring(committed: Path, anew: Path, source: Source, out: Path) -> None:
    """Put what the commands made of a file to where it is compared; nothing where they made none,
    or several that one file cannot be."""
    found = sorted(out.glob(source.pattern))
    if source.rows:
        _bring_rows(committed, anew, found)
    elif len(found) == 1:
        anew.write_bytes(found[0].read_bytes())


def _bring_rows(committed: Path, anew: Path, tables: Sequence[Path]) -> None:
    """The rows of a committed table as the tables of several runs have them: those that agree in
    every cell that does not say what came out."""
    with committed.open(encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    names = [place for place, name in enumerate(columns) if name not in FOUND]

    def which(row: Sequence[str]) -> tuple[str, ...]:
        return tuple(row[place] for place in names)

    made: dict[tuple[str, ...], list[str]] = {}
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            own, *others = csv.reader(file)
        if own == columns:
            made.update((which(row), row) for row in others)
    with anew.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(made[which(row)] for row in rows if which(row) in made)
