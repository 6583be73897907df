"""Quality against time: which way of sampling one fitted generator is worth its evaluations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Any

import numpy as np

from benchmark.comparisons.run_scores import RunScores
from benchmark.records.comparable import check_comparable
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import METRICS_COLUMNS, number, numbers, read_table, score_of
from metrics.evaluation.intervals import half_sample_interval
from skeletons.arrays import Float64Array
from skeletons.errors import InputError

FRONTIER_COLUMNS = (
    "point", "sampler", "steps", "evaluations", "seconds_per_clip", "judge", "fid", "ci95_low",
    "ci95_high", "relative_fid", "relative_low", "relative_high", "accuracy", "memory_ratio",
    "c2st_accuracy", "pareto", "status",
)  # fmt: skip
MOST_EVALUATIONS = 10
MARGIN = 0.05
"""The aim: so few evaluations, and FID no more than this share above the reference's."""
AIM = (
    f"{MOST_EVALUATIONS} or fewer network evaluations within {100 * MARGIN:.0f} % of the FID of "
    "the most steps under every judge"
)
BESIDE = ("accuracy", "memory_ratio")


@dataclass(frozen=True, eq=False)
class Point:
    """A way of sampling, and what was measured of it.

    Attributes:
        evaluations: forward passes of networks for one sample.
        seconds: of sampling a clip; NaN where unknown.
        reference: whether it is the one that others are held against.
        scores: what its run measured.
    """

    name: str
    sampler: str
    steps: int
    evaluations: int
    seconds: float
    reference: bool
    scores: RunScores

    @property
    def run(self) -> RunFolder:
        """Its run."""
        return self.scores.run


@dataclass(frozen=True)
class Judged:
    """What a judge says of a point; NaN where it says nothing.

    Attributes:
        relative: its FID over the reference's, ``relative_low`` to ``relative_high`` with 95 %.
        c2st: accuracy of the network of the judge's kind that learnt to tell samples from real
            clips.
        pareto: whether no other point has a lower FID for as many evaluations or fewer.
    """

    point: Point
    judge: str
    kind: str
    fid: float
    low: float
    high: float
    relative: float
    relative_low: float
    relative_high: float
    accuracy: float
    memory_ratio: float
    c2st: float
    pareto: bool = False

    def row(self) -> dict[str, Any]:
        """As a table has it."""
        c2st = None if isnan(self.c2st) else self.c2st
        cells = (
            *(self.point.name, self.point.sampler, self.point.steps, self.point.evaluations),
            *(self.point.seconds, self.judge, self.fid, self.low, self.high),
            *(self.relative, self.relative_low, self.relative_high),
            *(self.accuracy, self.memory_ratio, c2st, self.pareto, self.point.run.status),
        )
        return dict(zip(FRONTIER_COLUMNS, cells, strict=True))


def frontier(points: Sequence[Point]) -> tuple[Judged, ...]:
    """Every point as each judge sees it, judge by judge.

    Draws of two points take the same places of their pools, so that the interval of the ratio of
    their FIDs is that of half-samples of the linearised ratio: of the clips that were sampled, not
    of another training.

    Raises:
        InputError: runs that no table may rank together, or no reference.
    """
    check_comparable([point.run for point in points])
    reference = next((point for point in points if point.reference), None)
    if reference is None or not reference.run.judges:
        raise InputError("there is no run of the most steps to hold the others against")
    found: list[Judged] = []
    for judge in reference.run.judges:
        name, kind = str(judge.get("name", "")), str(judge.get("kind", ""))
        base = _draws(reference.run, name)
        rows = [_judged(point, name, kind, base) for point in points]
        places = [(row.point.evaluations, row.fid) for row in rows]
        front = [_is_on_front(place, places) for place in places]
        found += [replace(row, pareto=on) for row, on in zip(rows, front, strict=True)]
    return tuple(found)


def relative(values: Float64Array, base: Float64Array) -> tuple[float, float, float]:
    """Ratio of the means of paired draws, each ``[R]``, and its 95 % interval; NaN where there is
    none."""
    if len(values) != len(base) or len(values) < 2:
        return nan, nan, nan
    ratio = float(values.mean() / base.mean())
    low, high = half_sample_interval(ratio + (values - ratio * base) / base.mean())
    return ratio, low, high


def verdict(rows: Sequence[Judged]) -> str:
    """Whether the aim is reached, in one sentence."""
    seen_of: dict[Point, list[Judged]] = {}
    for row in rows:
        if row.point.evaluations <= MOST_EVALUATIONS and not row.point.reference:
            seen_of.setdefault(row.point, []).append(row)
    few = [seen for seen in seen_of.values() if not any(isnan(row.relative_high) for row in seen)]
    if not few:
        return f"Aim, {AIM}: no point has so few evaluations."
    bound = 1.0 + MARGIN
    sure = [seen for seen in few if all(row.relative_high <= bound for row in seen)]
    lost = all(any(row.relative_low > bound for row in seen) for seen in few)
    if sure:
        best = min(sure, key=lambda seen: (seen[0].point.evaluations, _worst(seen)))
        answer = "reached by"
    else:
        best = min(few, key=_worst)
        answer = "not reached, nearest is" if lost else "cannot be told, nearest is"
    reference = next(row.point for row in rows if row.point.reference)
    point = best[0].point
    faster = reference.seconds / point.seconds
    times = "" if isnan(faster) else f", {faster:.0f} times as fast as {reference.name}"
    told = ", ".join(f"{row.kind} {_percent(row)}" for row in best)
    return f"Aim, {AIM}: {answer} {point.name}{times} (FID by {told})."


def _worst(seen: Sequence[Judged]) -> float:
    return max(row.relative for row in seen)


def _percent(row: Judged) -> str:
    ends = (row.relative, row.relative_low, row.relative_high)
    mean, low, high = (f"{100 * (end - 1):+.0f}" for end in ends)
    return f"{mean} % [{low}, {high}]"


def _judged(point: Point, name: str, kind: str, base: Float64Array) -> Judged:
    scores = point.scores.judged.get(name, {})
    fid, low, high, _ = score_of(scores.get("fid", {}))
    accuracy, memory = (number(scores.get(one, {}).get("mean")) for one in BESIDE)
    tests = point.run.two_sample
    tests = tests[(tests["network"] == kind) & (tests["clips"] == "synthetic")]
    c2st = number(tests["accuracy"].iloc[0]) if len(tests) else nan
    ratios = relative(_draws(point.run, name), base)
    return Judged(point, name, kind, fid, low, high, *ratios, accuracy, memory, c2st)


def _draws(run: RunFolder, judge: str) -> Float64Array:
    """FID of each draw against the held-out part, ``[R]``."""
    table = read_table(run.path / "metrics.csv", METRICS_COLUMNS)
    own = (table["extractor"] == judge) & (table["metric"] == "fid")
    values = numbers(table.loc[own & (table["reference"] == run.part), "value"])
    return np.asarray(values, dtype=np.float64)


def _is_on_front(place: tuple[int, float], places: Sequence[tuple[int, float]]) -> bool:
    cost, value = place
    return not isnan(value) and not any(
        other <= cost and fid <= value and (other, fid) != place for other, fid in places
    )
