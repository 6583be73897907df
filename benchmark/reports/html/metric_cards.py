"""What a page tells of each metric: a card with what every judge says beside real clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from benchmark.comparisons.likeness import Likeness, disagreements, likeness
from benchmark.records.display_names import (
    ARROWS,
    DIRECTION_WORDS,
    GROUP_WORDS,
    interval,
    metric_direction,
    metric_groups,
    metric_words,
    reference_words,
)
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import FLOOR_COLUMNS, NO_JUDGE, number, score_of
from benchmark.reports.html.charts import Bar, forest, scatter

CARD_WIDTH = 3.4
"""Inches of a card's chart."""
MAPS = (("precision", "coverage"), ("density", "recall"))
"""Pairs of shares that are drawn against each other, the first that was measured."""


@dataclass(frozen=True)
class JudgeRow:
    """A line of a card."""

    judge: str
    value: str
    bounds: str
    floor: str
    floor_bounds: str
    outcome: str
    """``like``, ``worse``, ``better`` or ``untold``."""
    words: str


@dataclass(frozen=True)
class Card:
    """One metric, as all judges see it."""

    name: str
    title: str
    arrow: str
    direction: str
    meaning: str
    against: str
    rows: tuple[JudgeRow, ...]
    disagreement: str
    chart: Markup


@dataclass(frozen=True)
class CardGroup:
    """Cards under a heading."""

    title: str
    cards: tuple[Card, ...]


OUTCOMES = {
    "like": "like real clips",
    "worse": "worse than real clips",
    "better": "beyond real clips",
    "untold": "not told apart, nor alike",
}


def card_groups(run: RunFolder) -> list[CardGroup]:
    """The metrics of a run, in the order of all tables."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for judge in run.judges:
        for _, row in run.rows_of(str(judge.get("name", ""))).iterrows():
            cells = {str(key): cell for key, cell in row.items()}
            rows = found.setdefault(str(cells["metric"]), [])
            bodies = cells["extractor"] == NO_JUDGE
            if not (bodies and rows):
                rows.append(("" if bodies else str(judge.get("kind", "")), cells))
    groups = []
    for group, names in metric_groups(list(found)).items():
        cards = tuple(_card(name, found[name]) for name in names)
        if cards:
            groups.append(CardGroup(GROUP_WORDS.get(group, ""), cards))
    return groups


def shares_map(run: RunFolder) -> tuple[str, Markup] | None:
    """Natural against diverse: a heading and a chart; None where no such pair was measured."""
    for across, upwards in MAPS:
        bars = []
        for judge in run.judges:
            rows = run.rows_of(str(judge.get("name", ""))).set_index("metric")
            if across in rows.index and upwards in rows.index:
                (x, *_, floor_x), (y, *_, floor_y) = (
                    score_of(rows.loc[name], 100.0) for name in (across, upwards)
                )
                bars.append((str(judge.get("kind", "")), (x, y), (floor_x, floor_y)))
        if bars:
            title = f"{across.capitalize()} against {upwards}"
            names = (f"{across} (%), natural", f"{upwards} (%), diverse")
            return title, scatter(bars, "shares-map", title, names)
    return None


def _card(metric: str, rows: Sequence[tuple[str, dict[str, Any]]]) -> Card:
    words, direction = metric_words(metric), metric_direction(metric)
    judged = [likeness(judge, cells) for judge, cells in rows]
    bars = []
    for judge, cells in rows:
        mean, low, high, floor = score_of(cells, words.scale)
        _, floor_low, floor_high = (number(cells[key]) * words.scale for key in FLOOR_COLUMNS)
        bars.append(Bar(judge or "bodies", mean, low, high, floor, floor_low, floor_high))
    references = [str(cells["reference"]) for _, cells in rows]
    return Card(
        name=metric,
        title=words.short[0].upper() + words.short[1:],
        arrow=ARROWS[direction],
        direction=DIRECTION_WORDS[direction],
        meaning=words.meaning,
        against=reference_words(references),
        rows=tuple(
            _judge_row(metric, one, cells) for one, (_, cells) in zip(judged, rows, strict=True)
        ),
        disagreement=_disagreement(judged),
        chart=forest(
            bars, f"metric-{metric.replace('_', '-')}", f"{words.title} by judge", words.axis,
            include=(0.0,), width=CARD_WIDTH,
        ),
    )  # fmt: skip


def _judge_row(metric: str, one: Likeness, cells: dict[str, Any]) -> JudgeRow:
    words = metric_words(metric)
    _, low, high = (cells[key] for key in FLOOR_COLUMNS)
    outcome = _outcome(one)
    return JudgeRow(
        judge=one.judge or "bodies",
        value=words.shown(cells["mean"]),
        bounds=interval(cells["ci95_low"], cells["ci95_high"], words.digits, words.scale),
        floor=words.shown(cells["real_floor"]),
        floor_bounds=interval(low, high, words.digits, words.scale),
        outcome=outcome,
        words=OUTCOMES[outcome],
    )


def _outcome(one: Likeness) -> str:
    if one.outcome in ("like", "untold"):
        return one.outcome
    return "worse" if one.bad else "better"


def _disagreement(found: Sequence[Likeness]) -> str:
    """Where judges come to opposite verdicts, or differ on a share by more than on real clips."""
    good = [one.judge for one in found if _outcome(one) in ("like", "better")]
    bad = [one.judge for one in found if _outcome(one) == "worse"]
    if good and bad:
        return f"{' and '.join(bad)}: worse than real; {' and '.join(good)}: not"
    pairs = disagreements(found) if found[0].metric == "accuracy" else []
    if pairs:
        low, high = max(pairs, key=lambda pair: pair[1].low - pair[0].high)
        return f"{low.judge} and {high.judge} differ by more than on real clips"
    return ""
