"""The runs along one axis of a sweep: their names, their notes, and whether they may be ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.comparisons.run_scores import RunScores, SweepPoint
from benchmark.records.comparable import comparable_sets
from benchmark.records.run_folder import RunFolder
from benchmark.reports.score_tables import data_notes, footnotes


@dataclass(frozen=True)
class SweepAxis:
    """What the tables of an axis show.

    Attributes:
        entries: a run, or its trainings, a point.
        names: values of the axis.
        marked_names: the same with the numbers of their notes.
        notes: sentences that the tables must carry.
        fair: whether all were measured on the same data by the same means.
        measured: a run whose metrics were measured, None where there is none.
    """

    entries: tuple[RunScores, ...]
    names: tuple[str, ...]
    marked_names: tuple[str, ...]
    notes: tuple[str, ...]
    fair: bool
    measured: RunFolder | None

    @property
    def has_gains(self) -> bool:
        """Whether a recognizer was trained in any of its runs."""
        return any(entry.gains for entry in self.entries)


def runs_by_name(points: Sequence[SweepPoint]) -> dict[str, RunFolder]:
    """The first run of each point by its value; where several runs have that value on other axes,
    by axis and value."""
    named: dict[str, set[str]] = {}
    for point in points:
        named.setdefault(point.value, set()).add(point.scores.run.name)
    runs = {}
    for point in points:
        alone = len(named[point.value]) == 1
        runs[point.value if alone else f"{point.axis}: {point.value}"] = point.scores.run
    return runs


def sweep_axis(points: Sequence[SweepPoint]) -> SweepAxis:
    """The points of one axis, in its order."""
    entries = [point.scores for point in points]
    measured = [entry.run for entry in entries if entry.metrics]
    tested = [entry.run for entry in entries if entry.metrics or entry.gains]
    names = [point.name for point in points]
    marks, notes = footnotes(entries)
    return SweepAxis(
        entries=tuple(entries),
        names=tuple(names),
        marked_names=tuple(f"{name}{mark}" for name, mark in zip(names, marks, strict=True)),
        notes=(*notes, *data_notes(entries, names)),
        fair=len(comparable_sets(tested)) <= 1,
        measured=measured[0] if measured else None,
    )
