"""Like real clips, unlike them, or not to be told: one rule for every metric.

A value and what real clips score (the floor) both have 95 % intervals, so their difference lies
between the two that the ends make; this is wider than need be, since both ends do not err at once.
Clips are *like real ones* in a metric only if this whole interval is within a margin that is stated
beforehand (equivalence testing, Schuirmann 1987), *unlike* them if it leaves out 0; else it cannot
be told, and fewer clips make no verdict better.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benchmark.records.display_names import metric_direction
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import FLOOR_COLUMNS, NO_JUDGE, number

SHARE_MARGIN = 0.05
"""Five points, for shares of clips."""
RELATIVE_MARGIN = 0.25
"""A quarter of the floor, for distances, of which lower is better."""
SPREAD_MARGIN = 0.1
"""A tenth of the floor, for what is best near it."""

SHARES = ("accuracy",)

Outcome = Literal["like", "below", "above", "untold"]


@dataclass(frozen=True)
class Likeness:
    """One metric of a run, as one judge sees it, beside what real clips score.

    Attributes:
        judge: kind of the judge.
        mean: of the synthetic clips; NaN where it is undefined.
        floor: of real clips; NaN where it is undefined.
        low: lower end of the difference of the two.
        high: its upper end.
        outcome: ``like``, ``below`` or ``above`` the floor, or ``untold``.
    """

    judge: str
    metric: str
    reference: str
    mean: float
    floor: float
    low: float
    high: float
    outcome: Outcome

    @property
    def bad(self) -> bool:
        """Whether the clips are worse than real ones."""
        if self.outcome in ("like", "untold"):
            return False
        direction = metric_direction(self.metric)
        return direction == "real" or (self.outcome == "above") == (direction == "lower")


def likeness(judge: str, row: Mapping[str, Any]) -> Likeness:
    """How like real clips a row of ``summary.csv`` is."""
    metric = str(row["metric"])
    mean, low, high = (number(row[name]) for name in ("mean", "ci95_low", "ci95_high"))
    floor, floor_low, floor_high = (number(row[name]) for name in FLOOR_COLUMNS)
    least, most = low - floor_high, high - floor_low
    margin = margin_of(metric, floor)
    distance = metric_direction(metric) == "lower"
    if math.isnan(least) or math.isnan(most):
        outcome: Outcome = "untold"
    elif most <= margin and (distance or least >= -margin):
        outcome = "like"
    elif least > 0.0:
        outcome = "above"
    else:
        outcome = "below" if most < 0.0 else "untold"
    reference = str(row.get("reference", ""))
    return Likeness(judge, metric, reference, mean, floor, least, most, outcome)


def margin_of(metric: str, floor: float) -> float:
    """How far from the floor a value may be and still count as like real clips."""
    if metric in SHARES:
        return SHARE_MARGIN
    share = RELATIVE_MARGIN if metric_direction(metric) == "lower" else SPREAD_MARGIN
    return share * floor


def strictest(found: Sequence[Likeness]) -> Likeness:
    """The judge that a verdict follows: one that finds the clips worse than real ones, else one who
    cannot tell; of several the one for whom they are farthest on the worse side of the floor, in
    units of the margin."""
    return max(found, key=_strictness)


def disagreements(found: Sequence[Likeness]) -> list[tuple[Likeness, Likeness]]:
    """Pairs of judges who differ on the samples by more than they do on real clips: the intervals
    of their differences to the floor do not overlap."""
    return [
        (one, other) if one.high < other.low else (other, one)
        for place, one in enumerate(found)
        for other in found[place + 1 :]
        if one.high < other.low or other.high < one.low
    ]


def judged(run: RunFolder, metric: str) -> list[Likeness]:
    """What each judge of a run says of a metric; metrics of the body have one row, of no judge."""
    found = []
    for judge in run.judges:
        rows = run.rows_of(str(judge.get("name", "")))
        for _, row in rows[rows["metric"] == metric].iterrows():
            cells = {str(key): cell for key, cell in row.items()}
            if cells["extractor"] == NO_JUDGE:
                return [likeness("", cells)]
            found.append(likeness(str(judge.get("kind", "")), cells))
    return found


def beyond_floor(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Distances and accuracies of ``summary.csv`` that are worse than real clips' for certain, in
    words; for real clips that went the same way as samples do, there should be none."""
    worse = []
    for row in rows:
        name = str(row["metric"])
        if name not in SHARES and metric_direction(name) != "lower":
            continue
        one = likeness(str(row["extractor"]), row)
        if one.bad:
            worse.append(
                f"{name} against {one.reference} ({one.judge}): {one.mean:.3g}, real clips "
                f"{one.floor:.3g}"
            )
    return worse


def _strictness(one: Likeness) -> tuple[int, float]:
    """How bad a judge finds the clips: by outcome first, then by how far they are on the worse side
    of the floor."""
    margin = margin_of(one.metric, one.floor)
    away = {"lower": 1.0, "higher": -1.0}.get(metric_direction(one.metric), 0.0)
    worse = away * (one.mean - one.floor) if away else abs(one.mean - one.floor)
    if math.isnan(worse) or math.isnan(margin):
        return (1 if one.outcome == "untold" else 0), -math.inf
    units = worse / margin if margin > 0.0 else math.copysign(math.inf, worse)
    return (2 if one.bad else 1 if one.outcome == "untold" else 0), units
