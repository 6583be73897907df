"""``report.html``: what was asked of a run, the answer, why to believe it, and moving bodies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.comparisons.arm_gains import CONTROL, arm_gains
from benchmark.comparisons.likeness import judged, strictest
from benchmark.records.display_names import interval, metric_words
from benchmark.records.fingerprint import CLIPS, PAGE, folder_fingerprint
from benchmark.records.run_folder import RunFolder, read_run
from benchmark.records.tables import FLOOR_COLUMNS, is_undefined, write_text
from benchmark.reports.html.downstream import arm_tables, class_tables, confusions
from benchmark.reports.html.feature_maps import feature_maps
from benchmark.reports.html.making import making
from benchmark.reports.html.metric_cards import card_groups, shares_map
from benchmark.reports.html.page import embedded, rendered
from benchmark.reports.verdicts import judge_sentences, verdicts

MAIN_QUESTIONS = ("Natural?", "Does it help?", "Right class?", "Bodies?", "New?")
"""The two sentences of the verdict are the first two of these that a run answers."""


@dataclass(frozen=True)
class Answer:
    """A question, what the numbers say, and the interval behind it."""

    question: str
    answer: str
    evidence: str = ""


def write_run_page(folder: Path) -> Path:
    """Write the page of a run from what its folder holds; equal folders give equal bytes.

    Raises:
        InputError: the folder holds no readable run.
    """
    path = folder / PAGE
    write_text(path, run_page(read_run(folder)))
    return path


def run_page(run: RunFolder) -> str:
    """The page as text. What a run has not measured is left out."""
    pairs = arm_gains(run.predictions, CONTROL)
    answers = [
        _answer(run, sentence) for sentence in [*verdicts(run, pairs), *judge_sentences(run)]
    ]
    main, others = _verdict(answers)
    generator = str(run.spec.get("generator", "")).rpartition(":")[2]
    clips = _moving_clips(run)
    return rendered(
        "run.html",
        title=f"{generator} on {run.spec.get('dataset')}, {run.spec.get('split')}",
        run=run,
        made_from=folder_fingerprint(run.path),
        generator=generator,
        question=_question(generator, run),
        facts=_facts(run),
        main=main,
        others=others,
        caveats=run.caveats,
        problems=run.problems,
        clips=clips,
        clips_json=None if clips is None else embedded(clips),
        groups=card_groups(run),
        shares=shares_map(run),
        maps=feature_maps(run),
        part=run.part,
        arms=arm_tables(run) if len(run.downstream) else (),
        classes=class_tables(run),
        confusions=confusions(run),
        made=making(run),
    )


def _question(generator: str, run: RunFolder) -> str:
    helps = ", and do they help a recognizer" if len(run.downstream) else ""
    return f"Are clips of {generator} like real ones{helps}?"


def _facts(run: RunFolder) -> list[tuple[str, str]]:
    """The little line under the title."""
    facts = [
        ("data", run.measured_on),
        ("training clips", f"{run.data['n_split']:,}" if "n_split" in run.data else ""),
        ("synthetic clips", f"{run.n_samples:,}" if run.n_samples else ""),
        ("scored on", f"{run.part} clips"),
        ("protocol", str(run.spec.get("protocol") or "")),
        ("profile", str(run.spec.get("profile") or "")),
    ]
    return [(name, value) for name, value in facts if value]


def _answer(run: RunFolder, sentence: str) -> Answer:
    question, mark, answer = sentence.partition("? ")
    if question != "Does it help":  # that begins with a recognizer's name
        answer = answer[:1].upper() + answer[1:]
    metric = {"Natural": "fid", "Right class": "accuracy", "New": "memory_ratio"}.get(question)
    return Answer(f"{question}{mark}".strip(), answer, _evidence(run, metric) if metric else "")


def _evidence(run: RunFolder, metric: str) -> str:
    """The 95 % intervals that a verdict on a metric rests on: those of the strictest judge."""
    one = strictest(judged(run, metric))
    words = metric_words(metric)
    name = next(
        (str(judge.get("name")) for judge in run.judges if judge.get("kind") == one.judge), ""
    )
    rows = run.rows_of(name)
    row = rows[rows["metric"] == metric].iloc[0]
    if is_undefined(row["mean"]):
        return ""
    value = f"{words.shown(row['mean'])} "
    value += interval(row["ci95_low"], row["ci95_high"], words.digits, words.scale)
    floor = ""
    if not is_undefined(row["real_floor"]):
        _, low, high = (row[key] for key in FLOOR_COLUMNS)
        bounds = interval(low, high, words.digits, words.scale)
        floor = f"; real clips {words.shown(row['real_floor'])} {bounds}".rstrip()
    return f"{words.short} {value.rstrip()}{floor}, by {one.judge or 'the joints'}, 95 % intervals"


def _verdict(answers: Sequence[Answer]) -> tuple[list[Answer], list[Answer]]:
    """The two answers that a page begins with, and the others."""
    main: list[Answer] = []
    for question in MAIN_QUESTIONS:
        main += [one for one in answers if one.question == question][:1]
    main = main[:2]
    return main, [one for one in answers if one not in main]


def _moving_clips(run: RunFolder) -> dict[str, Any] | None:
    path = run.path / CLIPS
    if not path.exists():
        return None
    clips: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return clips if clips.get("rows") else None
