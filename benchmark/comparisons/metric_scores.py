"""Metrics of several runs side by side: value, interval, real floor, letters of the tie groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan, nan

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from benchmark.records.display_names import metric_direction, metric_order
from benchmark.records.repetitions import Repetitions
from benchmark.records.tables import number
from benchmark.statistics.crossed import crossed_estimate
from benchmark.statistics.tie_groups import tie_letters
from benchmark.statistics.variance import Share, metric_shares
from metrics.protocols import PROTOCOLS
from metrics.registry import built_in_metrics

OF_SAMPLING = "half-sample"
"""Kind of a protocol's intervals that is the error of the sampled clips. The other kind is the
error of an average of draws, which says nothing of sampling."""
SAMPLED, AVERAGED = "sampling", "the average of draws"


@dataclass(frozen=True)
class MetricScore:
    """One metric of one entry against one reference.

    Attributes:
        mean: over generator seeds; NaN where a run has none.
        low: lower end of the 95 % interval.
        high: upper end.
        floor: what real clips score.
        varies: what the interval covers.
        letters: tie groups among the entries; ``""`` where no order is known.
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
    letters: str = ""
    reason: str = ""


def metric_scores(
    entries: Mapping[str, Repetitions],
) -> tuple[list[MetricScore], dict[tuple[str, str], list[Share]]]:
    """Scores metric by metric, and variance shares by run and metric where generators repeat.

    With one generator seed the interval is the run's own and covers sampling. With several it is
    Student's t over their values and covers both, since each generator was sampled on its own.
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
        for name, group in entries.items():
            cells = [run[metric] for run in rows[name] if metric in run]
            if not cells:
                continue
            protocol = PROTOCOLS.get(str(group.first.spec.get("protocol", "")))
            sampled = protocol is not None and protocol.interval == OF_SAMPLING
            of_metric.append(_score(name, metric, cells, SAMPLED if sampled else AVERAGED))
            parts = _parts(cells) if sampled else []
            if parts:
                shares[name, metric] = parts
        scores += _with_letters(of_metric, metric_direction(metric))
    return scores, shares


def _score(name: str, metric: str, cells: list[pd.Series], varies: str) -> MetricScore:
    reference = str(cells[0]["reference"])
    means = [number(cell["mean"]) for cell in cells]
    floors = [number(cell["real_floor"]) for cell in cells]
    floor = float(np.mean(floors))
    if any(isnan(mean) for mean in means):
        reason = next(str(c["mean"]) for c, mean in zip(cells, means, strict=True) if isnan(mean))
        return MetricScore(name, metric, reference, nan, nan, nan, floor, "", reason=reason)
    if len(means) == 1:
        ends = number(cells[0]["ci95_low"]), number(cells[0]["ci95_high"])
        return MetricScore(name, metric, reference, means[0], *ends, floor, varies)
    estimate = crossed_estimate(np.asarray(means))
    # A few generators can agree by chance; their mean varies no less than sampling alone makes it.
    sides = [[number(cell[end]) for cell in cells] for end in ("ci95_low", "ci95_high")]
    halves = np.abs(np.asarray(sides) - means).max(axis=0)
    least = float(np.sqrt((halves**2).mean() / len(means))) if np.isfinite(halves).all() else 0.0
    half = max(estimate.half_width, least)
    known = built_in_metrics().get(metric)
    bounds = known.bounds if known else (-np.inf, np.inf)
    low, high = np.clip([estimate.mean - half, estimate.mean + half], *bounds).tolist()
    varies = f"generator seeds and {varies}"
    return MetricScore(name, metric, reference, estimate.mean, low, high, floor, varies)


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
    letters = tie_letters(means, lows, highs, direction, floors)
    return [replace(score, letters=mark) for score, mark in zip(scores, letters, strict=True)]
