"""Tables of runs in Markdown, for the leaderboard and for sweeps: metrics, gains, notes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmark.comparisons.run_scores import RunScores
from benchmark.comparisons.trainings import LEAST_TRAININGS
from benchmark.records.comparable import comparable_sets
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
from benchmark.records.tables import NO_JUDGE, is_undefined, number, score_of
from benchmark.reports.markdown import markdown_table
from benchmark.statistics.tie_groups import BEST, tie_letters

LEGEND = """\
Each value stands with its 95 % interval. ↓ lower is better, ↑ higher is better, → nearest to real \
clips is best. Generators that were trained twice or more are ranked: rows that share a letter in \
a column cannot be told apart, as their intervals overlap; those not told from the best are \
**bold**. Their intervals cover another training and which clips were sampled; that of one \
training covers sampling alone, and has no letter. The row *real clips* is the floor: real clips \
drawn in the same number and class proportions (for distances, the other real part against the \
same reference). Each judge has a table of its own: numbers of two judges do not compare, how far \
they are from their floors does.
"""

GAIN_LEGEND = """\
Top-1 accuracy on the same real test clips, mean over training seeds. Gain: difference of the two \
in percentage points, paired by test clip and seed. The interval covers what the last column \
names; where it holds 0, no difference can be told apart from 0.
"""

Scores = Mapping[str, Mapping[str, Any]]
"""By metric, a row of the summary."""

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Digits of a footnote's number."""


def judge_words(judge: Mapping[str, Any]) -> str:
    """A judge's name and how often it is right on held-out real clips."""
    right = [
        f"{100 * number(judge[key]):.1f} % of {part} clips"
        for part in ("dev", "test")
        if (key := f"{part}_accuracy") in judge
    ]
    told = f" (right on {' and '.join(right)})" if right else ""
    return f"`{judge.get('name', judge.get('kind', 'unknown'))}`{told}"


def judged_by(run: RunFolder, judges: bool = True) -> str:
    """Profile, number of synthetic clips, judges (unless they are told elsewhere) and protocol in
    a few words."""
    facts = [
        f"Profile {run.spec.get('profile', 'unknown')}",
        f"{run.n_samples:,} synthetic clips" if run.n_samples else "",
        f"judges {', '.join(map(judge_words, run.judges))}" if judges and run.judges else "",
        f"protocol {run.spec['protocol']}" if run.spec.get("protocol") else "",
        f"split drawn with seed {run.spec['data_seed']}" if run.spec.get("data_seed") else "",
    ]
    return ", ".join(fact for fact in facts if fact)


def common_ground(entries: Sequence[RunScores], judges: bool = True) -> tuple[bool, str]:
    """Whether all rows may be ranked together, and what they are measured on (and by which
    ``judges``), in a sentence."""
    tested = [entry.run for entry in entries if entry.metrics or entry.gains]
    if len(comparable_sets(tested)) > 1:
        return False, (
            "The rows are measured on different data or by different means: they are not ranked."
        )
    measured = [entry.run for entry in entries if entry.metrics]
    if not measured:
        return True, ""
    return True, f"{measured[0].measured_on}. {judged_by(measured[0], judges)}."


def metric_table(
    entries: Sequence[RunScores],
    names: Sequence[str],
    heading: str = "generator",
    ranked: bool = True,
) -> str:
    """One row a run under a row of real clips, one column a metric; a table for each judge, and for
    each group of metrics where they are many.

    Args:
        names: what the rows are called.
        heading: what the names are.
        ranked: mark which rows of a column can be told apart; False where runs may not be compared.
    """
    judges = list(dict.fromkeys(judge for entry in entries for judge in entry.judged))
    tables = []
    for place, judge in enumerate(judges or [""]):
        scores = [entry.judged.get(judge, {}) for entry in entries]
        if len(judges) > 1:
            tables.append(f"**Judged by `{judge}`**")
        for group, metrics in metric_groups(list(metrics_of(scores, place == 0))).items():
            if group:
                tables.append(f"**{GROUP_WORDS[group]}**")
            columns = [_metric_column(scores, metric, ranked) for metric in metrics]
            floor, floors_run = (["*real clips*"], [""]) if metrics else ([], [])
            if place == 0 and group in ("", "classic"):
                runs = [", ".join(f"`{run.name}`" for run in entry.runs) for entry in entries]
                columns.append(["run", *floors_run, *runs])
            columns.insert(0, [heading, *floor, *names])
            tables.append(markdown_table(list(zip(*columns, strict=True))))
    return "\n\n".join(tables)


def metrics_of(scores: Sequence[Scores], bodies: bool) -> set[str]:
    """Metrics of a judge's table; those of the body (``bodies``) stand in the
    first judge's."""
    return {
        metric
        for table in scores
        for metric, row in table.items()
        if bodies or row.get("extractor") != NO_JUDGE
    }


