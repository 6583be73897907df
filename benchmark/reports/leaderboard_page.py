"""The leaderboard as a page of Markdown: a section for each set of runs that may be compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from benchmark.records.tables import number
from benchmark.reports.costs import cost_section
from benchmark.reports.score_tables import (
    GAIN_LEGEND,
    LEGEND,
    Entry,
    comparable,
    data_notes,
    footnotes,
    gain_table,
    incomplete_runs,
    judged_by,
    measured_on,
    metric_table,
)
from benchmark.reports.timings import Timings, timing_table


def leaderboard_page(
    entries: Sequence[Entry],
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
    measured = [entry for entry in entries if entry.metrics or entry.downstream]
    if measured:
        blocks.append(LEGEND.strip())
    else:
        blocks.append("There is no finished run yet. Make one with `python -m benchmark run`.")
    sections: dict[tuple[str, ...], list[Entry]] = {}
    for entry in measured:
        sections.setdefault(comparable(entry.run), []).append(entry)
    for key in sorted(sections):
        blocks += _section(sections[key])
    blocks += incomplete_runs(entries, unreadable)
    blocks += cost_section(measured)
    if timings is not None:
        blocks += ["## Timings", timing_table(timings).strip()]
    elif timings_problem:
        blocks += ["## Timings", timings_problem]
    return "\n\n".join(blocks) + "\n"


def _section(entries: Sequence[Entry]) -> list[str]:
    run = entries[0].run
    ordered = sorted(
        entries,
        key=lambda entry: (*_sort_value(entry, "fid"), entry.run.name),
    )
    names = _names(ordered)
    blocks = [f"## {measured_on(run)}", f"{judged_by(run)}."]
    marks, notes = footnotes(ordered)
    marked = [f"{name}{mark}" for name, mark in zip(names, marks, strict=True)]
    blocks.append(metric_table(ordered, marked))
    if any(entry.downstream for entry in ordered):
        blocks += ["### Does it help a recognizer?", GAIN_LEGEND.strip()]
        blocks.append(gain_table(ordered, marked))
    notes += data_notes(ordered, names)
    return [*blocks, "\n".join(notes)] if notes else blocks


def _names(entries: Sequence[Entry]) -> list[str]:
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
        names.append(f"{generator}{f' ({told})' if told else ''}{incomplete}")
    return names


MARKED = {"generator_seed": 0, "generator_data": "split", "seed": 0}
"""Fields that stand behind a generator's name where they differ from these."""


def _marked(entry: Entry, field: str) -> bool:
    return bool(entry.run.spec.get(field, MARKED[field]) != MARKED[field])


def _sort_value(entry: Entry, metric: str) -> tuple[bool, float]:
    value = number(entry.metrics.get(metric, {}).get("mean"))
    return (True, 0.0) if math.isnan(value) else (False, value)
