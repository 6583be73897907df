"""The leaderboard as a page of Markdown: a section for each set of runs that may be compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.comparable import comparable_sets
from benchmark.records.tables import number
from benchmark.reports.costs import cost_section
from benchmark.reports.score_tables import (
    GAIN_LEGEND,
    LEGEND,
    data_notes,
    footnotes,
    gain_table,
    incomplete_runs,
    judged_by,
    metric_table,
)
from benchmark.reports.timings import Timings, timing_table


def leaderboard_page(
    entries: Sequence[RunScores],
    unreadable: Mapping[str, str],
    timings: Timings | None,
    timings_problem: str = "",
) -> str:
    """The whole page.

    Args:
        entries: all runs, in the order of their names.
        unreadable: by folder name, why a run cannot be read.
        timings: what ``make bench`` measured, if it did.
        timings_problem: why its file cannot be read.
    """
    blocks = ["# Leaderboard"]
    measured = [entry for entry in entries if entry.metrics or entry.gains]
    if measured:
        blocks.append(LEGEND.strip())
    else:
        blocks.append("There is no finished run yet. Make one with `python -m benchmark run`.")
    for section in sections(measured):
        blocks += _section(section)
    blocks += incomplete_runs([run for entry in entries for run in entry.runs], unreadable)
    blocks += cost_section(measured)
    if timings is not None:
        blocks += ["## Timings", timing_table(timings).strip()]
    elif timings_problem:
        blocks += ["## Timings", timings_problem]
    return "\n\n".join(blocks) + "\n"


def sections(entries: Sequence[RunScores]) -> list[list[RunScores]]:
    """Runs that one table may rank, set by set; the smallest FID first."""
    ordered = sorted(entries, key=_place)
    return [
        sorted(
            (ordered[place] for place in places),
            key=lambda entry: (*_sort_value(entry, "fid"), entry.run.name),
        )
        for places in comparable_sets([entry.run for entry in ordered])
    ]


def _place(entry: RunScores) -> tuple[str, str, int, str]:
    """Sections follow their data, then the sizes of what is measured."""
    run = entry.run
    return run.measured_on, str(run.spec.get("profile")), run.n_samples or 0, run.name


def _section(entries: Sequence[RunScores]) -> list[str]:
    run = min(entries, key=_place).run
    names = row_names(entries)
    blocks = [f"## {run.measured_on}", f"{judged_by(run)}."]
    marks, notes = footnotes(entries)
    marked = [f"{name}{mark}" for name, mark in zip(names, marks, strict=True)]
    blocks.append(metric_table(entries, marked))
    if any(entry.gains for entry in entries):
        blocks += ["### Does it help a recognizer?", GAIN_LEGEND.strip()]
        blocks.append(gain_table(entries, marked))
    notes += data_notes(entries, names)
    return [*blocks, "\n".join(notes)] if notes else blocks


def row_names(entries: Sequence[RunScores]) -> list[str]:
    """Generators, with the settings that tell runs of one generator apart, another seed of its
    training, and whether it saw more than the split."""
    names = []
    for entry in entries:
        generator = str(entry.run.spec.get("generator"))
        settings = entry.run.spec.get("settings") or {}
        others = [
            other.run.spec.get("settings") or {}
            for other in entries
            if other.run.spec.get("generator") == generator
        ]
        differing = [
            key
            for key in sorted(set().union(*others))
            if any(other.get(key) != settings.get(key) for other in others)
        ]
        told = ", ".join(
            [
                *(f"{key}={settings.get(key)}" for key in differing),
                *(f"{key}={entry.run.spec[key]}" for key in MARKED if _marked(entry, key)),
            ]
        )
        incomplete = "" if entry.run.status == "ok" else f" ({entry.run.status})"
        if len(entry.runs) > 1:
            told = ", ".join(part for part in (told, f"{len(entry.runs)} trainings") if part)
        names.append(f"{generator}{f' ({told})' if told else ''}{incomplete}")
    return names


MARKED = {"generator_seed": 0, "generator_data": "split", "seed": 0}
"""Fields that stand behind a generator's name where they differ from these."""


def _marked(entry: RunScores, field: str) -> bool:
    return bool(entry.run.spec.get(field, MARKED[field]) != MARKED[field])


def _sort_value(entry: RunScores, metric: str) -> tuple[bool, float]:
    value = number(entry.metrics.get(metric, {}).get("mean"))
    return (True, 0.0) if math.isnan(value) else (False, value)