def _metric_column(scores: Sequence[Scores], metric: str, ranked: bool) -> list[str]:
    words, rows = metric_words(metric), [table.get(metric, {}) for table in scores]
    marks = metric_marks(rows, metric, ranked)
    return [
        metric_heading(metric),
        floor_words([row.get("real_floor") for row in rows], metric),
        *(
            _marked(
                words.shown(row.get("mean")),
                interval(row.get("ci95_low"), row.get("ci95_high"), words.digits, words.scale),
                mark,
            )
            for row, mark in zip(rows, marks, strict=True)
        ),
    ]


def metric_heading(metric: str) -> str:
    """A metric's short name, and an arrow to where it is better."""
    return f"{metric_words(metric).short} {ARROWS[metric_direction(metric)]}".rstrip()


def metric_marks(rows: Sequence[Mapping[str, Any]], metric: str, ranked: bool) -> list[str]:
    """Letters of a column's rows, of which only those trained twice or more have one."""
    mean, low, high, floor = zip(*map(score_of, rows), strict=True)
    trained = [int(row.get("trainings", 1)) >= LEAST_TRAININGS for row in rows]
    values = [value if often else math.nan for value, often in zip(mean, trained, strict=True)]
    return tie_letters(values, low, high, metric_direction(metric) if ranked else "", floor)


def gain_table(
    entries: Sequence[RunScores],
    names: Sequence[str],
    heading: str = "generator",
    ranked: bool = True,
) -> str:
    """One row a recognizer and run: accuracy with and without synthetic clips; arguments as in
    :func:`metric_table`."""
    lines = [
        ["recognizer", heading, "real only", "real + synthetic", "gain ↑ (points)",
         "training clips", "steps", "seeds", "interval over"]
    ]  # fmt: skip
    for name, row, mark in ranked_gains(entries, names, ranked):
        cell = _marked(points(row["gain"]), points_interval(row["low"], row["high"]), mark)
        accuracies = [shown(row[key], 1, " %") for key in ("real", "augmented")]
        lines.append([str(row["recognizer"]), name, *accuracies, cell, *gain_facts(row)])
    return markdown_table(lines)


def ranked_gains(
    entries: Sequence[RunScores], names: Sequence[str], ranked: bool
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Name, row of gains and letters: recognizer by recognizer, the largest gain first."""
    rows = [(name, row) for entry, name in zip(entries, names, strict=True) for row in entry.gains]
    for recognizer in sorted({row["recognizer"] for _, row in rows}):
        group = [(name, row) for name, row in rows if row["recognizer"] == recognizer]
        group.sort(key=lambda item: _descending(item[1]["gain"]))
        gain, low, high = (
            [number(row[key]) for _, row in group] for key in ("gain", "low", "high")
        )
        marks = tie_letters(gain, low, high, "higher" if ranked else "")
        yield from ((name, row, mark) for (name, row), mark in zip(group, marks, strict=True))


def gain_facts(row: Mapping[str, Any]) -> list[str]:
    """Training clips, steps, seeds, and what the interval is over, of a row of gains."""
    clips = f"{row['n_real']:,} real + {row['n_synthetic']:,} synthetic"
    varies = "" if is_undefined(row["varies"]) else str(row["varies"])
    return [clips, f"{row['steps']:,}", str(row["seeds"]), varies]


def footnotes(entries: Sequence[RunScores]) -> tuple[list[str], list[str]]:
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


def data_notes(entries: Sequence[RunScores], names: Sequence[str]) -> list[str]:
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


def incomplete_runs(
    runs: Sequence[RunFolder], unreadable: Mapping[str, str] | None = None
) -> list[str]:
    """A heading and a table of the runs that did not end well, and why; nothing if all did."""
    rows = [
        [f"`{run.name}`", run.status, "; ".join(run.problems) or "–"]
        for run in runs
        if run.status != "ok"
    ]
    rows += [
        [f"`{name}`", "unreadable", reason] for name, reason in sorted((unreadable or {}).items())
    ]
    if not rows:
        return []
    table = markdown_table([["run", "status", "reason"], *rows])
    return ["## Runs that are not complete", table]


def floor_words(cells: Sequence[object], metric: str) -> str:
    """The floor of a section; the range of floors where runs differ in their draws."""
    words = metric_words(metric)
    values = sorted({number(cell) for cell in cells if not is_undefined(cell)})
    texts = list(dict.fromkeys(words.shown(value) for value in values[:1] + values[-1:]))
    return " to ".join(texts) if texts else "–"


def _marked(value: str, bounds: str, letters: str) -> str:
    text = f"**{value}**" if BEST in letters else value
    return " ".join(part for part in (text, bounds, f"`{letters}`" if letters else "") if part)


def _descending(cell: object) -> tuple[bool, float]:
    value = number(cell)
    return (True, 0.0) if math.isnan(value) else (False, -value)
