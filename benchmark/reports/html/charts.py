"""The charts of a page: values with intervals beside a floor, curves, and a map of two shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Literal

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from benchmark.reports.figures.figure import BLUE, GREEN, GREY, INK, ORANGE, PALE, own_style
from benchmark.reports.figures.panels import Panel
from benchmark.reports.html.svg import inline_svg

WIDTH = 4.1
"""Inches; on a phone a page is about as wide, so that its type stays readable."""
ROW = 0.3
FRAME = 0.62
"""Inches above and below the rows."""
CHARACTER = 0.074
"""Inches of a letter of a row's name."""
LONGEST_NAME = 24


@dataclass(frozen=True)
class Bar:
    """A value with its interval, NaN where there is none, and the floor's."""

    name: str
    value: float
    low: float = nan
    high: float = nan
    floor: float = nan
    floor_low: float = nan
    floor_high: float = nan
    colour: str = BLUE
    each: Sequence[float] = ()


def forest(
    bars: Sequence[Bar],
    name: str,
    title: str,
    axis: str,
    *,
    line: float | None = None,
    include: Sequence[float] = (),
    width: float = WIDTH,
    bounds: tuple[float, float] = (-float("inf"), float("inf")),
) -> Markup:
    """Values below one another with their intervals; real clips are orange diamonds.

    Args:
        axis: label of the values' axis.
        line: where a dashed line stands.
        include: values that the axis shows whatever the bars are.
        bounds: that the axis does not pass.
    """
    with own_style():
        names = [_shortened(bar.name) for bar in bars]
        tall = FRAME + ROW * len(bars)
        figure = Figure(figsize=(width, tall))
        FigureCanvasSVG(figure)
        left = (0.14 + CHARACTER * max(map(len, names), default=0)) / width
        axes = figure.add_axes((left, 0.48 / tall, 0.97 - left, (tall - 0.56) / tall))
        if line is not None:
            axes.axvline(line, color=GREY, lw=1.0, ls=(0, (4, 3)), zorder=0)
        for row, bar in enumerate(bars):
            _paint(axes, row, bar)
        _limit(axes, bars, [*include, *([] if line is None else [line])], bounds)
        axes.set_yticks(range(len(bars)), names, fontsize=9.5)
        axes.set_ylim(len(bars) - 0.4, -0.6)
        axes.set_xlabel(axis, fontsize=9.0, color=GREY)
        axes.tick_params(axis="y", length=0)
        _calm(axes)
        axes.spines["left"].set_visible(False)
        return inline_svg(figure, name, title, _told(bars, axis))


def scatter(
    bars: Sequence[tuple[str, tuple[float, float], tuple[float, float]]],
    name: str,
    title: str,
    axes_names: tuple[str, str],
) -> Markup:
    """Two shares in percent against each other: what each judge says, and what of real clips."""
    with own_style():
        figure = Figure(figsize=(4.2, 3.4))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.16, 0.15, 0.8, 0.81))
        for judge, value, floor in bars:
            axes.plot(*zip(value, floor, strict=True), color=PALE, lw=1.0, zorder=0)
            axes.plot(*floor, marker="D", ms=5.0, color=ORANGE, ls="")
            axes.plot(*value, marker="o", ms=6.5, color=BLUE, ls="")
            axes.annotate(judge, value, (6, 5), textcoords="offset points", size=9.0, color=INK)
        axes.set_xlim(0.0, 105.0)
        axes.set_ylim(0.0, 105.0)
        axes.set_xlabel(axes_names[0], fontsize=9.0, color=GREY)
        axes.set_ylabel(axes_names[1], fontsize=9.0, color=GREY)
        _calm(axes)
        told = "; ".join(
            f"{judge}: {x:.0f} and {y:.0f} %, real clips {fx:.0f} and {fy:.0f} %"
            for judge, (x, y), (fx, fy) in bars
        )
        return inline_svg(figure, name, title, told)


@dataclass(frozen=True)
class Line:
    """Values with their intervals from left to right: ``(place, value, low, high)`` each."""

    name: str
    points: Sequence[tuple[float, float, float, float]]


STROKES = ((INK, "o", "-"), (BLUE, "s", "-"), (GREEN, "^", "--"), (ORANGE, "D", "-."),
           (GREY, "v", ":"))  # fmt: skip
"""Colour, mark and dash of each line in turn, so that none is told by its colour alone."""


def curves(
    lines: Sequence[Line],
    name: str,
    title: str,
    axes_names: tuple[str, str],
    ticks: Sequence[tuple[float, str]],
) -> Markup:
    """Lines over one another with the intervals of their points, on a logarithmic axis.

    Args:
        axes_names: labels of the axis of places and of that of values.
        ticks: places that are named, and how.
    """
    with own_style():
        tall = 2.95 + 0.19 * len(lines)
        figure = Figure(figsize=(WIDTH, tall))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.13, 0.62 / tall, 0.84, 2.2 / tall))
        axes.set_xscale("log")
        wide = max(place for place, _ in ticks) / min(place for place, _ in ticks)
        for number, line in enumerate(lines):
            colour, marker, dash = STROKES[number % len(STROKES)]
            aside = wide ** (0.014 * (number - (len(lines) - 1) / 2))
            known = [point for point in line.points if not isnan(point[1])]
            places = [point[0] * aside for point in known]
            axes.plot(
                places, [point[1] for point in known], color=colour, marker=marker, ls=dash,
                ms=5.0, lw=1.6, label=line.name,
            )  # fmt: skip
            for place, (_, _, low, high) in zip(places, known, strict=True):
                axes.plot([place, place], [low, high], color=colour, lw=1.4)
        axes.set_xticks([place for place, _ in ticks], [text for _, text in ticks])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(axes_names[0], fontsize=9.0, color=GREY)
        axes.set_ylabel(axes_names[1], fontsize=9.0, color=GREY)
        axes.locator_params(axis="y", nbins=6)
        _calm(axes, "y")
        axes.tick_params(axis="y", labelcolor=GREY)
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1.0), frameon=False, fontsize=9.0,
            borderpad=0.2, labelspacing=0.25,
        )  # fmt: skip
        return inline_svg(figure, name, title, _lines_told(lines, axes_names[1], ticks))


