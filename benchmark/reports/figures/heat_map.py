"""A heat map with words in its cells, as one cell of a grid of panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.reports.figures.figure import GREY, INK, ORANGE, PALE
from skeletons.arrays import BoolArray, Float64Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DARK = 0.5
"""Cells of a smaller luminance have white words."""
HALF_CELL = 0.45


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Values ``[R, C]`` as colours; NaN is white.

    Attributes:
        words: of each cell, ``[R][C]``.
        names: of the rows, from the top down.
        columns: their names.
        colours: from the least value to the largest.
        limits: the least and the largest value.
        row_inches: height of one row.
        title: over the map.
        flagged: cells with an orange triangle, ``[R, C]``.
        framed: cells with a frame, ``[R, C]``.
    """

    values: Float64Array
    words: Sequence[Sequence[str]]
    names: Sequence[str]
    columns: Sequence[str]
    colours: Sequence[str]
    limits: tuple[float, float]
    row_inches: float
    title: str = ""
    flagged: BoolArray | None = None
    framed: BoolArray | None = None

    @property
    def inches(self) -> float:
        """Height of the rows."""
        return self.row_inches * len(self.names)

    @property
    def frame(self) -> float:
        """Height of the title and of the columns' slanted names."""
        return 0.35 + 0.06 * max(map(len, self.columns)) + (0.25 if self.title else 0.0)

    def paint(self, axes: Axes, first: bool = True) -> None:
        """Draw the map; the names of rows in the ``first`` column only."""
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.patches import Rectangle

        colours = LinearSegmentedColormap.from_list("words", list(self.colours))
        image = axes.imshow(
            self.values, cmap=colours, vmin=self.limits[0], vmax=self.limits[1], aspect="auto"
        )
        luminance = image.to_rgba(self.values)[..., :3] @ (0.2126, 0.7152, 0.0722)
        for row, column in np.ndindex(self.values.shape):
            words = self.words[row][column]
            blank = np.isnan(self.values[row, column])
            dark = not blank and luminance[row, column] < DARK
            flag = self.flagged is not None and self.flagged[row, column]
            both = flag and words != ""
            axes.text(
                column - 0.15 * both, row, words, ha="center", va="center", size=7 if both else 8,
                color="white" if dark else GREY if blank else INK,
            )  # fmt: skip
            if flag:
                place = column + 0.34 * both
                axes.plot([place], [row], marker="^", ms=5.5, mfc=ORANGE, mec="white", mew=0.7)
            if self.framed is not None and self.framed[row, column]:
                corner = (column - HALF_CELL, row - HALF_CELL)
                edge = 2 * HALF_CELL
                axes.add_patch(Rectangle(corner, edge, edge, fill=False, ec=INK, lw=1.1, zorder=3))
        axes.xaxis.tick_top()
        axes.set_xticks(
            range(len(self.columns)), self.columns, rotation=45, ha="left",
            rotation_mode="anchor", fontsize=8.5,
        )  # fmt: skip
        axes.set_yticks(range(len(self.names)), self.names if first else [], fontsize=8.5)
        axes.set_xticks(np.arange(len(self.columns) + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(len(self.names) + 1) - 0.5, minor=True)
        axes.grid(which="minor", color=PALE, lw=0.6)
        axes.tick_params(which="both", length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(self.title, loc="left", weight="bold")
