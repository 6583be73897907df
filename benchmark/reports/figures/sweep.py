"""The figure of one axis of a sweep: a panel a metric, a point a run, what real clips score."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchmark.records.display_names import (
    DIRECTION_WORDS,
    MetricWords,
    metric_direction,
    metric_order,
    metric_words,
    reference_words,
)
from benchmark.records.tables import number, reason_of
from benchmark.reports.figures.figure import (
    BLUE,
    GREY,
    ORANGE,
    PALE,
    WIDTH,
    new_figure,
    notes_height,
    own_style,
    save_png,
    wrapped,
    write_heading,
    write_notes,
)
from benchmark.reports.figures.run import UNDERLAY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from benchmark.reports.sweep_tables import SweepPoint

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


def plot_axis(
    points: Sequence[SweepPoint], path: Path, title: str, metrics: Sequence[str] | None = None
) -> Path:
    """Metrics, all unless they are given, against the real test clips, along one axis of a sweep.

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
    if metrics is None:
        metrics = metric_order(list({name for point in points for name in point.entry.metrics}))
    notes = wrapped(_notes(points, scale), WIDTH)
    foot = notes_height(notes)
    with own_style():
        if scale.numeric:
            figure, panels = _panels_side_by_side(len(metrics), foot)
        else:
            figure, panels = _panels_over_rows(len(metrics), scale, foot)
        drawn = [point.entry.metrics.get(metric, {}) for metric in metrics for point in points]
        held = [row.get("reference") for row in drawn]
        held_against = reference_words(str(name) for name in held if name)
        write_heading(figure, title, f"Against {held_against}. Bar: 95 % interval.")
        _legend(figure)
        for place, (axes, metric) in enumerate(zip(panels, metrics, strict=True)):
            rows = [point.entry.metrics.get(metric, {}) for point in points]
            _panel(axes, rows, metric, scale)
            if not scale.numeric and place % _row_length(len(metrics)):
                axes.set_yticklabels([])
        write_notes(figure, notes)
        return save_png(figure, path)


def _scale(points: Sequence[SweepPoint]) -> _Scale:
    name = points[0].axis
    numbers = [point.number for point in points if point.number is not None]
    if len(numbers) < len(points) or len(numbers) < 2:
        places = [float(len(points) - 1 - place) for place in range(len(points))]
        labels = [point.value for point in points]
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


def _row_length(metrics: int) -> int:
    return min(4, metrics)


def _panels_side_by_side(metrics: int, foot: float) -> tuple[Figure, list[Axes]]:
    columns = min(2, metrics)
    rows = math.ceil(metrics / columns)
    panel, top = 2.7, 0.95
    height = top + rows * panel + foot
    figure = new_figure(WIDTH, height)
    wide = (WIDTH - 0.4) / columns
    panels = []
    for place in range(metrics):
        row, column = divmod(place, columns)
        panels.append(
            figure.add_axes(
                (
                    (0.2 + column * wide + 0.75) / WIDTH,
                    (foot + (rows - 1 - row) * panel + 0.6) / height,
                    (wide - 1.1) / WIDTH,
                    (panel - 1.2) / height,
                )
            )
        )
    return figure, panels


def _panels_over_rows(metrics: int, scale: _Scale, foot: float) -> tuple[Figure, list[Axes]]:
    columns = _row_length(metrics)
    rows = math.ceil(metrics / columns)
    tall = max(0.9, 0.27 * len(scale.labels))
    panel, top = tall + 1.35, 0.75
    height = top + rows * panel + foot
    figure = new_figure(WIDTH, height)
    names = 0.45 + 0.082 * max(len(label) for label in _marked(scale))
    names = min(max(names, 0.9), 3.2)
    wide = (WIDTH - names - 0.2) / columns
    panels = []
    for place in range(metrics):
        row, column = divmod(place, columns)
        panels.append(
            figure.add_axes(
                (
                    (names + column * wide) / WIDTH,
                    (foot + (rows - 1 - row) * panel + 0.7) / height,
                    (wide - 0.3) / WIDTH,
                    tall / height,
                )
            )
        )
    return figure, panels


def _panel(axes: Axes, rows: Sequence[Any], metric: str, scale: _Scale) -> None:
    words, direction = metric_words(metric), metric_direction(metric)
    means, lows, highs, floors = (
        [number(row.get(name)) * words.scale for row in rows]
        for name in ("mean", "ci95_low", "ci95_high", "real_floor")
    )
    logarithmic = direction == "lower" and _spans_much([*means, *floors])
    value_axis: Literal["x", "y"] = "y" if scale.numeric else "x"
    if logarithmic:
        (axes.set_yscale if scale.numeric else axes.set_xscale)("log")
    if scale.numeric:
        shown = [place for place, mean in zip(scale.places, means, strict=True) if mean == mean]
        axes.plot(shown, [mean for mean in means if mean == mean], color=BLUE, lw=0.9, alpha=0.45)
    _floors(axes, floors, scale)
    for place, mean, low, high, base, row in zip(
        scale.places, means, lows, highs, scale.bases, rows, strict=True
    ):
        if math.isnan(mean):
            _nothing(axes, place, row, scale.numeric)
            continue
        if not (math.isnan(low) or math.isnan(high)):
            _line(axes, [place, place], [low, high], scale, color=BLUE, lw=2.0)
        face = "white" if base else BLUE
        _line(
            axes, [place], [mean], scale, marker="o", ms=6.0, mfc=face, mec=BLUE, mew=1.6,
            color=BLUE,
        )  # fmt: skip
    _ticks(axes, scale)
    _value_label(axes, words, logarithmic, value_axis)
    axes.set_title(words.short, loc="left", weight="bold", pad=17)
    axes.annotate(
        DIRECTION_WORDS[direction], (0.0, 1.0), (0, 4), xycoords="axes fraction",
        textcoords="offset points", size=8.5, color=GREY, va="bottom",
    )  # fmt: skip


