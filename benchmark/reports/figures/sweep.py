"""The figure of one axis of a sweep: a panel a metric, a point a run, what real clips score."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.comparisons.run_scores import SweepPoint
from benchmark.records.display_names import (
    DIRECTION_WORDS,
    metric_direction,
    metric_words,
    reference_words,
)
from benchmark.records.tables import number, reason_of, score_of
from benchmark.reports.figures.figure import BLUE, Key
from benchmark.reports.figures.panels import FLOOR, Panel, Point, draw, marked

DECADE = 10.0
"""Numbers of an axis that span more than this stand on a logarithmic scale."""
WIDE = 10.0
"""Distances, of which lower is better, that span more than this do, too."""


@dataclass(frozen=True)
class AxisScale:
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
    scale = axis_scale(points)
    drawn = [point.scores.metrics.get(metric, {}) for metric in metrics for point in points]
    against = reference_words(str(row["reference"]) for row in drawn if row.get("reference"))
    return draw(
        axis_panels(points, metrics),
        path,
        title=title,
        below=f"Against {against}. Bar: 95 % interval.",
        notes=_notes(points, scale),
        keys=(Key("synthetic clips", BLUE), FLOOR),
        columns=2 if scale.numeric else 4,
    )


def axis_panels(points: Sequence[SweepPoint], metrics: Sequence[str]) -> list[Panel]:
    """A panel a metric, as the first judge sees it."""
    scale, ordered = axis_scale(points), _along(points)
    return [_metric_panel(ordered, metric, scale) for metric in metrics]


def gain_panels(points: Sequence[SweepPoint]) -> list[Panel]:
    """A panel a recognizer: its gain along the axis."""
    scale, ordered = axis_scale(points), _along(points)
    recognizers = dict.fromkeys(
        str(row["recognizer"]) for point in points for row in point.scores.gains
    )
    return [_gain_panel(ordered, recognizer, scale) for recognizer in recognizers]


def _along(points: Sequence[SweepPoint]) -> list[SweepPoint]:
    """Points in the order of their scale."""
    if axis_scale(points).numeric:
        return sorted(points, key=lambda point: point.number or 0.0)
    return list(points)


def axis_scale(points: Sequence[SweepPoint]) -> AxisScale:
    """Where the points of an axis lie."""
    name = points[0].axis
    numbers = [point.number for point in points if point.number is not None]
    if len(numbers) < len(points) or len(numbers) < 2:
        places = [float(place) for place in range(len(points))]
        labels = [f"{point.value} (base)" if point.base else point.value for point in points]
        return AxisScale(places, labels, [point.base for point in points], name, False)
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
    return AxisScale(places, labels, [point.base for point in ordered], name, True)


def _metric_panel(points: Sequence[SweepPoint], metric: str, scale: AxisScale) -> Panel:
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
    panel = _panel(words.short, axis, scale, drawn)
    return replace(panel, below=DIRECTION_WORDS[direction], logarithmic=logarithmic)


def _gain_panel(points: Sequence[SweepPoint], recognizer: str, scale: AxisScale) -> Panel:
    drawn = []
    for place, base, point in zip(scale.places, scale.bases, points, strict=True):
        rows = [row for row in point.scores.gains if row["recognizer"] == recognizer]
        row = rows[0] if rows else {}
        gain, low, high = (number(row.get(name)) for name in ("gain", "low", "high"))
        text = "" if gain == gain else "no value"
        drawn.append(Point(place, gain, low, high, text, hollow=base))
    panel = _panel(f"gain of {recognizer}", "points against real clips only", scale, drawn)
    return replace(panel, line=0.0, include=(-1.0, 1.0))


def _panel(title: str, axis: str, scale: AxisScale, points: Sequence[Point]) -> Panel:
    return Panel(
        title, "\n".join(textwrap.wrap(axis, 27)), scale.labels,
        1.5 if scale.numeric else max(0.9, 0.27 * len(points)), points, rows_axis=scale.name,
        places=scale.places, bold=[row for row, base in enumerate(scale.bases) if base],
        upright=scale.numeric,
    )  # fmt: skip


def _spans_much(values: Sequence[float]) -> bool:
    known = [value for value in values if not math.isnan(value)]
    return bool(known) and min(known) > 0 and max(known) / min(known) > WIDE


def _notes(points: Sequence[SweepPoint], scale: AxisScale) -> list[str]:
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
