"""The pictures of a validation: the heat map of first doses, and the correlation with the gain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmark.analyses.validity.gains import Agreement
from benchmark.analyses.validity.promised_corruptions import promised
from benchmark.analyses.validity.rank_correlation import RankCorrelation
from benchmark.analyses.validity.reactions import Reaction
from benchmark.analyses.validity.tables import (
    FLATTERED,
    UNEVEN,
    ValidationSetup,
    by_metric,
    caught_text,
)
from benchmark.records.display_names import ARROWS, metric_direction, metric_words
from benchmark.reports.figures.figure import BLUE
from benchmark.reports.figures.heat_map import HeatMap
from benchmark.reports.figures.panels import Panel, Point, draw

ROW = 0.26
"""Inches of one metric."""
LEGEND = (
    "Number and colour: the first dose at which the metric's mean is worse than the 95 % interval "
    "of clean clips, and stays so at the next dose; the darker, the fewer rungs of the ladder that "
    f"takes. White: never. {FLATTERED}: from some dose on the metric says better than clean clips. "
    f"{UNEVEN}: once caught, larger doses are not worse throughout. Frame: the metric promises to "
    "catch it. ×: undefined."
)


def plot_ladder(found: Sequence[Reaction], path: Path, setup: ValidationSetup) -> Path:
    """A row a metric, a column a corruption, darker where a smaller dose is caught.

    Args:
        path: PNG file to write.
    """
    table = by_metric(found)
    corruptions = list(dict.fromkeys(reaction.corruption for reaction in found))
    cells = [[row[name] for name in corruptions] for row in table]
    heat_map = HeatMap(
        values=np.asarray([[_earliness(reaction) for reaction in row] for row in cells]),
        words=[[_words(reaction) for reaction in row] for row in cells],
        names=[_name(setup, row[0]) for row in cells],
        columns=[name.replace("_", " ") for name in corruptions],
        colours=(BLUE, "#E8F1F8"),
        limits=(0.0, 1.0),
        row_inches=ROW,
        flagged=np.asarray([[one.flattered is not None for one in row] for row in cells]),
        framed=np.asarray([[promised(one.metric, one.corruption) for one in row] for row in cells]),
    )
    return draw(
        [heat_map],
        path,
        title=f"Which metric sees which corruption, and from which dose on? {setup.dataset}",
        notes=[LEGEND, f"{setup.sentence}.", *setup.caveats],
    )


def plot_agreements(found: Sequence[Agreement], path: Path) -> Path:
    """Each metric's rank correlation with the gain, a panel for each setting.

    Args:
        found: at least one with a correlation.
        path: PNG file to write.
    """
    known = [entry for entry in found if isinstance(entry.correlation, RankCorrelation)]
    settings = dict.fromkeys(entry.setting for entry in known)
    return draw(
        [_panel(name, [entry for entry in known if entry.setting == name]) for name in settings],
        path,
        title="Does a better value mean a larger downstream gain?",
        notes=[
            "Kendall's tau-b over generators: of the metric, turned so that more is better, with "
            "the gain in accuracy of real + synthetic over real. Bar: 95 % interval, bootstrap "
            "over generators."
        ],
    )


def _name(setup: ValidationSetup, one: Reaction) -> str:
    """A row's metric, which way is better, and its judge."""
    short = metric_words(one.metric).short
    return setup.words(one).replace(short, f"{short} {ARROWS[metric_direction(one.metric)]}", 1)


def _earliness(reaction: Reaction) -> float:
    """Share of the ladder's rungs up to the dose caught; NaN where none is."""
    if reaction.caught is None:
        return np.nan
    return reaction.doses.index(reaction.caught) / max(len(reaction.doses) - 1, 1)


def _words(reaction: Reaction) -> str:
    if reaction.undefined:
        return "×"
    return "" if reaction.caught is None else caught_text(reaction)


def _panel(setting: str, entries: Sequence[Agreement]) -> Panel:
    count = max(len(entry.generators) for entry in entries)
    found = [entry.correlation for entry in entries]
    return Panel(
        title=f"{setting}: {count} generators",
        axis="rank correlation with the gain (-1 upside down, 1 in order)",
        names=[metric_words(entry.metric).short for entry in entries],
        inches=ROW * len(entries),
        points=[
            Point(row, one.tau, one.low, one.high)
            for row, one in enumerate(found)
            if isinstance(one, RankCorrelation)
        ],
        line=0.0,
        include=(-1.0, 1.0),
        margins=(0.025, 0.025),
    )
