"""The leaderboard as a page of Markdown: a section for each set of runs that may be compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.reports.run_folder import RunFolder
from benchmark.reports.standing import BEST, TIED, Score, standings
from benchmark.reports.tables import is_undefined, number
from benchmark.reports.timings import Timings, timing_table
from benchmark.reports.wording import (
    ARROWS,
    interval,
    metric_direction,
    metric_order,
    metric_words,
    points,
    points_interval,
    shown,
)

LEGEND = """\
Each value stands with its 95 % interval. ↓ lower is better, ↑ higher is better, → nearest to real \
clips is best. **Bold**: best of its column. ≈: its interval overlaps the best one's, so the two \
cannot be told apart. The row *real clips* is the floor: real clips drawn in the same number and \
class proportions (for FID, real training clips against the test clips). Intervals of metrics \
cover which clips were sampled, not another training of the generator.
"""

GAIN_LEGEND = """\
Top-1 accuracy on the same real test clips, mean over training seeds. Gain: difference of the two \
in percentage points, paired by test clip and seed. The interval covers what the last column \
names; where it holds 0, no difference can be told apart from 0.
"""


@dataclass(frozen=True)
class Entry:
    """A run as the leaderboard shows it.

    Attributes:
        run: its folder.
        metrics: by metric, the row of ``summary.csv`` against the test clips.
        downstream: a row for each recognizer, accuracies in percent and gains in points.
    """

    run: RunFolder
    metrics: Mapping[str, Mapping[str, Any]]
    downstream: Sequence[Mapping[str, Any]]


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
        sections.setdefault(_comparable(entry.run), []).append(entry)
    for key in sorted(sections):
        blocks += _section(sections[key])
    blocks += _incomplete(entries, unreadable)
    if timings is not None:
        blocks += ["## Timings", timing_table(timings).strip()]
    elif timings_problem:
        blocks += ["## Timings", timings_problem]
    return "\n\n".join(blocks) + "\n"


def _comparable(run: RunFolder) -> tuple[str, ...]:
    """Runs with equal keys stand in one table."""
    spec = run.spec
    return (
        str(spec.get("dataset", "")),
        run.data_protocol,
        str(spec.get("split", "")),
        str(run.extractor.get("name", "")),
        str(spec.get("profile", "")),
        str(spec.get("protocol", "")),
        f"{run.n_samples or 0:09d}",
        f"{int(spec.get('data_seed', 0)):09d}",
    )


def _section(entries: Sequence[Entry]) -> list[str]:
    run = entries[0].run
    title = " · ".join(
        part
        for part in (str(run.spec.get("dataset")), run.data_protocol, str(run.spec.get("split")))
        if part
    )
    accuracy = run.extractor.get("test_accuracy")
    facts = [
        f"Profile {run.spec.get('profile', 'unknown')}",
        f"{run.n_samples:,} synthetic clips" if run.n_samples else "",
        f"extractor `{run.extractor.get('name', 'unknown')}`"
        + ("" if accuracy is None else f" (right on {100 * number(accuracy):.1f} % of test clips)"),
        f"protocol {run.spec['protocol']}" if run.spec.get("protocol") else "",
        f"split drawn with seed {run.spec['data_seed']}" if run.spec.get("data_seed") else "",
    ]
    ordered = sorted(
        entries,
        key=lambda entry: (*_sort_value(entry, "fid"), entry.run.name),
    )
    names = _names(ordered)
    blocks = [f"## {title}", ", ".join(fact for fact in facts if fact) + "."]
    blocks.append(_metric_table(ordered, names))
    if any(entry.downstream for entry in ordered):
        blocks += ["### Does it help a recognizer?", GAIN_LEGEND.strip()]
        blocks.append(_gain_table(ordered, names))
    caveats = _caveats(ordered, names)
    return [*blocks, "\n".join(caveats)] if caveats else blocks


def _metric_table(entries: Sequence[Entry], names: Sequence[str]) -> str:
    metrics = metric_order(list({name for entry in entries for name in entry.metrics}))
    columns = []
    for metric in metrics:
        words, direction = metric_words(metric), metric_direction(metric)
        rows = [entry.metrics.get(metric, {}) for entry in entries]
        marks = standings([_score(row) for row in rows], direction)
        columns.append(
            [
                f"{words.short} {ARROWS[direction]}".rstrip(),
                _floors([row.get("real_floor") for row in rows], metric),
                *(
                    _marked(
                        words.shown(row.get("mean")),
                        interval(
                            row.get("ci95_low"), row.get("ci95_high"), words.digits, words.scale
                        ),
                        mark,
                    )
                    for row, mark in zip(rows, marks, strict=True)
                ),
            ]
        )
    runs = ["run", "", *(f"`{entry.run.name}`" for entry in entries)]
    return _table([["generator", "*real clips*", *names], *columns, runs])


def _gain_table(entries: Sequence[Entry], names: Sequence[str]) -> str:
    lines = [
        [
            "recognizer",
            "generator",
            "real only",
            "real + synthetic",
            "gain ↑ (points)",
            "training clips",
            "steps",
            "seeds",
            "interval over",
        ]
    ]
    rows = [
        (name, row) for entry, name in zip(entries, names, strict=True) for row in entry.downstream
    ]
    for recognizer in sorted({row["recognizer"] for _, row in rows}):
        group = [(name, row) for name, row in rows if row["recognizer"] == recognizer]
        group.sort(key=lambda item: _descending(item[1]["gain"]))
        marks = standings(
            [Score(*(number(row[key]) for key in ("gain", "low", "high"))) for _, row in group],
            "higher",
        )
        for (name, row), mark in zip(group, marks, strict=True):
            gain = _marked(points(row["gain"]), points_interval(row["low"], row["high"]), mark)
            clips = f"{row['n_real']:,} real + {row['n_synthetic']:,} synthetic"
            varies = "" if is_undefined(row["varies"]) else str(row["varies"])
            accuracies = [shown(row[key], 1, " %") for key in ("real", "augmented")]
            lines.append(
                [recognizer, name, *accuracies, gain, clips, f"{row['steps']:,}",
                 str(row["seeds"]), varies]
            )  # fmt: skip
    return _table([list(column) for column in zip(*lines, strict=True)])


def _names(entries: Sequence[Entry]) -> list[str]:
    """Generators, with the settings that tell runs of one generator apart."""
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
        told = ", ".join(f"{key}={settings.get(key)}" for key in differing)
        incomplete = "" if entry.run.status == "ok" else f" ({entry.run.status})"
        names.append(f"{generator}{f' ({told})' if told else ''}{incomplete}")
    return names


def _caveats(entries: Sequence[Entry], names: Sequence[str]) -> list[str]:
    """Each sentence once; one that does not hold for all rows names those that it holds for."""
    holders: dict[str, list[str]] = {}
    for entry, name in zip(entries, names, strict=True):
        for caveat in entry.run.caveats:
            holders.setdefault(caveat, []).append(name)
    notes = []
    for caveat, holding in holders.items():
        rows = "" if len(holding) == len(entries) else f" ({', '.join(dict.fromkeys(holding))})"
        notes.append(f"- Note{rows}: {caveat}")
    return notes


def _incomplete(entries: Sequence[Entry], unreadable: Mapping[str, str]) -> list[str]:
    rows = [
        [f"`{entry.run.name}`", entry.run.status, "; ".join(entry.run.problems) or "–"]
        for entry in entries
        if entry.run.status != "ok"
    ]
    rows += [[f"`{name}`", "unreadable", reason] for name, reason in sorted(unreadable.items())]
    if not rows:
        return []
    table = [["run", "status", "reason"], *rows]
    return ["## Runs that are not complete", _table([list(c) for c in zip(*table, strict=True)])]


def _floors(cells: Sequence[object], metric: str) -> str:
    """The floor of a section; the range of floors where runs differ in their draws."""
    words = metric_words(metric)
    values = sorted({number(cell) for cell in cells if not is_undefined(cell)})
    texts = list(dict.fromkeys(words.shown(value) for value in values[:1] + values[-1:]))
    return " to ".join(texts) if texts else "–"


def _marked(value: str, bounds: str, mark: str) -> str:
    text = f"**{value}**" if mark == BEST else value
    return " ".join(part for part in (text, bounds, "≈" if mark == TIED else "") if part)


def _score(row: Mapping[str, Any]) -> Score:
    return Score(*(number(row.get(key)) for key in ("mean", "ci95_low", "ci95_high", "real_floor")))


def _sort_value(entry: Entry, metric: str) -> tuple[bool, float]:
    value = number(entry.metrics.get(metric, {}).get("mean"))
    return (True, 0.0) if math.isnan(value) else (False, value)


def _descending(cell: object) -> tuple[bool, float]:
    value = number(cell)
    return (True, 0.0) if math.isnan(value) else (False, -value)


def _table(columns: Sequence[Sequence[str]]) -> str:
    """Columns, each with its heading first, as a Markdown table."""
    rows = [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
        for row in zip(*columns, strict=True)
    ]
    return "\n".join([rows[0], "|" + "---|" * len(columns), *rows[1:]])
