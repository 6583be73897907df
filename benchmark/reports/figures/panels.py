"""The painter: panels of values with their 95 % intervals beside what real clips score.

A panel has rows, from the top down, or from the left to the right where it stands ``upright``. Only
the heights of rows are given in inches; matplotlib's constrained layout finds room for names,
titles and labels, however long they are.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from benchmark.reports.figures.figure import BLUE, GREY, INK, ORANGE, PALE, WIDTH, Key, page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

MOVABLE = "movable"
"""Marks texts that are moved sideways where they would leave their panel."""
UNDERLAY = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
"""Behind a text, so that grid lines do not cross it."""
NAME_CHARACTERS = 52
"""A row's name is broken into lines of so many characters."""
FLOOR = Key("real clips (floor)", ORANGE, "D", dotted=True)


class Drawing(Protocol):
    """One cell of a grid: a panel, a heat map.

    Attributes:
        inches: height of its rows.
        frame: height of the title, labels and ticks around them.
    """

    @property
    def inches(self) -> float: ...  # noqa: D102

    @property
    def frame(self) -> float: ...  # noqa: D102

    def paint(self, axes: Axes, named: bool) -> None:
        """Draw; the rows' names only where ``named``."""


@dataclass(frozen=True)
class Point:
    """A value in a row with its interval (NaN where there is none).

    Attributes:
        text: written over it.
        each: the single values that it is the mean of, drawn as small circles.
    """

    row: float
    value: float
    low: float = math.nan
    high: float = math.nan
    text: str = ""
    colour: str = BLUE
    marker: str = "o"
    hollow: bool = False
    each: Sequence[float] = ()


@dataclass(frozen=True)
class Floor:
    """What real clips score in a row, and the text beside it."""

    row: float
    value: float
    text: str = ""


