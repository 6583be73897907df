"""The picture of which metric tells the gain: correlations by judge, and gains by the best."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.comparisons.gain_predictors import value_and_floor
from benchmark.records.display_names import metric_direction, metric_order, metric_words
from benchmark.reports.figures.forest_plot import PALER
from benchmark.reports.figures.heat_map import HeatMap
from benchmark.reports.figures.panels import Drawing, draw
from benchmark.reports.figures.scatter import Scatter

if TYPE_CHECKING:
    from benchmark.comparisons.gain_predictors import GainPredictors, Predictor

LEVEL = 0.05
SHOWN = 4
"""Metrics whose values are drawn against the gains."""
BODIES = "bodies"
AWAY = "away from real clips' "


def plot_gain_predictors(found: GainPredictors, recognizer: str, path: Path) -> Path:
    """Draw one recognizer's correlations, and its gains against the metrics that tell most.

    Args:
        path: PNG file to write.
    """
    own = [one for one in found.predictors if one.recognizer == recognizer]
    best: dict[str, Predictor] = {}
    for one in own:
        if not isnan(one.correlation):
            best.setdefault(one.metric, one)
    drawings: list[Drawing] = [
        _scatter(found, one, names=_names(found)) for one in list(best.values())[:SHOWN]
    ]
    map_path = path.with_name(f"{path.stem}-correlations{path.suffix}")
    draw(
        [_map(own)],
        map_path,
        title=f"Which metric tells the gain of {recognizer}? {found.entries[0].run.measured_on}",
        below=f"Spearman's rank correlation over {len(found.entries)} generators and settings.",
        notes=[
            "Positive: better values go with larger gains. Framed: told from none at 5 % after "
            "Holm's adjustment for all that were tested.",
        ],
    )
    return draw(
        drawings,
        path,
        title=f"Gain of {recognizer} by what metrics say. {found.entries[0].run.measured_on}",
        below="The metrics whose order agrees most with that of the gains, here and with these "
        "generators; to the right is better.",
        columns=2,
    )


def _map(own: list[Predictor]) -> HeatMap:
    judges = sorted({one.judge for one in own}, key=lambda judge: (not judge, judge))
    metrics = metric_order(list({one.metric for one in own}))
    values = np.full((len(metrics), len(judges)), np.nan)
    words = [[""] * len(judges) for _ in metrics]
    framed = np.zeros(values.shape, dtype=bool)
    for one in own:
        place = metrics.index(one.metric), judges.index(one.judge)
        values[place] = one.correlation
        framed[place] = one.p_holm < LEVEL
        if not isnan(one.correlation):
            words[place[0]][place[1]] = f"{one.correlation:+.2f}"
    return HeatMap(
        values=values,
        words=words,
        names=[metric_words(metric).short for metric in metrics],
        columns=[judge or BODIES for judge in judges],
        colours=PALER,
        limits=(-1.0, 1.0),
        row_inches=0.27,
        framed=framed,
    )


def _scatter(found: GainPredictors, one: Predictor, names: list[str]) -> Scatter:
    words, direction = metric_words(one.metric), metric_direction(one.metric)
    values = []
    for entry in found.entries:
        mean, floor = value_and_floor(entry, one.judge, one.metric)
        values.append(words.scale * (abs(mean - floor) if direction == "real" else mean))
    bounds = "" if isnan(one.low) else f" [{one.low:+.2f}, {one.high:+.2f}]"
    return Scatter(
        across=np.asarray(values),
        up=found.gains(one.recognizer),
        names=names,
        across_axis=f"{AWAY}{words.short}" if direction == "real" else words.axis,
        up_axis="gain (percentage points)",
        title=f"{words.short}, {one.judge or BODIES}",
        below=f"rank correlation {one.correlation:+.2f}{bounds}",
        line=0.0,
        inverted=direction in ("lower", "real"),
    )


def _names(found: GainPredictors) -> list[str]:
    from benchmark.reports.leaderboard_sections import row_names

    return row_names(found.entries, trainings=False)