def panel_chart(panel: Panel, name: str, title: str) -> Markup:
    """A panel of the PNG figures by itself, without its heading, which the page has."""
    with own_style():
        bare = replace(panel, title="", below="", names=[_shortened(one) for one in panel.names])
        label = bare.rows_axis if bare.upright else bare.axis
        below = 0.4 + 0.16 * len(label.split("\n")) if label else 0.32
        tall = bare.inches + below + 0.12
        figure = Figure(figsize=(WIDTH, tall))
        FigureCanvasSVG(figure)
        longest = max((len(one) for one in bare.names), default=0)
        # Values to the left of an upright panel have two lines of label and a number beside them.
        left = (0.82 if bare.upright else 0.14 + CHARACTER * longest) / WIDTH
        room = (left, below / tall, 0.97 - left, bare.inches / tall)
        bare.paint(figure.add_axes(room))
        places = list(panel.places or range(len(panel.names)))
        bars = []
        for point in panel.points:
            nearest = min(range(len(places)), key=lambda row: abs(places[row] - point.row))
            row = panel.names[nearest].replace("\n", " ")
            bars.append(Bar(row, point.value, point.low, point.high, point.floor))
        return inline_svg(figure, name, title, _told(bars, panel.axis.replace("\n", " ")))


def _lines_told(lines: Sequence[Line], axis: str, ticks: Sequence[tuple[float, str]]) -> str:
    """What curves show, in words."""
    names = {place: " ".join(text.split()) for place, text in ticks}
    parts = []
    for line in lines:
        points = ", ".join(
            f"{value:.1f} at {names.get(place, f'{place:g}')}"
            for place, value, _, _ in line.points
            if not isnan(value)
        )
        parts.append(f"{line.name}: {points or 'no value'}")
    return f"{axis}. {'; '.join(parts)}."


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _paint(axes: Axes, row: int, bar: Bar) -> None:
    beside = 0.0 if isnan(bar.floor) else 0.16
    if not isnan(bar.floor):
        low = bar.floor_low if not isnan(bar.floor_low) else bar.floor
        high = bar.floor_high if not isnan(bar.floor_high) else bar.floor
        axes.plot([low, high], [row + beside] * 2, color=ORANGE, lw=1.6, solid_capstyle="round")
        axes.plot([bar.floor], [row + beside], marker="D", ms=4.2, color=ORANGE, ls="")
    if isnan(bar.value):
        return
    level = row - beside
    if not isnan(bar.low):
        axes.plot([bar.low, bar.high], [level] * 2, color=bar.colour, lw=2.4)
    if len(bar.each):
        axes.plot(list(bar.each), [level] * len(bar.each), marker="o", ms=3.2, mfc="none",
                  mec=GREY, mew=0.8, ls="")  # fmt: skip
    axes.plot([bar.value], [level], marker="o", ms=6.2, color=bar.colour, ls="")


def _limit(
    axes: Axes, bars: Sequence[Bar], include: Sequence[float], bounds: tuple[float, float]
) -> None:
    shown = [
        number
        for bar in bars
        for number in (bar.value, bar.low, bar.high, bar.floor, bar.floor_low, bar.floor_high,
                       *bar.each)
        if not isnan(number)
    ]  # fmt: skip
    known = [*shown, *include] or [0.0, 1.0]
    span = max(known) - min(known) or 1.0
    low, high = min(known) - 0.05 * span, max(known) + 0.05 * span
    axes.set_xlim(max(low, bounds[0]), min(high, bounds[1]))


def _calm(axes: Axes, values: Literal["x", "y"] = "x") -> None:
    """Thin grey lines and small numbers."""
    if values == "x":
        axes.locator_params(axis="x", nbins=6)
    axes.tick_params(labelsize=9.0, length=0)
    axes.tick_params(axis="x", labelcolor=GREY)
    axes.grid(axis=values, color=PALE, lw=0.7)
    axes.set_axisbelow(True)
    axes.spines["bottom"].set_color(PALE)
    axes.spines["left"].set_color(PALE)


def _told(bars: Sequence[Bar], axis: str) -> str:
    """What a chart shows, in words, for who cannot see it."""
    parts = []
    for bar in bars:
        value = "no value" if isnan(bar.value) else f"{bar.value:.3g}"
        bounds = "" if isnan(bar.low) else f" from {bar.low:.3g} to {bar.high:.3g}"
        floor = "" if isnan(bar.floor) else f", real clips {bar.floor:.3g}"
        parts.append(f"{bar.name}: {value}{bounds}{floor}")
    return f"{axis}. {'; '.join(parts)}."