@dataclass(frozen=True)
class Panel:
    """Values of several rows in one unit.

    Attributes:
        title: over the panel.
        axis: label of the axis of values.
        names: of the rows, by their places on the axis.
        inches: height of all rows.
        below: in grey, under the title.
        points: values; in a joined panel a thin line runs through them.
        floors: floors without a text that all have one value are one line.
        missing: by place, words for a row without a value.
        bold: places of rows whose names are bold.
        line: where a dashed line stands.
        include: values that the axis shows whatever the points are.
        margins: before and behind the values, as shares of their span.
        least_span: of the values, where they hardly differ.
        bounds: that the axis does not pass.
        rows_axis: label of the axis of rows.
    """

    title: str
    axis: str
    names: Mapping[float, str]
    inches: float
    below: str = ""
    points: Sequence[Point] = ()
    floors: Sequence[Floor] = ()
    missing: Mapping[float, str] = field(default_factory=dict)
    bold: Collection[float] = ()
    line: float | None = None
    include: Sequence[float] = ()
    margins: tuple[float, float] = (0.06, 0.06)
    least_span: float = 0.0
    bounds: tuple[float, float] = (-math.inf, math.inf)
    logarithmic: bool = False
    upright: bool = False
    joined: bool = False
    rows_axis: str = ""

    @property
    def frame(self) -> float:
        """Inches of title, ticks and labels."""
        label = self.rows_axis if self.upright else self.axis
        lines = len(label.split("\n")) if label else 0
        return (0.7 if self.title else 0.45) + 0.16 * lines + (0.2 if self.below else 0.0)

    def paint(self, axes: Axes, named: bool = True) -> None:
        """Draw everything; with the rows' names where ``named``."""
        self._scale_values(axes)
        if self.joined:
            known = [point for point in self.points if not math.isnan(point.value)]
            along = ([point.row for point in known], [point.value for point in known])
            self._plot(axes, *along, color=BLUE, lw=0.9, alpha=0.45)
        self._paint_floors(axes)
        for point in self.points:
            self._paint_point(axes, point)
        for row, words in self.missing.items():
            self._say(axes, row, words)
        if self.line is not None:
            draw = axes.axhline if self.upright else axes.axvline
            draw(self.line, color=INK, lw=1.0, ls="--", zorder=1)
        self._label_rows(axes, named)
        axes.grid(axis="y" if self.upright else "x", color=PALE, lw=0.6)
        axes.set_axisbelow(True)
        axes.set_title(self.title, loc="left", weight="bold", pad=18 if self.below else 6)
        axes.annotate(
            self.below, (0.0, 1.0), (0, 4), xycoords="axes fraction", textcoords="offset points",
            size=8.5, color=GREY, va="bottom", annotation_clip=False,
        ).set_in_layout(False)  # fmt: skip

    def _plot(
        self, axes: Axes, rows: Sequence[float], values: Sequence[float], **style: Any
    ) -> None:
        axes.plot(*((rows, values) if self.upright else (values, rows)), **style)

    def _scale_values(self, axes: Axes) -> None:
        shown = [number for point in self.points for number in _numbers(point)]
        shown += [*(floor.value for floor in self.floors), *self.include]
        known = [number for number in shown if not math.isnan(number)]
        set_scale, set_limits, set_label, values = (
            (axes.set_yscale, axes.set_ylim, axes.set_ylabel, axes.yaxis)
            if self.upright
            else (axes.set_xscale, axes.set_xlim, axes.set_xlabel, axes.xaxis)
        )
        set_label(self.axis, fontsize=8.5)
        values.set_tick_params(labelsize=8.5)
        if self.logarithmic:
            set_scale("log")
            values.set_major_formatter(lambda value, place: f"{value:g}")
            values.set_minor_formatter(lambda value, place: "")
            return
        spec = axes.get_subplotspec()
        columns = 2 if spec is None or self.upright else spec.get_gridspec().ncols
        axes.locator_params(axis="y" if self.upright else "x", nbins=4 + 5 // columns)
        if not set(known) - set(self.include):
            values.set_ticks([])
            return
        span = max(max(known) - min(known), self.least_span) or 1.0
        ends = min(known) - self.margins[0] * span, max(known) + self.margins[1] * span
        set_limits(max(ends[0], self.bounds[0]), min(ends[1], self.bounds[1]))

    def _paint_point(self, axes: Axes, point: Point) -> None:
        if math.isnan(point.value):
            return
        self._plot(
            axes, [point.row - 0.14] * len(point.each), point.each, ls="", marker="o", mfc="none",
            mec=GREY, ms=5.0,
        )  # fmt: skip
        if not (math.isnan(point.low) or math.isnan(point.high)):
            self._plot(
                axes, [point.row] * 2, [point.low, point.high], color=point.colour, lw=2.0,
                solid_capstyle="butt",
            )  # fmt: skip
        self._plot(
            axes, [point.row], [point.value], marker=point.marker, ms=6.0, mew=1.6, ls="",
            mec=point.colour, mfc="white" if point.hollow else point.colour,
        )  # fmt: skip
        if point.text:
            _movable(axes.annotate(
                point.text, (point.value, point.row), (0, 6), textcoords="offset points", size=8.5,
                color=point.colour, ha="center", va="bottom", bbox=UNDERLAY,
            ))  # fmt: skip

    def _paint_floors(self, axes: Axes) -> None:
        known = [floor for floor in self.floors if not math.isnan(floor.value)]
        values = [floor.value for floor in known]
        if not known:
            return
        alike = max(values) - min(values) <= 1e-9 * max(map(abs, values))
        if alike and not any(floor.text for floor in known):
            draw = axes.axhline if self.upright else axes.axvline
            draw(values[0], color=ORANGE, ls=":", lw=1.5, zorder=1)
            return
        for floor in known:
            self._plot(
                axes, [floor.row], [floor.value], marker="D", ms=5.0, color=ORANGE, ls="", zorder=1
            )
            if floor.text:
                self._plot(
                    axes, [floor.row - 0.2, floor.row + 0.34], [floor.value] * 2, color=ORANGE,
                    ls=":", lw=1.5,
                )  # fmt: skip
                low, high = axes.get_xlim()
                side = -1 if floor.value > 0.6 * high + 0.4 * low else 1
                axes.annotate(
                    floor.text, (floor.value, floor.row), (8 * side, -3), size=8.5, color=ORANGE,
                    textcoords="offset points", va="center", ha="left" if side > 0 else "right",
                    bbox=UNDERLAY,
                ).set_in_layout(False)  # fmt: skip

    def _say(self, axes: Axes, row: float, words: str) -> None:
        text = "\n".join(textwrap.wrap(words, 46)[:2])
        style: dict[str, Any] = {
            "size": 8.0,
            "style": "italic",
            "color": GREY,
            "ha": "center",
            "bbox": UNDERLAY,
        }
        if self.upright:
            transform = axes.get_xaxis_transform()
            axes.text(row, 0.03, text, transform=transform, rotation=90, va="bottom", **style)
        else:
            transform = axes.get_yaxis_transform()
            axes.text(0.5, row, text, transform=transform, va="center", **style)

    def _label_rows(self, axes: Axes, named: bool) -> None:
        places = list(self.names)
        low, high = min(places), max(places)
        names = [_broken(name) for name in self.names.values()] if named else []
        if self.upright:
            axes.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))
            axes.set_xticks(places, names, fontsize=9)
            axes.set_xlabel(self.rows_axis, fontsize=9)
            ticks = axes.get_xticklabels()
        else:
            axes.set_ylim(low - 0.6, high + 0.6)
            axes.set_yticks(places, names or [""] * len(places), fontsize=8.5)
            axes.tick_params(axis="y", length=0)
            ticks = axes.get_yticklabels()
        for tick, place in zip(ticks, places, strict=True):
            tick.set_fontweight("bold" if place in self.bold else "normal")


