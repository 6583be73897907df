"""The painter: panels of values with their 95 % intervals beside what real clips score.

A panel has rows, from the top down, or from the left to the right where it stands ``upright``. Only
the heights of rows are given in inches; matplotlib's constrained layout finds room for names,
titles and labels, however long they are.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from benchmark.reports.figures.figure import BLUE, GREY, INK, ORANGE, PALE, WIDTH, Key, page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOVABLE = "movable"
"""Marks texts that are moved sideways where they would leave their panel."""
UNDERLAY = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
"""Behind a text, so that grid lines do not cross it."""
NAME_CHARACTERS = 52
"""A row's name is broken into lines of so many characters."""
FLOOR = Key("real clips (floor)", ORANGE, "D", dotted=True)


@dataclass(frozen=True)
class Point:
    """A value in a row.

    Attributes:
        row: where it stands; rows are numbered from 0, or have the panel's places.
        value: NaN where there is none, and ``text`` stands in its place.
        low: lower end of its interval, NaN where there is none.
        high: upper end.
        text: written over the value.
        floor: what real clips score; floors without a text that are all alike are one line.
        floor_text: written beside the floor, which then stands below the value.
        each: the single values that it is the mean of, drawn as small circles.
    """

    row: float
    value: float
    low: float = nan
    high: float = nan
    text: str = ""
    floor: float = nan
    floor_text: str = ""
    colour: str = BLUE
    marker: str = "o"
    hollow: bool = False
    each: Sequence[float] = ()


