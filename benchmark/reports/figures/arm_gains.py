"""The picture of gains by arm: a panel a run, a line a recognizer, a colour an arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.comparisons.arm_gains import CONTROL
from benchmark.records.display_names import arm_words
from benchmark.records.tables import number
from benchmark.reports.figures.figure import BLUE, GREEN, ORANGE, Key
from benchmark.reports.figures.panels import Panel, Point, draw

COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#56B4E9", "#E69F00")
MARKS = "os^Dv"
"""One fewer than the colours, so that a colour comes back with another mark."""
LINE = 0.17
"""Inches of one arm."""


def plot_arms(rows: Sequence[Mapping[str, Any]], path: Path, title: str) -> Path:
    """Differences to the control with their intervals.

    Args:
        rows: as :func:`benchmark.comparisons.run_arms.arm_rows` gives them.
        path: PNG file to write.
    """
    panels, keys = arm_panels(rows)
    return draw(
        panels,
        path,
        title=title,
        below="Difference to real clips only, in percentage points. Bar: 95 % interval, paired by "
        "test clip and seed.",
        keys=keys,
    )


def arm_panels(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Panel], list[Key]]:
    """A panel a run, all on one scale, and what the colours are."""
    drawn = [row for row in rows if row["arm"] != CONTROL]
    keys = {
        arm: Key(arm_words(arm), COLOURS[place % len(COLOURS)], MARKS[place % len(MARKS)])
        for place, arm in enumerate(dict.fromkeys(row["arm"] for row in drawn))
    }
    panels = {
        value: [row for row in drawn if row["value"] == value]
        for value in dict.fromkeys(row["value"] for row in drawn)
    }
    ends = [number(row.get(key)) for row in drawn for key in ("ci95_low", "ci95_high")]
    include = (-1.0, 1.0, *(end for end in ends if end == end))
    found = [_panel(value, some, keys, include) for value, some in panels.items()]
    return found, list(keys.values())


def _panel(
    value: str, rows: Sequence[Mapping[str, Any]], keys: Mapping[str, Key], include: Sequence[float]
) -> Panel:
    """One run; all panels ``include`` the ends of all intervals, so that they compare."""
    recognizers = list(dict.fromkeys(row["recognizer"] for row in rows))
    arms = list(keys)
    step = 1.0 / (len(arms) + 1)
    points = []
    for row in rows:
        line, place = recognizers.index(row["recognizer"]), arms.index(row["arm"])
        key = keys[row["arm"]]
        level = line + (place - 0.5 * (len(arms) - 1)) * step
        mean, low, high = (
            number(row.get(name)) for name in ("difference", "ci95_low", "ci95_high")
        )
        points.append(Point(level, mean, low, high, colour=key.colour, marker=key.marker))
    return Panel(
        value, "", recognizers, LINE * (len(arms) + 1) * len(recognizers), points, line=0.0,
        include=include, margins=(0.04, 0.04),
    )  # fmt: skip
