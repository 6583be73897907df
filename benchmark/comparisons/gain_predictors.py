"""Which metric, under which judge, tells beforehand what samples are worth to a recognizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Any

import numpy as np

from benchmark.comparisons.arm_gains import AUGMENTED, CONTROL, differences
from benchmark.comparisons.run_scores import RunScores, run_scores
from benchmark.records.comparable import check_comparable
from benchmark.records.display_names import metric_direction, metric_order
from benchmark.records.repetitions import trainings_of
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import NO_JUDGE, number
from benchmark.statistics.multiplicity import holm
from benchmark.statistics.rank_correlation import (
    LEAST_ENTRIES,
    rank_correlation,
    reliability,
)
from skeletons.arrays import Float64Array
from skeletons.errors import InputError

PREDICTOR_COLUMNS = (
    "recognizer", "metric", "judge", "reference", "direction", "entries", "correlation",
    "ci95_low", "ci95_high", "p_value", "p_holm",
)  # fmt: skip


@dataclass(frozen=True)
class Predictor:
    """A metric under a judge, and how well the order it gives agrees with that of the gains.

    Attributes:
        judge: name of the judge; empty for a metric of bodies.
        entries: generators, or settings of one, that have both numbers.
        correlation: Spearman's, positive where better values go with larger gains; NaN where too
            few entries have a value, or all have the same.
        p_holm: adjusted for all metrics, judges and recognizers.
    """

    recognizer: str
    metric: str
    judge: str
    reference: str
    entries: int
    correlation: float
    low: float
    high: float
    p_value: float
    p_holm: float = nan

    @property
    def strength(self) -> float:
        """The correlation without its sign; below 0 where there is none."""
        return -1.0 if isnan(self.correlation) else abs(self.correlation)

    def row(self) -> dict[str, Any]:
        """As a table has it."""
        return {
            "recognizer": self.recognizer,
            "metric": self.metric,
            "judge": self.judge or NO_JUDGE,
            "reference": self.reference,
            "direction": metric_direction(self.metric),
            "entries": self.entries,
            "correlation": self.correlation,
            "ci95_low": self.low,
            "ci95_high": self.high,
            "p_value": self.p_value,
            "p_holm": self.p_holm,
        }


@dataclass(frozen=True)
class GainPredictors:
    """What metrics tell of gains.

    Attributes:
        entries: what was compared, each with metrics and gains.
        predictors: recognizer by recognizer, the strongest first.
        reliability: of the gains of each recognizer, from 0 to 1; NaN where one training says it.
    """

    entries: tuple[RunScores, ...]
    predictors: tuple[Predictor, ...]
    reliability: dict[str, float]

    def gains(self, recognizer: str) -> Float64Array:
        """Gain of each entry in points, ``[N]``; NaN where it has none."""
        return np.asarray([_gain(entry, recognizer) for entry in self.entries])


def gain_predictors(runs: Sequence[RunFolder]) -> GainPredictors:
    """Correlate each metric of each judge with the gains of each recognizer over generators.

    Trainings of one generator are one entry. A metric that is best near its floor is turned into
    its distance from it, one that is best when low is turned round, so that every correlation is
    positive where better values go with larger gains.

    Raises:
        InputError: runs that no table may rank together, or fewer than five with a gain.
    """
    check_comparable(runs)
    entries = tuple(run_scores(*group) for group in trainings_of(runs))
    recognizers = list(dict.fromkeys(str(g["recognizer"]) for e in entries for g in e.gains))
    found = [
        predictor for recognizer in recognizers for predictor in _predictors(entries, recognizer)
    ]
    if not found:
        raise InputError(
            f"the arms '{CONTROL}' and '{AUGMENTED}' of {LEAST_ENTRIES} generators or more are "
            f"compared with their metrics, there are {len(entries)} in all: give more runs"
        )
    adjusted = holm([predictor.p_value for predictor in found])
    predictors = [
        replace(predictor, p_holm=float(p)) for predictor, p in zip(found, adjusted, strict=True)
    ]
    predictors.sort(key=lambda one: (recognizers.index(one.recognizer), -one.strength))
    reliable = {name: _reliability(entries, name) for name in recognizers}
    return GainPredictors(entries, tuple(predictors), reliable)


def oriented(metric: str, mean: float, floor: float) -> float:
    """A value of a metric, larger where it is better."""
    direction = metric_direction(metric)
    if direction == "real":
        return -abs(mean - floor)
    return -mean if direction == "lower" else mean


def _predictors(entries: Sequence[RunScores], recognizer: str) -> list[Predictor]:
    """Every metric of every judge beside the gains; columns that the same entries have at once."""
    gains = np.asarray([_gain(entry, recognizer) for entry in entries])
    if np.isfinite(gains).sum() < LEAST_ENTRIES:
        return []
    families = np.asarray([str(entry.run.spec.get("generator", "")) for entry in entries])
    scales = _scales(entries)
    values = np.asarray(
        [
            [oriented(metric, *value_and_floor(e, judge, metric)) for judge, metric, _ in scales]
            for e in entries
        ]
    )
    known = np.isfinite(values) & np.isfinite(gains)[:, None]
    told = np.full((4, len(scales)), np.nan)
    masks, mask = np.unique(known, axis=1, return_inverse=True)
    for place, rows in enumerate(masks.T):
        columns = np.flatnonzero(mask == place)
        if rows.sum() >= LEAST_ENTRIES:
            told[:, columns] = rank_correlation(
                values[np.ix_(rows, columns)], gains[rows], families[rows]
            )
    return [
        Predictor(recognizer, metric, judge, reference, int(count), *map(float, numbers))
        for (judge, metric, reference), count, numbers in zip(
            scales, known.sum(axis=0), told.T, strict=True
        )
    ]


def _scales(entries: Sequence[RunScores]) -> list[tuple[str, str, str]]:
    """Judge, metric and reference of every column, metrics of bodies once and under no judge."""
    seen: dict[tuple[str, str], str] = {}
    for entry in entries:
        for judge, metrics in entry.judged.items():
            for metric, row in metrics.items():
                own = "" if str(row.get("extractor")) == NO_JUDGE else judge
                seen.setdefault((own, metric), str(row.get("reference", "")))
    ordered = metric_order([metric for _, metric in seen])
    return [
        (judge, metric, seen[judge, metric])
        for metric in ordered
        for judge in dict.fromkeys(judge for judge, of in seen if of == metric)
    ]


def value_and_floor(entry: RunScores, judge: str, metric: str) -> tuple[float, float]:
    """A metric of an entry under a judge, or without one, and what real clips score; NaN for what
    there is not."""
    tables = [entry.judged.get(judge, {})] if judge else entry.judged.values()
    row = next((table[metric] for table in tables if metric in table), {})
    return number(row.get("mean", nan)), number(row.get("real_floor", nan))


def _gain(entry: RunScores, recognizer: str) -> float:
    """The paired gain in points; NaN without one."""
    for gain in entry.gains:
        if gain["recognizer"] == recognizer and gain["gain"] is not None:
            return number(gain["gain"])
    return nan


def _reliability(entries: Sequence[RunScores], recognizer: str) -> float:
    """Of the gains, from those of the first and of the second half of the recognizer's seeds."""
    halves = []
    for entry in entries:
        try:
            of = np.stack(
                [differences(run.predictions, recognizer, AUGMENTED)[0] for run in entry.runs]
            )
        except InputError:
            continue
        if of.shape[1] > 1:
            middle = of.shape[1] // 2
            halves.append([of[:, :middle].mean(), of[:, middle:].mean()])
    return reliability(np.asarray(halves)) if len(halves) >= LEAST_ENTRIES else nan
