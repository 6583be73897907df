"""Tables of runs in Markdown, for the leaderboard and for sweeps: metrics, gains, notes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.comparisons.standing import BEST, Score, tie_letters
from benchmark.records.display_names import (
    ARROWS,
    GROUP_WORDS,
    interval,
    metric_direction,
    metric_groups,
    metric_words,
    points,
    points_interval,
    shown,
)
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import is_undefined, number

LEGEND = """\
Each value stands with its 95 % interval. ↓ lower is better, ↑ higher is better, → nearest to real \
clips is best. Rows that share a letter in a column cannot be told apart, as their intervals \
overlap; those not told from the best are **bold**. The row *real clips* is the floor: real clips \
drawn in the same number and class proportions (for distances, the other real part against the \
same reference). Intervals of metrics cover which clips were sampled, not another training of the \
generator.
"""

GAIN_LEGEND = """\
Top-1 accuracy on the same real test clips, mean over training seeds. Gain: difference of the two \
in percentage points, paired by test clip and seed. The interval covers what the last column \
names; where it holds 0, no difference can be told apart from 0.
"""

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Digits of a footnote's number."""


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


def comparable(run: RunFolder) -> tuple[str, ...]:
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


def measured_on(run: RunFolder) -> str:
    """Data set, data protocol and split, such as ``kinematic12 · cross-subject · 10pct``."""
    parts = (str(run.spec.get("dataset")), run.data_protocol, str(run.spec.get("split")))
    return " · ".join(part for part in parts if part)


def judged_by(run: RunFolder) -> str:
    """Profile, number of synthetic clips, extractor and protocol in a few words."""
    accuracy = run.extractor.get("test_accuracy")
    facts = [
        f"Profile {run.spec.get('profile', 'unknown')}",
        f"{run.n_samples:,} synthetic clips" if run.n_samples else "",
        f"extractor `{run.extractor.get('name', 'unknown')}`"
        + ("" if accuracy is None else f" (right on {100 * number(accuracy):.1f} % of test clips)"),
        f"protocol {run.spec['protocol']}" if run.spec.get("protocol") else "",
        f"split drawn with seed {run.spec['data_seed']}" if run.spec.get("data_seed") else "",
    ]
    return ", ".join(fact for fact in facts if fact)


def metric_table(
    entries: Sequence[Entry], names: Sequence[str], heading: str = "generator", ranked: bool = True
) -> str:
    """One row a run under a row of real clips, one column a metric; a table for each group of
    metrics where they are many.

    Args:
        names: what the rows are called.
        heading: what the names are.
        ranked: mark which rows of a column can be told apart; False where runs may not be compared.
    """
    groups = metric_groups(list({name for entry in entries for name in entry.metrics}))
    tables = []
    for group, metrics in groups.items():
        if group:
            tables.append(f"**{GROUP_WORDS[group]}**")
        columns = [_metric_column(entries, metric, ranked) for metric in metrics]
        floor, floors_run = (["*real clips*"], [""]) if metrics else ([], [])
        if group in ("", "classic"):
            columns.append(["run", *floors_run, *(f"`{entry.run.name}`" for entry in entries)])
        tables.append(markdown_table([[heading, *floor, *names], *columns]))
    return "\n\n".join(tables)


def _metric_column(entries: Sequence[Entry], metric: str, ranked: bool) -> list[str]:
    words, direction = metric_words(metric), metric_direction(metric)
    rows = [entry.metrics.get(metric, {}) for entry in entries]
    marks = tie_letters([_score(row) for row in rows], direction if ranked else "")
    return [
        f"{words.short} {ARROWS[direction]}".rstrip(),
        _floors([row.get("real_floor") for row in rows], metric),
        *(
            _marked(
                words.shown(row.get("mean")),
                interval(row.get("ci95_low"), row.get("ci95_high"), words.digits, words.scale),
                mark,
            )
            for row, mark in zip(rows, marks, strict=True)
        ),
    ]


def gain_table(
    entries: Sequence[Entry], names: Sequence[str], heading: str = "generator", ranked: bool = True
) -> str:
    """One row a recognizer and run: accuracy with and without synthetic clips; arguments as in
    :func:`metric_table`."""
    lines = [
        [
            "recognizer",
            heading,
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
        marks = tie_letters(
            [Score(*(number(row[key]) for key in ("gain", "low", "high"))) for _, row in group],
            "higher" if ranked else "",
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
    return markdown_table(columns_of(lines))


def footnotes(entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
    """What generators say of their own samples: a mark for each row, and the sentences.

    Returns:
        for each entry the numbers of its sentences, such as `` ¹ ²``, to stand behind its name; and
        each sentence once, with its number.
    """
    numbers: dict[str, str] = {}
    marks = []
    for entry in entries:
        for sentence in entry.run.generator_caveats:
            numbers.setdefault(sentence, str(len(numbers) + 1).translate(RAISED))
        marks.append("".join(f" {numbers[sentence]}" for sentence in entry.run.generator_caveats))
    return marks, [f"- {number} {sentence}" for sentence, number in numbers.items()]


def data_notes(entries: Sequence[Entry], names: Sequence[str]) -> list[str]:
    """Sentences on the data, each once; one that does not hold for all rows names those it does."""
    holders: dict[str, list[str]] = {}
    for entry, name in zip(entries, names, strict=True):
        for caveat in entry.run.data_caveats:
            holders.setdefault(caveat, []).append(name)
    notes = []
    for caveat, holding in holders.items():
        rows = "" if len(holding) == len(entries) else f" ({', '.join(dict.fromkeys(holding))})"
        notes.append(f"- Note{rows}: {caveat}")
    return notes


def columns_of(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows, the headings first, as columns."""
    return [list(column) for column in zip(*rows, strict=True)]


def incomplete_runs(
    entries: Sequence[Entry], unreadable: Mapping[str, str] | None = None
) -> list[str]:
    """A heading and a table of the runs that did not end well, and why; nothing if all did."""
    rows = [
        [f"`{entry.run.name}`", entry.run.status, "; ".join(entry.run.problems) or "–"]
        for entry in entries
        if entry.run.status != "ok"
    ]
    rows += [
        [f"`{name}`", "unreadable", reason] for name, reason in sorted((unreadable or {}).items())
    ]
    if not rows:
        return []
    table = markdown_table(columns_of([["run", "status", "reason"], *rows]))
    return ["## Runs that are not complete", table]


def _floors(cells: Sequence[object], metric: str) -> str:
    """The floor of a section; the range of floors where runs differ in their draws."""
    words = metric_words(metric)
    values = sorted({number(cell) for cell in cells if not is_undefined(cell)})
    texts = list(dict.fromkeys(words.shown(value) for value in values[:1] + values[-1:]))
    return " to ".join(texts) if texts else "–"


def _marked(value: str, bounds: str, letters: str) -> str:
    text = f"**{value}**" if BEST in letters else value
    return " ".join(part for part in (text, bounds, f"`{letters}`" if letters else "") if part)


def _score(row: Mapping[str, Any]) -> Score:
    return Score(*(number(row.get(key)) for key in ("mean", "ci95_low", "ci95_high", "real_floor")))


def _descending(cell: object) -> tuple[bool, float]:
    value = number(cell)
    return (True, 0.0) if math.isnan(value) else (False, -value)


def markdown_table(columns: Sequence[Sequence[str]]) -> str:
    """Columns, each with its heading first, as a Markdown table."""
    rows = [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
        for row in zip(*columns, strict=True)
    ]
    return "\n".join([rows[0], "|" + "---|" * len(columns), *rows[1:]])
