"""The figure of one axis of a sweep: a panel a metric, a point a run, what real clips score."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.comparisons.run_scores import SweepPoint
from benchmark.records.display_names import (
    DIRECTION_WORDS,
    metric_direction,
    metric_words,
    reference_words,
)
from benchmark.records.tables import reason_of, score_of
from benchmark.reports.figures.figure import BLUE, Key
from benchmark.reports.figures.panels import FLOOR, Panel, Point, draw, marked

DECADE = 10.0
"""Numbers of an axis that span more than this stand on a logarithmic scale."""
WIDE = 10.0
"""Distances, of which lower is better, that span more than this do, too."""


@dataclass(frozen=True)
class _Scale:
    """Where the points of an axis lie: ``places``, from left to right or from the top down."""

    places: list[float]
    labels: list[str]
    bases: list[bool]
    name: str
    numeric: bool


def plot_axis(points: Sequence[SweepPoint], path: Path, title: str, metrics: Sequence[str]) -> Path:
    """Metrics against the real test clips along one axis of a sweep.

    Numbers run from left to right (on a logarithmic scale where they span more than a decade, with
    zero one step left of the smallest), names from the top down.

    Args:
        points: runs of one axis, in its order.
        path: PNG file to write.
        title: what is compared, in words.
    """
    scale = _scale(points)
    if scale.numeric:
        points = sorted(points, key=lambda point: point.number or 0.0)
    drawn = [point.scores.metrics.get(metric, {}) for metric in metrics for point in points]
    against = reference_words(str(row["reference"]) for row in drawn if row.get("reference"))
    return draw(
        [_panel(points, metric, scale) for metric in metrics],
        path,
        title=title,
        below=f"Against {against}. Bar: 95 % interval.",
        notes=_notes(points, scale),
        keys=(Key("synthetic clips", BLUE), FLOOR),
        columns=2 if scale.numeric else 4,
    )


def _scale(points: Sequence[SweepPoint]) -> _Scale:
    name = points[0].axis
    numbers = [point.number for point in points if point.number is not None]
    if len(numbers) < len(points) or len(numbers) < 2:
        places = [float(place) for place in range(len(points))]
        labels = [f"{point.value} (base)" if point.base else point.value for point in points]
        return _Scale(places, labels, [point.base for point in points], name, False)
    ordered = sorted(points, key=lambda point: point.number or 0.0)
    values = sorted(numbers)
    positive = [value for value in values if value > 0]
    places = [float(place) for place in range(len(values))]
    if values[0] >= 0 and len(positive) > 1 and positive[-1] / positive[0] > DECADE:
        logs = [math.log10(value) for value in positive]
        step = (logs[-1] - logs[0]) / (len(logs) - 1)
        places = [logs[0] - step] * (len(values) - len(positive)) + logs
        name = f"{name} (log scale)"
    labels = [point.value for point in ordered]
    return _Scale(places, labels, [point.base for point in ordered], name, True)


def _panel(points: Sequence[SweepPoint], metric: str, scale: _Scale) -> Panel:
    words, direction = metric_words(metric), metric_direction(metric)
    drawn, values = [], []
    for place, base, point in zip(scale.places, scale.bases, points, strict=True):
        row = point.scores.metrics.get(metric, {})
        mean, low, high, floor = score_of(row, words.scale)
        text = "" if mean == mean else "undefined" if reason_of(row.get("mean")) else "no value"
        drawn.append(Point(place, mean, low, high, text, floor, hollow=base))
        values += [mean, floor]
    logarithmic = direction == "lower" and _spans_much(values)
    axis = f"{words.axis}{', log scale' if logarithmic else ''}"
    return Panel(
        words.short, "\n".join(textwrap.wrap(axis, 27)), scale.labels,
        1.5 if scale.numeric else max(0.9, 0.27 * len(points)), drawn,
        below=DIRECTION_WORDS[direction], rows_axis=scale.name, places=scale.places,
        bold=[row for row, base in enumerate(scale.bases) if base], logarithmic=logarithmic,
        upright=scale.numeric,
    )  # fmt: skip


def _spans_much(values: Sequence[float]) -> bool:
    known = [value for value in values if not math.isnan(value)]
    return bool(known) and min(known) > 0 and max(known) / min(known) > WIDE


def _notes(points: Sequence[SweepPoint], scale: _Scale) -> list[str]:
    notes = [
        "Intervals cover which clips were sampled, not another training of the generator. Real "
        "clips (the floor) are drawn in the same number and class proportions."
    ]
    if any(scale.bases):
        notes.append("Hollow point, bold name: the base of the sweep.")
    runs = [point.scores.run for point in points]
    notes += marked(list(dict.fromkeys(one for run in runs for one in run.data_caveats)))
    said: dict[str, list[str]] = {}
    for point in points:
        for sentence in point.scores.run.generator_caveats:
            said.setdefault(sentence, []).append(point.value)
    notes += [f"Note ({', '.join(values)}): {sentence}" for sentence, values in said.items()]
    return notes
