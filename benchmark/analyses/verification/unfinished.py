"""Sweeps that are under way or were stopped: what they have not made yet is not missing."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmark.analyses.verification.finding import UNFINISHED, Checked, Finding
from benchmark.experiment.api import SWEEP_FILE
from benchmark.experiment.sweep import Sweep
from benchmark.records.fingerprint import RECORD
from benchmark.spec import read_yaml_mapping
from skeletons.errors import InputError


@dataclass(frozen=True)
class UnfinishedSweep:
    """A sweep with runs of which its table does not tell.

    Attributes:
        folder: its own.
        made: names of its runs that have ended.
        unmade: names of those that have not.
    """

    folder: Path
    made: frozenset[str]
    unmade: frozenset[str]

    def checked(self, out: Path) -> Checked:
        """The line of verification."""
        count = len(self.made) + len(self.unmade)
        told = f"{len(self.made):,} of {count:,} runs have ended"
        place = self.folder.relative_to(out).as_posix()
        to_come = "the other runs and its tables" if self.unmade else "its tables"
        finding = Finding(UNFINISHED, place, told, to_come)
        return Checked(f"sweep {self.folder.name}", (finding,))


def read_sweep(folder: Path, data_root: Path | None) -> Sweep:
    """The sweep that a folder says was begun; :class:`InputError` where it cannot be read."""
    sweep = Sweep.parse(read_yaml_mapping(folder / SWEEP_FILE), folder.name)
    return sweep.with_data(data_root)


def unfinished_sweeps(out: Path, data_root: Path | None) -> list[UnfinishedSweep]:
    """The sweeps below a results folder that have runs of which their tables do not tell.

    A run that a table tells of and that is gone is missing: its sweep was finished.
    """
    found = []
    for path in sorted(out.glob(f"sweeps/*/{SWEEP_FILE}")):
        try:
            points = read_sweep(path.parent, data_root).points()
        except InputError:  # said where its tables are built again
            continue
        names = {spec.folder_name for one in points if not one.problem for spec in one.specs}
        if names <= runs_in(path.parent / "sweep.csv"):
            continue
        made = {name for name in names if (out / "runs" / name / RECORD).is_file()}
        found.append(UnfinishedSweep(path.parent, frozenset(made), frozenset(names - made)))
    return found


def not_told_yet(sweeps: Iterable[UnfinishedSweep], leaderboard: Path) -> set[str]:
    """Runs of these that have ended since the leaderboard was written."""
    return {name for sweep in sweeps for name in sweep.made} - runs_in(leaderboard)


def runs_in(table: Path) -> set[str]:
    """Names of the runs that a table over many runs tells of; none where there is no such table."""
    try:
        with table.open(encoding="utf-8", newline="") as file:
            return {row["run"] for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, KeyError, csv.Error):
        return set()
