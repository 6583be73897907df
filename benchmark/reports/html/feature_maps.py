"""Where real and synthetic clips lie among a judge's features, drawn and in numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import FEATURE_MAP_COLUMNS, numbers, read_table
from benchmark.reports.figures.figure import BLUE, GREY, INK, ORANGE, PALE, PAPER, own_style
from benchmark.reports.html.downstream import Table
from benchmark.reports.html.svg import inline_svg
from skeletons.arrays import BoolArray, Float64Array, StrArray

SIZE = (4.6, 4.0)
"""Inches."""
MOST_NAMES = 20
"""Of more classes the names would hide the clips."""
STYLES: Mapping[str, tuple[str, str, float]] = {
    "real": (ORANGE, "D", 2.6),
    "synthetic": (BLUE, "o", 2.8),
}
HEADINGS = ("class", "real: centre", "spread", "synthetic: centre", "spread", "centres apart")


def feature_maps(run: RunFolder) -> list[Table]:
    """A map and its numbers a judge, both in the features' unit."""
    table = read_table(run.path / "feature_map.csv", FEATURE_MAP_COLUMNS)
    kinds = {str(judge.get("name")): str(judge.get("kind")) for judge in run.judges}
    return [
        _map(kinds.get(str(judge), str(judge)), rows, number)
        for number, (judge, rows) in enumerate(table.groupby("extractor", sort=False))
    ]


def _map(judge: str, rows: pd.DataFrame, number: int) -> Table:
    shares = [float(rows[name].iloc[0]) for name in ("x_share", "y_share")]
    x, y = (numbers(rows[name]).to_numpy(np.float64) for name in ("x", "y"))
    places: Float64Array = np.stack([x, y], axis=1)
    kinds, names = rows["kind"].to_numpy(str), rows["class"].to_numpy(str)
    figure = Figure(figsize=SIZE)
    with own_style():
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.03, 0.11, 0.94, 0.86))
        for kind, (colour, marker, size) in STYLES.items():
            axes.plot(*places[kinds == kind].T, ls="", marker=marker, ms=size, mew=0.0,
                      color=colour, alpha=0.75)  # fmt: skip
        centres = _centres(places, kinds == "real", names)
        for name, centre in centres.items() if len(centres) <= MOST_NAMES else ():
            axes.annotate(
                name.replace("_", " "), tuple(centre), ha="center", va="center", size=8.5,
                color=INK, path_effects=[withStroke(linewidth=2.5, foreground=PAPER)],
            )  # fmt: skip
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(
            f"of what tells classes apart: {shares[0]:.0%} across, {shares[1]:.0%} upwards",
            fontsize=9.0, color=GREY,
        )  # fmt: skip
        for spine in axes.spines.values():
            spine.set_color(PALE)
        cells = tuple(_row(name, places, kinds, names) for name in dict.fromkeys(names.tolist()))
        title = f"Clips among the features of {judge}"
        told = f"{len(rows)} clips of {len(cells)} classes; the table gives each class's centre."
        chart = inline_svg(figure, f"map-{number}", title, told)
    return Table(f"Map of {judge}", HEADINGS, cells, chart)


def _centres(places: Float64Array, real: BoolArray, names: StrArray) -> dict[str, Float64Array]:
    """The middle of a class's real clips, by its name."""
    chosen = {name: real & (names == name) for name in dict.fromkeys(names.tolist())}
    return {name: np.median(places[rows], axis=0) for name, rows in chosen.items() if rows.any()}


def _row(
    name: str, places: Float64Array, kinds: StrArray, names: StrArray
) -> tuple[str | tuple[float, str], ...]:
    cells: list[str | tuple[float, str]] = [name.replace("_", " ")]
    centres = []
    for kind in STYLES:
        here = places[(kinds == kind) & (names == name)]
        if not len(here):
            cells += ["–", "–"]
            continue
        centre = here.mean(axis=0)
        spread = float(np.sqrt(np.square(here - centre).sum(axis=1).mean()))
        centres.append(centre)
        cells += [f"{centre[0]:.1f}, {centre[1]:.1f}", (spread, f"{spread:.2f}")]
    if len(centres) < 2:
        return (*cells, "–")
    apart = float(np.linalg.norm(centres[0] - centres[1]))
    return (*cells, (apart, f"{apart:.2f}"))
