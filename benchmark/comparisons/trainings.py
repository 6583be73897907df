"""One number of several trainings of a generator: their mean, and what it varies by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmark.records.tables import FLOOR_COLUMNS, is_undefined, number
from benchmark.statistics.crossed import crossed_estimate
from metrics.registry import built_in_metrics

LEAST_TRAININGS = 2
"""Of a generator that is ranked: one training says nothing of the next."""


def over_trainings(cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The row of one metric over several trainings, from a row of ``summary.csv`` each.

    One training keeps its own interval, which covers sampling. Of several it is Student's t over
    their values, which covers both, since each was sampled on its own. A few can agree by chance;
    their mean varies no less than sampling alone makes it. ``trainings`` says how many there are.
    """
    first: dict[str, Any] = {str(key): cell for key, cell in cells[0].items()}
    if len(cells) == 1:
        return {**first, "trainings": 1}
    missing = next((cell["mean"] for cell in cells if is_undefined(cell["mean"])), None)
    floors = {
        name: float(np.mean([number(cell[name]) for cell in cells])) for name in FLOOR_COLUMNS
    }
    told = {**first, **floors, "trainings": len(cells)}
    if missing is not None:
        return {**told, "mean": missing, "ci95_low": missing, "ci95_high": missing}
    means = np.asarray([number(cell["mean"]) for cell in cells])
    estimate = crossed_estimate(means)
    sides = [[number(cell[end]) for cell in cells] for end in ("ci95_low", "ci95_high")]
    halves = np.abs(np.asarray(sides) - means).max(axis=0)
    least = float(np.sqrt((halves**2).mean() / len(means))) if np.isfinite(halves).all() else 0.0
    half = max(estimate.half_width, least)
    known = built_in_metrics().get(str(first["metric"]))
    bounds = known.bounds if known else (-np.inf, np.inf)
    low, high = np.clip([estimate.mean - half, estimate.mean + half], *bounds).tolist()
    varies = f"generator seeds and {first['varies']}"
    return {**told, "mean": estimate.mean, "ci95_low": low, "ci95_high": high, "varies": varies}