def _line(
    axes: Axes, places: Sequence[float], values: Sequence[float], scale: _Scale, **style: Any
) -> None:
    """Something drawn at places of the axis, whichever way it runs."""
    if scale.numeric:
        axes.plot(places, values, **style)
    else:
        axes.plot(values, places, **style)


def _floors(axes: Axes, floors: Sequence[float], scale: _Scale) -> None:
    """One line where all runs have the same floor, as runs on the same data do."""
    known = [floor for floor in floors if not math.isnan(floor)]
    if not known:
        return
    if max(known) - min(known) <= 1e-9 * max(abs(value) for value in known):
        draw = axes.axhline if scale.numeric else axes.axvline
        draw(known[0], color=ORANGE, ls=":", lw=1.5, zorder=1)
        return
    for place, floor in zip(scale.places, floors, strict=True):
        _line(axes, [place], [floor], scale, marker="D", ms=5.0, color=ORANGE, ls="", zorder=1)


def _nothing(axes: Axes, place: float, row: Any, numeric: bool) -> None:
    text = "undefined" if reason_of(row.get("mean")) else "no value"
    if numeric:
        axes.text(
            place, 0.03, text, transform=axes.get_xaxis_transform(), size=8, style="italic",
            color=GREY, rotation=90, ha="center", va="bottom", bbox=UNDERLAY,
        )  # fmt: skip
    else:
        axes.text(
            0.03, place, text, transform=axes.get_yaxis_transform(), size=8, style="italic",
            color=GREY, ha="left", va="center", bbox=UNDERLAY,
        )  # fmt: skip


def _ticks(axes: Axes, scale: _Scale) -> None:
    labels = _marked(scale)
    low, high = min(scale.places), max(scale.places)
    if scale.numeric:
        margin = 0.06 * (high - low)
        axes.set_xlim(low - margin, high + margin)
        axes.set_xticks(scale.places, scale.labels, fontsize=9)
        axes.set_xlabel(scale.name, fontsize=9)
        axes.grid(axis="y", color=PALE, lw=0.6)
        ticks = axes.get_xticklabels()
    else:
        axes.set_ylim(low - 0.6, high + 0.6)
        axes.set_yticks(scale.places, labels, fontsize=9)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="both", color=PALE, lw=0.6)
        ticks = axes.get_yticklabels()
    for tick, base in zip(ticks, scale.bases, strict=True):
        tick.set_fontweight("bold" if base else "normal")
    axes.set_axisbelow(True)


def _value_label(
    axes: Axes, words: MetricWords, logarithmic: bool, value_axis: Literal["x", "y"]
) -> None:
    text = f"{words.axis}{', log scale' if logarithmic else ''}"
    if value_axis == "y":
        axes.set_ylabel("\n".join(textwrap.wrap(text, 28)), fontsize=8.5)
    else:
        axes.set_xlabel("\n".join(textwrap.wrap(text, 27)), fontsize=8.5)
        axes.tick_params(axis="x", labelsize=8.5)
    if logarithmic:
        values = axes.yaxis if value_axis == "y" else axes.xaxis
        values.set_major_formatter(lambda value, place: f"{value:g}")
        values.set_minor_formatter(lambda value, place: "")
    else:
        axes.locator_params(axis=value_axis, nbins=5 if value_axis == "y" else 4)


def _marked(scale: _Scale) -> list[str]:
    return [
        f"{label} (base)" if base else label
        for label, base in zip(scale.labels, scale.bases, strict=True)
    ]


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
    runs = [point.entry.run for point in points]
    notes += [f"Note: {one}" for one in dict.fromkeys(c for run in runs for c in run.data_caveats)]
    said: dict[str, list[str]] = {}
    for point in points:
        for sentence in point.entry.run.generator_caveats:
            said.setdefault(sentence, []).append(point.value)
    notes += [f"Note ({', '.join(values)}): {sentence}" for sentence, values in said.items()]
    return notes


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    figure.legend(
        handles=[
            Line2D([], [], color=BLUE, marker="o", lw=2, label="synthetic clips"),
            Line2D([], [], color=ORANGE, marker="D", ls=":", lw=1.5, label="real clips (floor)"),
        ],
        loc="upper right",
        bbox_to_anchor=(1.0 - 0.2 / WIDTH, 1.0 - 0.32 / figure.get_size_inches()[1]),
        ncols=2,
        frameon=False,
        fontsize=9.5,
    )