@dataclass(frozen=True)
class Panel:
    """Values of several rows in one unit.

    Attributes:
        axis: label of the axis of values.
        names: of the rows.
        inches: height of all rows.
        below: in grey, under the title.
        bold: numbers of the rows whose names are bold.
        line: where a dashed line stands.
        include: values that the axis shows whatever the points are.
        margins: before and behind the values, as shares of their span.
        least_span: of the values, where they hardly differ.
        bounds: that the axis does not pass.
        upright: values run upwards, and a thin line joins them.
        joined: numbers of the points that it joins; None for all.
        places: of the rows, where they are not at equal distances.
        rows_axis: label of the axis of rows.
    """

    title: str
    axis: str
    names: Sequence[str]
    inches: float
    points: Sequence[Point]
    below: str = ""
    bold: Collection[int] = ()
    line: float | None = None
    include: Sequence[float] = ()
    margins: tuple[float, float] = (0.06, 0.06)
    least_span: float = 0.0
    bounds: tuple[float, float] = (-inf, inf)
    logarithmic: bool = False
    upright: bool = False
    joined: Sequence[int] | None = None
    places: Sequence[float] = ()
    rows_axis: str = ""

    @property
    def frame(self) -> float:
        """Inches of title, ticks and labels."""
        label = self.rows_axis if self.upright else self.axis
        lines = len(label.split("\n")) if label else 0
        return (0.7 if self.title else 0.45) + 0.16 * lines + (0.2 if self.below else 0.0)

    def paint(self, axes: Axes, first: bool = True) -> None:
        """Draw everything; the names of rows in the ``first`` column only."""
        self._scale_values(axes)
        self._label_rows(axes, first or self.upright)
        if self.line is not None:
            (axes.axhline if self.upright else axes.axvline)(
                self.line, color=INK, lw=1.0, ls="--", zorder=1
            )
        if self.upright:
            joined = range(len(self.points)) if self.joined is None else self.joined
            known = [self.points[one] for one in joined if not isnan(self.points[one].value)]
            values = [point.value for point in known]
            axes.plot([point.row for point in known], values, color=BLUE, lw=0.9, alpha=0.45)
        floors = [point.floor for point in self.points if not isnan(point.floor)]
        one_floor = len(floors) > 0 and np.allclose(floors, floors[0], rtol=1e-9, atol=0.0)
        if one_floor and not any(point.floor_text for point in self.points):
            draw_line = axes.axhline if self.upright else axes.axvline
            draw_line(floors[0], color=ORANGE, ls=":", lw=1.5, zorder=1)
        for point in self.points:
            if point.floor_text or not one_floor:
                self._paint_floor(axes, point)
            if isnan(point.value):
                self._paint_words(axes, point)
            else:
                self._paint_value(axes, point)
        axes.grid(axis="y" if self.upright else "x", color=PALE, lw=0.6)
        axes.set_axisbelow(True)
        axes.set_title(self.title, loc="left", weight="bold", pad=18 if self.below else 6)
        axes.annotate(
            self.below, (0.0, 1.0), (0, 4), xycoords="axes fraction", textcoords="offset points",
            size=8.5, color=GREY, va="bottom", annotation_clip=False,
        ).set_in_layout(False)  # fmt: skip

    def _plot(self, axes: Axes, row: float, values: Sequence[float], **style: Any) -> None:
        rows = [row] * len(values)
        axes.plot(*((rows, values) if self.upright else (values, rows)), **style)

    def _scale_values(self, axes: Axes) -> None:
        points = self.points
        shown = [n for one in points for n in (one.value, one.low, one.high, one.floor, *one.each)]
        fixed = [*self.include, *([] if self.line is None else [self.line])]
        known = [number for number in [*shown, *fixed] if not isnan(number)]
        axis = axes.yaxis if self.upright else axes.xaxis
        axis.set_label_text(self.axis, fontsize=8.5)
        axis.set_tick_params(labelsize=8.5)
        if self.logarithmic:
            (axes.set_yscale if self.upright else axes.set_xscale)("log")
            axis.set_major_formatter(lambda value, place: f"{value:g}")
            axis.set_minor_formatter(lambda value, place: "")
        elif set(known) <= set(fixed):
            axis.set_ticks([])
        else:
            spec = axes.get_subplotspec()
            columns = 2 if spec is None or self.upright else spec.get_gridspec().ncols
            axes.locator_params(axis="y" if self.upright else "x", nbins=4 + 5 // columns)
            span = max(max(known) - min(known), self.least_span) or 1.0
            low, high = min(known) - self.margins[0] * span, max(known) + self.margins[1] * span
            (axes.set_ylim if self.upright else axes.set_xlim)(
                max(low, self.bounds[0]), min(high, self.bounds[1])
            )

    def _label_rows(self, axes: Axes, named: bool) -> None:
        places = self.places or range(len(self.names))
        low, high = min(places), max(places)
        names = [_broken(name) if named else "" for name in self.names]
        if self.upright:
            axes.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))
            axes.set_xticks(places, names, fontsize=9)
            axes.set_xlabel(self.rows_axis, fontsize=9)
        else:
            axes.set_ylim(high + 0.6, low - 0.6)
            axes.set_yticks(places, names, fontsize=8.5)
            axes.tick_params(axis="y", length=0)
        ticks = axes.get_xticklabels() if self.upright else axes.get_yticklabels()
        for row in self.bold:
            ticks[row].set_fontweight("bold")

    def _paint_value(self, axes: Axes, point: Point) -> None:
        # Value above its line, floor below it, so that their texts cannot meet.
        row = point.row - (0.08 if point.floor_text else 0.0)
        self._plot(axes, row + 0.14, point.each, ls="", marker="o", mfc="none", mec=GREY, ms=5.0)
        if not (isnan(point.low) or isnan(point.high)):
            style = {"color": point.colour, "lw": 2.0, "solid_capstyle": "butt"}
            self._plot(axes, row, [point.low, point.high], **style)
        self._plot(
            axes, row, [point.value], marker=point.marker, ms=6.0, mew=1.6, ls="",
            mec=point.colour, mfc="white" if point.hollow else point.colour,
        )  # fmt: skip
        if point.text:
            axes.annotate(
                point.text, (point.value, row), (0, 6), textcoords="offset points", size=8.5,
                color=point.colour, ha="center", va="bottom", bbox=UNDERLAY, gid=MOVABLE,
            ).set_in_layout(False)  # fmt: skip

    def _paint_floor(self, axes: Axes, point: Point) -> None:
        floor, row = point.floor, point.row + (0.14 if point.floor_text else 0.0)
        if isnan(floor):
            return
        self._plot(axes, row, [floor], marker="D", ms=5.0, color=ORANGE, ls="", zorder=1)
        if point.floor_text:
            axes.plot([floor, floor], [row + 0.2, row - 0.34], color=ORANGE, ls=":", lw=1.5)
            low, high = axes.get_xlim()
            side = -1 if floor > 0.6 * high + 0.4 * low else 1
            axes.annotate(
                point.floor_text, (floor, row), (8 * side, -3), size=8.5, color=ORANGE,
                textcoords="offset points", va="center", ha="left" if side > 0 else "right",
                bbox=UNDERLAY,
            ).set_in_layout(False)  # fmt: skip

    def _paint_words(self, axes: Axes, point: Point) -> None:
        text = "\n".join(textwrap.wrap(point.text, 46)[:2])
        style: dict[str, Any] = {"size": 8.0, "style": "italic", "color": GREY, "ha": "center"}
        if self.upright:
            style |= {"transform": axes.get_xaxis_transform(), "rotation": 90, "va": "bottom"}
            axes.text(point.row, 0.03, text, bbox=UNDERLAY, **style)
        else:
            style |= {"transform": axes.get_yaxis_transform(), "va": "center"}
            axes.text(0.5, point.row, text, bbox=UNDERLAY, **style)