def draw(
    drawings: Sequence[Drawing],
    path: Path,
    *,
    title: str,
    below: str = "",
    notes: Sequence[str] = (),
    keys: Sequence[Key] = (),
    columns: int = 1,
    shared_names: bool = False,
) -> Path:
    """Draw panels in a grid on one page.

    Args:
        drawings: row by row.
        path: PNG file to write.
        shared_names: all panels have the same rows, named in the first column.
    """
    columns = min(columns, len(drawings))
    lines = [drawings[start : start + columns] for start in range(0, len(drawings), columns)]
    heights = [max(one.inches for one in line) for line in lines]
    frames = [max(one.frame for one in line) for line in lines]
    inches = sum(heights) + sum(frames)
    with page(path, inches, title, below, notes, keys) as sheet:
        figure = sheet.figure
        left, right, tall = 0.2 / WIDTH, 0.25 / WIDTH, sheet.top - sheet.bottom
        figure.set_layout_engine(
            "constrained", rect=(left, sheet.bottom, 1.0 - left - right, tall), h_pad=0.1,
            w_pad=0.08, hspace=0.0, wspace=0.0,
        )  # fmt: skip
        grid = figure.subplots(len(lines), columns, squeeze=False, height_ratios=heights)
        for place, axes in enumerate(grid.flat):
            if place < len(drawings):
                drawings[place].paint(axes, named=not (shared_names and place % columns))
            else:
                axes.set_axis_off()
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        _move_inside(figure)
    return path


def marked(caveats: Sequence[str]) -> list[str]:
    """Caveats as notes under a picture."""
    return [f"Note: {caveat}" for caveat in caveats]


def _numbers(point: Point) -> list[float]:
    return [point.value, point.low, point.high, *point.each]


def _broken(name: str) -> str:
    lines = (textwrap.wrap(line, NAME_CHARACTERS) for line in name.split("\n"))
    return "\n".join(part for line in lines for part in line)


def _movable(text: Text) -> None:
    text.set_gid(MOVABLE)
    text.set_in_layout(False)


def _move_inside(figure: Figure) -> None:
    for axes in figure.axes:
        box = axes.get_window_extent()
        for text in axes.texts:
            if text.get_gid() != MOVABLE:
                continue
            extent = text.get_window_extent()
            shift = max(box.x0 - extent.x0, 0.0) - max(extent.x1 - box.x1, 0.0)
            across, up = text.get_position()
            text.set_position((across + shift * 72.0 / figure.dpi, up))
