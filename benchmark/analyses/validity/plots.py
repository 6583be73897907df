"""The pictures of a validation: the heat map of first doses, and the correlation with the gain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.analyses.validity.gains import Agreement
from benchmark.analyses.validity.promises import promised
from benchmark.analyses.validity.rank_correlation import RankCorrelation
from benchmark.analyses.validity.reactions import Reaction
from benchmark.analyses.validity.tables import (
    FLATTERED,
    UNEVEN,
    Circumstances,
    by_metric,
    caught_text,
)
from benchmark.records.display_names import ARROWS, metric_direction, metric_words
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

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.26
"""Inches of one metric."""
LEGEND = (
    "Number and colour: the first dose at which the metric's mean is worse than the 95 % interval "
    "of clean clips, and stays so at the next dose; the darker, the fewer rungs of the ladder that "
    f"takes. White: never. {FLATTERED}: from some dose on the metric says better than clean clips. "
    f"{UNEVEN}: once caught, larger doses are not worse throughout. Frame: the metric promises to "
    "catch it. ×: undefined."
)


def plot_ladder(found: Sequence[Reaction], path: Path, circumstances: Circumstances) -> Path:
    """A row a metric, a column a corruption, darker where a smaller dose is caught.

    Args:
        path: PNG file to write.
    """
    table = by_metric(found)
    corruptions = list(dict.fromkeys(reaction.corruption for reaction in found))
    notes = wrapped([LEGEND, f"{circumstances.sentence}.", *circumstances.caveats], WIDTH)
    foot, top = notes_height(notes), 1.6
    tall = ROW * len(table)
    height = top + tall + foot + 0.1
    with own_style():
        figure = new_figure(WIDTH, height)
        write_heading(
            figure,
            f"Which metric sees which corruption, and from which dose on? {circumstances.dataset}",
        )
        names = 0.4 + 0.085 * max(len(_row_name(metric)) for metric in table)
        axes = figure.add_axes(
            (
                names / WIDTH,
                (foot + 0.05) / height,
                (WIDTH - names - 0.75) / WIDTH,
                tall / height,
            )
        )
        _heat_map(axes, table, corruptions)
        write_notes(figure, notes)
        return save_png(figure, path)


def plot_agreements(found: Sequence[Agreement], path: Path) -> Path:
    """Each metric's rank correlation with the gain, a panel for each setting.

    Args:
        found: at least one with a correlation.
        path: PNG file to write.
    """
    known = [entry for entry in found if isinstance(entry.correlation, RankCorrelation)]
    settings = list(dict.fromkeys(entry.setting for entry in known))
    notes = wrapped(
        [
            "Kendall's tau-b over generators: of the metric, turned so that more is better, with "
            "the gain in accuracy of real + synthetic over real. Bar: 95 % interval, bootstrap "
            "over generators."
        ],
        WIDTH,
    )
    foot = notes_height(notes)
    rows = [[entry for entry in known if entry.setting == setting] for setting in settings]
    talls = [ROW * len(part) for part in rows]
    height = 0.75 + sum(talls) + 0.95 * len(rows) + foot
    with own_style():
        figure = new_figure(WIDTH, height)
        write_heading(figure, "Does a better value mean a larger downstream gain?")
        top = height - 0.75
        for setting, part, tall in zip(settings, rows, talls, strict=True):
            top -= 0.35
            axes = figure.add_axes(
                (2.6 / WIDTH, (top - tall) / height, (WIDTH - 3.0) / WIDTH, tall / height)
            )
            _agreement_panel(axes, setting, part)
            top -= tall + 0.6
        write_notes(figure, notes)
        return save_png(figure, path)


def _heat_map(
    axes: Axes, table: dict[str, dict[str, Reaction]], corruptions: Sequence[str]
) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("early", [BLUE, "#E8F1F8"])
    earliness = np.full((len(table), len(corruptions)), np.nan)
    for row, reactions in enumerate(table.values()):
        for column, name in enumerate(corruptions):
            reaction = reactions[name]
            if reaction.caught is not None:
                rungs = max(len(reaction.doses) - 1, 1)
                earliness[row, column] = reaction.doses.index(reaction.caught) / rungs
    axes.imshow(earliness, cmap=colours, vmin=0.0, vmax=1.0, aspect="auto")
    for row, (metric, reactions) in enumerate(table.items()):
        for column, name in enumerate(corruptions):
            dark = bool(earliness[row, column] < 0.45)
            _cell(axes, row, column, reactions[name], dark)
            if promised(metric, name):
                _frame(axes, row, column)
    axes.set_xticks(
        range(len(corruptions)), [name.replace("_", " ") for name in corruptions], rotation=45,
        ha="left", fontsize=9,
    )  # fmt: skip
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(table)), [_row_name(metric) for metric in table], fontsize=9)
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(len(corruptions) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(table) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=PALE, lw=0.6)
    axes.tick_params(which="minor", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _cell(axes: Axes, row: int, column: int, reaction: Reaction, dark: bool) -> None:
    if reaction.undefined:
        axes.text(column, row, "×", ha="center", va="center", size=8, color=GREY)
        return
    text = "" if reaction.caught is None else caught_text(reaction)
    both = reaction.flattered is not None and text != ""
    axes.text(
        column - (0.15 if both else 0.0), row, text, ha="center", va="center",
        size=7 if both else 8, color="white" if dark else INK,
    )  # fmt: skip
    if reaction.flattered is not None:
        place = column + (0.34 if both else 0.0)
        axes.plot([place], [row], marker="^", ms=5.5, mfc=ORANGE, mec="white", mew=0.7)


def _frame(axes: Axes, row: int, column: int) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, fill=False, ec=INK, lw=1.1, zorder=3)
    )


def _row_name(metric: str) -> str:
    return f"{metric_words(metric).short} {ARROWS[metric_direction(metric)]}"


def _agreement_panel(axes: Axes, setting: str, entries: Sequence[Agreement]) -> None:
    for row, entry in enumerate(entries):
        found = entry.correlation
        assert isinstance(found, RankCorrelation)
        axes.plot([found.low, found.high], [row, row], color=BLUE, lw=2.0)
        axes.plot([found.tau], [row], marker="o", ms=6.0, color=BLUE)
    axes.axvline(0.0, color=GREY, ls="--", lw=1.0, zorder=1)
    axes.set_xlim(-1.05, 1.05)
    axes.set_ylim(len(entries) - 0.4, -0.6)
    axes.set_yticks(
        range(len(entries)), [metric_words(entry.metric).short for entry in entries], fontsize=9
    )
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=PALE, lw=0.6)
    axes.set_axisbelow(True)
    count = max(len(entry.generators) for entry in entries)
    axes.set_title(f"{setting}: {count} generators", loc="left", weight="bold", size=10)
    axes.set_xlabel("rank correlation with the gain (-1 upside down, 1 in order)", fontsize=9)
