"""Metrics of several runs side by side: value, interval, real floor, letters of the tie groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan, nan

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from benchmark.comparisons.trainings import LEAST_TRAININGS, over_trainings
from benchmark.records.display_names import metric_direction, metric_order
from benchmark.records.repetitions import Repetitions
from benchmark.records.tables import number, score_of
from benchmark.statistics.tie_groups import tie_letters
from benchmark.statistics.variance import Share, metric_shares
from metrics.evaluation.summaries import SAMPLING


@dataclass(frozen=True)
class MetricScore:
    """One metric of one entry against one reference.

    Attributes:
        mean: over generator seeds; NaN where a run has none.
        low: lower end of the 95 % interval.
        high: upper end.
        floor: what real clips score.
        varies: what the interval covers.
        trainings: of the generator that the mean is over.
        letters: tie groups among the entries that were trained twice or more; ``""`` for others, or
            where no order is known.
        reason: why there is no value.
    """

    run: str
    metric: str
    reference: str
    mean: float
    low: float
    high: float
    floor: float
    varies: str
    trainings: int = 1
    letters: str = ""
    reason: str = ""


def metric_scores(
    entries: Mapping[str, Repetitions],
) -> tuple[list[MetricScore], dict[tuple[str, str], list[Share]]]:
    """Scores metric by metric, and variance shares by run and metric where generators repeat.

    Means and intervals are those of :func:`benchmark.comparisons.trainings.over_trainings`.
    Entries are told apart where their intervals do not overlap.
    """
    rows = {
        name: [{row["metric"]: row for _, row in run.main_rows.iterrows()} for run in group.runs]
        for name, group in entries.items()
    }
    names = {metric for runs in rows.values() for run in runs for metric in run}
    scores: list[MetricScore] = []
    shares: dict[tuple[str, str], list[Share]] = {}
    for metric in metric_order(list(names)):
        of_metric = []
        for name in entries:
            cells = [run[metric] for run in rows[name] if metric in run]
            if not cells:
                continue
            of_metric.append(_score(name, metric, cells))
            parts = _parts(cells) if str(cells[0]["varies"]) == SAMPLING else []
            if parts:
                shares[name, metric] = parts
        scores += _with_letters(of_metric, metric_direction(metric))
    return scores, shares


def _score(name: str, metric: str, cells: list[pd.Series]) -> MetricScore:
    row = over_trainings([{str(key): value for key, value in cell.items()} for cell in cells])
    mean, low, high, floor = score_of(row)
    known = not isnan(mean)
    return MetricScore(
        run=name,
        metric=metric,
        reference=str(row["reference"]),
        mean=mean,
        low=low if known else nan,
        high=high if known else nan,
        floor=floor,
        varies=str(row["varies"]) if known else "",
        trainings=len(cells),
        reason="" if known else str(row["mean"]),
    )


def _parts(cells: list[pd.Series]) -> list[Share]:
    """Shares of generator seed and sampling; none for one generator seed or a missing number."""
    if len(cells) < 2:
        return []
    means, errors = [], []
    for cell in cells:
        mean, low, high = (number(cell[name]) for name in ("mean", "ci95_low", "ci95_high"))
        draws = int(cell["repetitions"])
        # An end can have been moved to the metric's bound, so the longer side is the half width.
        spread = max(mean - low, high - mean) / float(stdtrit(draws - 1, 0.975))
        means.append(mean)
        errors.append(spread)
    if not np.isfinite([*means, *errors]).all():
        return []
    return metric_shares(means, errors)


def _with_letters(scores: list[MetricScore], direction: str) -> list[MetricScore]:
    means, lows, highs, floors = (
        [getattr(score, name) for score in scores] for name in ("mean", "low", "high", "floor")
    )
    ranked = [
        mean if score.trainings >= LEAST_TRAININGS else nan
        for mean, score in zip(means, scores, strict=True)
    ]
    letters = tie_letters(ranked, lows, highs, direction, floors)
    return [replace(score, letters=mark) for score, mark in zip(scores, letters, strict=True)]
