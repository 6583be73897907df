"""The sections of a leaderboard: runs that may be compared, in order, named, with their notes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.comparable import comparable_sets
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import number
from benchmark.reports.score_tables import data_notes, footnotes
from benchmark.reports.timings import Timings

MARKED = {"generator_seed": 0, "generator_data": "split", "select": "none", "seed": 0}
"""Fields that stand behind a generator's name where they differ from these."""


@dataclass(frozen=True)
class Section:
    """Runs that one table may rank.

    Attributes:
        entries: in the order of the first judge's FID; those without one at the end.
        names: of the generators, with what tells their runs apart.
        short: the same without the number of trainings.
        marks: numbers of the notes that hold for a row, to stand behind its name.
        notes: sentences that the section must carry.
    """

    entries: tuple[RunScores, ...]
    names: tuple[str, ...]
    short: tuple[str, ...]
    marks: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def run(self) -> RunFolder:
        """The run that stands for what all have in common."""
        return self.entries[0].run

    @property
    def title(self) -> str:
        """Data set, data protocol and split."""
        return self.run.measured_on

    @property
    def marked_names(self) -> list[str]:
        """Names with the numbers of their notes."""
        return [f"{name}{mark}" for name, mark in zip(self.names, self.marks, strict=True)]

    @property
    def has_gains(self) -> bool:
        """Whether a recognizer was trained in any of its runs."""
        return any(entry.gains for entry in self.entries)


@dataclass(frozen=True)
class Leaderboard:
    """What a leaderboard tells.

    Attributes:
        sections: runs that may be compared.
        measured: all of their entries, in the order of their names.
        incomplete: name, status and reason of runs that did not end well.
        timings: what ``make bench`` measured, if it did.
        timings_problem: why its file cannot be read.
    """

    sections: tuple[Section, ...]
    measured: tuple[RunScores, ...]
    incomplete: tuple[tuple[str, str, str], ...] = ()
    timings: Timings | None = None
    timings_problem: str = ""


def leaderboard_sections(entries: Sequence[RunScores]) -> list[Section]:
    """Sections of the runs that have measured something, in the order of their data."""
    ordered = sorted((entry for entry in entries if entry.metrics or entry.gains), key=_place)
    return [
        _section([ordered[place] for place in places])
        for places in comparable_sets([entry.run for entry in ordered])
    ]


def _place(entry: RunScores) -> tuple[str, str, int, str]:
    """Sections follow their data, then the sizes of what is measured."""
    run = entry.run
    return run.measured_on, str(run.spec.get("profile")), run.n_samples or 0, run.name


def _section(entries: Sequence[RunScores]) -> Section:
    ordered = sorted(entries, key=lambda entry: (*_sort_value(entry, "fid"), entry.run.name))
    names = row_names(ordered)
    marks, notes = footnotes(ordered)
    notes += data_notes(ordered, names)
    short = row_names(ordered, trainings=False)
    return Section(tuple(ordered), tuple(names), tuple(short), tuple(marks), tuple(notes))


def row_names(entries: Sequence[RunScores], trainings: bool = True) -> list[str]:
    """Generators, with the settings and recipes that tell runs of one generator apart, another
    seed of its training, whether it saw more than the split, whether its samples are a selection,
    and the number of ``trainings``."""
    settings: dict[str, list[dict[str, object]]] = defaultdict(list)
    for entry in entries:
        settings[str(entry.run.spec.get("generator"))].append(_settings(entry))
    differing = {generator: _differing(told) for generator, told in settings.items()}
    names = []
    for entry in entries:
        generator = str(entry.run.spec.get("generator"))
        own = _settings(entry)
        parts = [
            *(f"{key}={own.get(key)}" for key in differing[generator]),
            *(f"{key}={entry.run.spec[key]}" for key in MARKED if _is_marked(entry, key)),
            *([f"{len(entry.runs)} trainings"] if trainings and len(entry.runs) > 1 else []),
        ]
        incomplete = "" if entry.run.status == "ok" else f" ({entry.run.status})"
        told = f" ({', '.join(parts)})" if parts else ""
        names.append(f"{generator}{told}{incomplete}")
    return names


def _settings(entry: RunScores) -> dict[str, object]:
    """Of the generator, and what differs in the recognizers' recipes."""
    spec = entry.run.spec
    recipe = {f"recipe.{key}": value for key, value in (spec.get("recipe") or {}).items()}
    return {**(spec.get("settings") or {}), **recipe}


def _differing(settings: Sequence[dict[str, object]]) -> list[str]:
    """Settings in which not all runs of a generator agree."""
    keys: set[str] = set().union(*settings)
    return [
        key for key in sorted(keys) if any(one.get(key) != settings[0].get(key) for one in settings)
    ]


def _is_marked(entry: RunScores, field: str) -> bool:
    return bool(entry.run.spec.get(field, MARKED[field]) != MARKED[field])


def _sort_value(entry: RunScores, metric: str) -> tuple[bool, float]:
    value = number(entry.metrics.get(metric, {}).get("mean"))
    return (True, 0.0) if math.isnan(value) else (False, value)
