"""Tables of runs in Markdown, for the leaderboard and for sweeps, and what is told beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.display_names import GROUP_WORDS
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import number
from benchmark.reports.markdown import markdown_table
from benchmark.reports.score_cells import Cell, ScoreTable, gain_table, metric_tables

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

NOT_FAIR = "The rows are measured on different data or by different means: they are not ranked."

INCOMPLETE_HEADINGS = ("run", "status", "reason")

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Digits of a footnote's number."""


def judge_words(judge: Mapping[str, Any], mark: str = "`") -> str:
    """A judge's name between two marks, and how often it is right on held-out real clips."""
    right = [
        f"{100 * number(judge[key]):.1f} % of {part} clips"
        for part in ("dev", "test")
        if (key := f"{part}_accuracy") in judge
    ]
    told = f" (right on {' and '.join(right)})" if right else ""
    return f"{mark}{judge.get('name', judge.get('kind', 'unknown'))}{mark}{told}"


def judged_by(run: RunFolder, mark: str = "`", judges: bool = True) -> str:
    """Profile, number of synthetic clips, judges (unless they are told elsewhere) and protocol in
    a few words."""
    named = ", ".join(judge_words(judge, mark) for judge in run.judges) if judges else ""
    facts = [
        f"Profile {run.spec.get('profile', 'unknown')}",
        f"{run.n_samples:,} synthetic clips" if run.n_samples else "",
        f"judges {named}" if named else "",
        f"protocol {run.spec['protocol']}" if run.spec.get("protocol") else "",
        f"split drawn with seed {run.spec['data_seed']}" if run.spec.get("data_seed") else "",
    ]
    return ", ".join(fact for fact in facts if fact)


def metric_markdown(
    entries: Sequence[RunScores],
    names: Sequence[str],
    heading: str = "generator",
    ranked: bool = True,
) -> str:
    """The tables of :func:`benchmark.reports.score_cells.metric_tables`, under a row of real
    clips each."""
    blocks: list[str] = []
    judge = ""
    for table in metric_tables(entries, names, heading, ranked):
        if table.judge != judge:
            judge = table.judge
            blocks.append(f"**Judged by `{judge}`**")
        if table.group:
            blocks.append(f"**{GROUP_WORDS[table.group]}**")
        lines = _lines(table)
        if table.floor:
            lines.insert(1, ["*real clips*", *table.floor])
        if table.first:
            lines[0].append("run")
            if table.floor:
                lines[1].append("")
            for line, (place, _) in zip(lines[-len(table.rows) :], table.rows, strict=True):
                line.append(", ".join(f"`{run.name}`" for run in entries[place].runs))
        blocks.append(markdown_table(lines))
    return "\n\n".join(blocks)


def gain_markdown(
    entries: Sequence[RunScores],
    names: Sequence[str],
    heading: str = "generator",
    ranked: bool = True,
) -> str:
    """The table of :func:`benchmark.reports.score_cells.gain_table`."""
    return markdown_table(_lines(gain_table(entries, names, heading, ranked)))


def _lines(table: ScoreTable) -> list[list[str]]:
    return [list(table.headings), *(list(map(marked, cells)) for _, cells in table.rows)]


def marked(cell: Cell) -> str:
    """A cell in Markdown."""
    text = f"**{cell.text}**" if cell.bold else cell.text
    parts = (text, cell.bounds, f"`{cell.letters}`" if cell.letters else "")
    return " ".join(part for part in parts if part)


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
    return marks, [f"{number} {sentence}" for sentence, number in numbers.items()]


def data_notes(entries: Sequence[RunScores], names: Sequence[str]) -> list[str]:
    """Sentences on the data, each once; one that does not hold for all rows names those it does."""
    holders: dict[str, list[str]] = {}
    for entry, name in zip(entries, names, strict=True):
        for caveat in entry.run.data_caveats:
            holders.setdefault(caveat, []).append(name)
    notes = []
    for caveat, holding in holders.items():
        rows = "" if len(holding) == len(entries) else f" ({', '.join(dict.fromkeys(holding))})"
        notes.append(f"Note{rows}: {caveat}")
    return notes


def notes_list(notes: Sequence[str]) -> list[str]:
    """Notes as one block of Markdown; nothing where there are none."""
    return ["\n".join(f"- {note}" for note in notes)] if notes else []


def incomplete_rows(
    runs: Sequence[RunFolder], unreadable: Mapping[str, str] | None = None
) -> list[tuple[str, str, str]]:
    """Name, status and reason of the runs that did not end well, then of those without a readable
    record."""
    rows = [
        (run.name, run.status, "; ".join(run.problems) or "–") for run in runs if run.status != "ok"
    ]
    unread = sorted((unreadable or {}).items())
    return rows + [(name, "unreadable", reason) for name, reason in unread]


def incomplete_markdown(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """A heading and a table of :func:`incomplete_rows`; nothing if all ended well."""
    if not rows:
        return []
    lines = [(f"`{name}`", status, reason) for name, status, reason in rows]
    return ["## Runs that are not complete", markdown_table([INCOMPLETE_HEADINGS, *lines])]
