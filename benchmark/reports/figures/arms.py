"""The picture of gains by arm: a panel a run, a line a recognizer, a colour an arm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.records.display_names import arm_words
from benchmark.records.tables import is_undefined, number
from benchmark.reports.figures.figure import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    new_figure,
    own_style,
    save_png,
    write_heading,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, PER_LINE, HEAD, FOOT, GAP = 10.5, 0.17, 1.35, 0.1, 0.6
COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#56B4E9", "#E69F00")
MARKS = "os^Dvp"


def plot_arms(rows: Sequence[Mapping[str, Any]], path: Path, title: str) -> Path:
    """Differences to the control with their intervals.

    Args:
        rows: as :func:`benchmark.reports.arms.arm_rows` gives them.
        path: PNG file to write.
    """
    drawn = [row for row in rows if row["arm"] != "real"]
    arms = list(dict.fromkeys(row["arm"] for row in drawn))
    panels = list(dict.fromkeys(row["value"] for row in drawn))
    lines = {
        panel: list(dict.fromkeys(row["recognizer"] for row in drawn if row["value"] == panel))
        for panel in panels
    }
    step = PER_LINE * (len(arms) + 1)
    heights = [step * len(lines[panel]) for panel in panels]
    total = HEAD + sum(heights) + GAP * len(panels) + FOOT
    edges = [number(row.get(key)) for row in drawn for key in ("ci95_low", "ci95_high")]
    found = [edge for edge in edges if not math.isnan(edge)]
    low, high = min([-1.0, *found]), max([1.0, *found])
    margin = 0.04 * (high - low)
    with own_style():
        figure = new_figure(WIDTH, total)
        write_heading(
            figure, title,
            "Difference to real clips only, in percentage points. Bar: 95 % interval, paired by "
            "test clip and seed.",
        )  # fmt: skip
        top = total - HEAD
        for panel, height in zip(panels, heights, strict=True):
            axes = figure.add_axes((0.14, (top - height) / total, 0.83, height / total))
            some = [row for row in drawn if row["value"] == panel]
            _panel(axes, some, lines[panel], arms)
            axes.set_title(panel, loc="left", weight="bold", fontsize=10)
            axes.set_xlim(low - margin, high + margin)
            top -= height + GAP
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(0.015, 1 - 0.62 / total),
            frameon=False, fontsize=9, ncol=len(arms),
        )  # fmt: skip
        return save_png(figure, path)


def _panel(
    axes: Axes, rows: Sequence[Mapping[str, Any]], recognizers: Sequence[str], arms: Sequence[str]
) -> None:
    size = len(arms) + 1
    for place, arm in enumerate(arms):
        found = [
            (recognizers.index(row["recognizer"]), row)
            for row in rows
            if row["arm"] == arm and not is_undefined(row.get("difference"))
        ]
        levels = np.asarray([-(line * size + place) for line, _ in found], dtype=float)
        middle, low, high = (
            np.asarray([float(row[key]) for _, row in found])
            for key in ("difference", "ci95_low", "ci95_high")
        )
        axes.errorbar(
            middle, levels, xerr=np.abs([middle - low, high - middle]) if len(found) else None,
            fmt=MARKS[place % len(MARKS)], color=COLOURS[place % len(COLOURS)], ms=5, lw=1.6,
            label=arm_words(arm),
        )  # fmt: skip
    axes.axvline(0.0, color=INK, lw=1, ls="--", zorder=1)
    middle_of_group = (len(arms) - 1) / 2
    axes.set_yticks([-(line * size + middle_of_group) for line in range(len(recognizers))])
    axes.set_yticklabels(recognizers, fontsize=9)
    axes.set_ylim(-(len(recognizers) * size - 1) + 0.2, 0.8)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", colors=GREY, labelsize=9)
    axes.grid(axis="x", color=PALE, lw=0.6)
    axes.set_axisbelow(True)
