"""The picture of a comparison: differences with intervals above, class gains below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.comparisons.arm_family import BETTER, WORSE
from benchmark.comparisons.class_gains import GAIN, HARM, RATE
from benchmark.records.display_names import points, points_interval
from benchmark.reports.comparison import against_words, class_name, row_name
from benchmark.reports.figures.figure import (
    BLUE,
    GREY,
    INK,
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
from benchmark.reports.score_tables import measured_on
from metrics.value import Undefined
from skeletons.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from benchmark.comparisons.comparison import Comparison

ROW = 0.52
"""Inches a comparison takes."""
LEFT = 3.9
"""Inches for the names of the rows."""
COLOURS = {BETTER: BLUE, WORSE: ORANGE}
MARKS = {GAIN: "▲", HARM: "▼"}


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
    first = next(iter(comparison.entries.values())).first
    several = len(comparison.entries) > 1
    subject = "arms and generators" if several else "arms"
    title = f"Which {subject} differ? {measured_on(first)}"
    notes = wrapped(_notes(comparison), WIDTH)
    foot, forest = notes_height(notes), ROW * len(comparison.rows)
    classes = 0.34 * len(comparison.gains) + 1.5 if comparison.gains else 0.0
    height = 0.95 + forest + 0.65 + classes + foot
    with own_style():
        figure = new_figure(WIDTH, height)
        below = "Differences of accuracy, paired by test clip and training seed."
        write_heading(figure, title, below)
        wide = (WIDTH - LEFT - 0.4) / WIDTH
        bottom = (foot + classes + 0.65) / height
        _forest(figure.add_axes((LEFT / WIDTH, bottom, wide, forest / height)), comparison)
        if comparison.gains:
            tall = 0.34 * len(comparison.gains) / height
            bottom = (foot + 0.95) / height
            _class_map(figure.add_axes((LEFT / WIDTH, bottom, wide, tall)), comparison)
        write_notes(figure, notes)
        return save_png(figure, path)


def _forest(axes: Axes, comparison: Comparison) -> None:
    ends = [0.0]
    for row in comparison.rows:
        if not isinstance(row.test, Undefined):
            ends += [100.0 * row.test.low, 100.0 * row.test.high]
    span = max(max(ends) - min(ends), 4.0)
    axes.set_xlim(min(ends) - 0.2 * span, max(ends) + 0.2 * span)
    names = []
    for place, row in enumerate(comparison.rows):
        level = len(comparison.rows) - 1 - place
        names.append(f"{row_name(comparison, row)}\nagainst {against_words(row)}")
        if isinstance(row.test, Undefined):
            axes.text(0.0, level, " undefined", color=GREY, size=9, va="center", style="italic")
            continue
        mean, low, high = (100.0 * end for end in (row.test.mean, row.test.low, row.test.high))
        colour = COLOURS.get(row.verdict, GREY)
        axes.plot([low, high], [level, level], color=colour, lw=2, solid_capstyle="butt")
        axes.plot([mean], [level], "o", color=colour, ms=7)
        axes.annotate(
            f"{points(mean)} {points_interval(low, high)}", (mean, level), (0, 6),
            textcoords="offset points", ha="center", va="bottom", size=8.5, color=colour,
        )  # fmt: skip
    axes.axvline(0.0, color=INK, lw=1, ls="--", zorder=1)
    axes.set_ylim(-0.5, len(names) - 0.3)
    axes.set_yticks(range(len(names)), names[::-1], fontsize=8.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=PALE, lw=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("difference (percentage points); right of the dashed line: better", fontsize=9)


def _class_map(axes: Axes, comparison: Comparison) -> None:
    import seaborn

    labels = sorted({gain.label for gains in comparison.gains.values() for gain in gains})
    values = np.full((len(comparison.gains), len(labels)), np.nan)
    marks = np.full(values.shape, "", dtype=object)
    names = []
    for line, (place, gains) in enumerate(comparison.gains.items()):
        names.append(row_name(comparison, comparison.rows[place]))
        for gain in gains:
            column = labels.index(gain.label)
            if not isinstance(gain.test, Undefined):
                values[line, column] = 100.0 * gain.test.mean
                mark = MARKS.get(gain.verdict, "")
                marks[line, column] = f"{points(values[line, column])}{mark}"
    reach = max(1.0, float(np.nanmax(np.abs(values), initial=0.0)))
    seaborn.heatmap(
        values, ax=axes, annot=marks, fmt="", annot_kws={"size": 7}, vmin=-reach, vmax=reach,
        cmap=seaborn.diverging_palette(28, 245, s=85, l=60, as_cmap=True), cbar=False,
        linewidths=0.8, linecolor="white",
    )  # fmt: skip
    axes.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=8.5, rotation=0)
    heads = [class_name(comparison, label) for label in labels]
    axes.set_xticks(np.arange(len(heads)) + 0.5, heads, fontsize=8, rotation=35, ha="right")
    axes.tick_params(length=0)
    axes.set_title("Gain class by class (points)", loc="left", weight="bold", fontsize=10)


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
        notes += [f"Note: {sentence}" for run in group.runs for sentence in run.caveats]
    return list(dict.fromkeys(notes))
