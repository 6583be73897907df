"""The picture of a comparison: differences with intervals above, class gains below."""

from __future__ import annotations

from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.comparisons.arm_family import BETTER, WORSE
from benchmark.comparisons.class_gains import GAIN, HARM, RATE
from benchmark.records.display_names import points, points_interval
from benchmark.reports.figures.figure import BLUE, GREY, ORANGE
from benchmark.reports.figures.heat_map import HeatMap
from benchmark.reports.figures.panels import Panel, Point, draw, marked
from metrics.value import Undefined
from skeletons.errors import InputError

if TYPE_CHECKING:
    from benchmark.comparisons.compare_runs import Comparison

COLOURS = {BETTER: BLUE, WORSE: ORANGE}
MARKS = {GAIN: "▲", HARM: "▼"}
PALER = ("#E08B4A", "#F7F7F7", "#5BA3D9")
"""Orange to blue, so pale that the words in all cells are dark."""


def plot_comparison(comparison: Comparison, path: Path) -> Path:
    """Draw the family of differences and the class gains of those against the control.

    Args:
        comparison: with one difference or more.
        path: PNG file to write.

    Raises:
        InputError: runs of metrics only, which have no differences.
    """
    if not comparison.rows:
        raise InputError("--plot draws differences of accuracy, these runs have no recognizer")
    subject = "arms and generators" if comparison.several else "arms"
    classes = [_class_map(comparison)] if comparison.gains else []
    return draw(
        [_forest(comparison), *classes],
        path,
        title=f"Which {subject} differ? {comparison.measured_on}",
        below="Differences of accuracy, paired by test clip and training seed.",
        notes=_notes(comparison),
    )


def _forest(comparison: Comparison) -> Panel:
    names, found = [], []
    for place, row in enumerate(comparison.rows):
        names.append(f"{comparison.name_of(row)}\nagainst {row.against_words}")
        if isinstance(row.test, Undefined):
            found.append(Point(place, nan, text="undefined"))
            continue
        mean, low, high = (100.0 * end for end in (row.test.mean, row.test.low, row.test.high))
        text = f"{points(mean)} {points_interval(low, high)}"
        found.append(Point(place, mean, low, high, text, colour=COLOURS.get(row.verdict, GREY)))
    axis = "difference (percentage points); right of the dashed line: better"
    return Panel(
        "", axis, names, 0.52 * len(names), found, line=0.0, margins=(0.2, 0.2), least_span=4.0
    )


def _class_map(comparison: Comparison) -> HeatMap:
    labels = sorted({gain.label for gains in comparison.gains.values() for gain in gains})
    values = np.full((len(comparison.gains), len(labels)), np.nan)
    words = [[""] * len(labels) for _ in comparison.gains]
    for line, gains in enumerate(comparison.gains.values()):
        for gain in gains:
            column = labels.index(gain.label)
            if not isinstance(gain.test, Undefined):
                values[line, column] = 100.0 * gain.test.mean
                words[line][column] = f"{points(values[line, column])}{MARKS.get(gain.verdict, '')}"
    reach = max([1.0, *(abs(value) for value in values.flat if not isnan(value))])
    return HeatMap(
        values=values,
        words=words,
        names=[comparison.name_of(comparison.rows[place]) for place in comparison.gains],
        columns=[comparison.class_name(label) for label in labels],
        colours=PALER,
        limits=(-reach, reach),
        row_inches=0.34,
        title="Gain class by class (points)",
    )


def _notes(comparison: Comparison) -> list[str]:
    varies = dict.fromkeys(
        row.test.varies for row in comparison.rows if not isinstance(row.test, Undefined)
    )
    notes = [
        f"Bar: 95 % interval over {'; '.join(varies) or 'nothing'}. Coloured: told apart at 5 % "
        f"after Holm's adjustment for the {len(comparison.rows)} differences shown. ▲ gain, ▼ harm "
        f"of a class: told from chance (Benjamini-Hochberg, {100 * RATE:.0f} % of the marks may be "
        "false); other numbers are not.",
    ]
    for group in comparison.entries.values():
        notes += marked([sentence for run in group.runs for sentence in run.caveats])
    return list(dict.fromkeys(notes))