class Drawing(Protocol):
    """One cell of a grid: ``inches`` is the height of its rows, ``frame`` that of what stands
    around them."""

    @property
    def inches(self) -> float:
        """Height of its rows."""
        ...

    @property
    def frame(self) -> float:
        """Height of all around them."""
        ...

    def paint(self, axes: Axes, first: bool) -> None:
        """Draw it; the names of rows in the ``first`` column only."""
        ...


def draw(
    drawings: Sequence[Drawing],
    path: Path,
    *,
    title: str,
    below: str = "",
    notes: Sequence[str] = (),
    keys: Sequence[Key] = (),
    columns: int = 1,
) -> Path:
    """Draw panels in a grid on one page.

    Args:
        drawings: row by row; those side by side have the same rows, named in the first column.
        path: PNG file to write.
    """
    columns = min(columns, len(drawings))
    lines = [drawings[start : start + columns] for start in range(0, len(drawings), columns)]
    heights = [max(one.inches for one in line) for line in lines]
    inches = sum(heights) + sum(max(one.frame for one in line) for line in lines)
    with page(path, inches, title, below, notes, keys) as sheet:
        figure, tall = sheet.figure, sheet.top - sheet.bottom
        figure.set_layout_engine(
            "constrained", rect=(0.2 / WIDTH, sheet.bottom, 1.0 - 0.45 / WIDTH, tall), h_pad=0.1,
            w_pad=0.08, hspace=0.0, wspace=0.0,
        )  # fmt: skip
        grid = figure.subplots(len(lines), columns, squeeze=False, height_ratios=heights)
        for place, axes in enumerate(grid.flat):
            if place < len(drawings):
                drawings[place].paint(axes, first=place % columns == 0)
            else:
                axes.set_axis_off()
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        _move_inside(figure)
    return path


def marked(caveats: Sequence[str]) -> list[str]:
    """Caveats as notes under a picture."""
    return [f"Note: {caveat}" for caveat in caveats]


def _broken(name: str) -> str:
    lines = (textwrap.wrap(line, NAME_CHARACTERS) for line in name.split("\n"))
    return "\n".join(part for line in lines for part in line)


def _move_inside(figure: Figure) -> None:
    for axes in figure.axes:
        box = axes.get_window_extent()
        for text in axes.texts:
            if text.get_gid() == MOVABLE:
                extent = text.get_window_extent()
                shift = max(box.x0 - extent.x0, 0.0) - max(extent.x1 - box.x1, 0.0)
                across, up = text.get_position()
                text.set_position((across + shift * 72.0 / figure.dpi, up))
