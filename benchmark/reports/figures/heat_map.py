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
        import seaborn
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.patches import Rectangle

        blank = np.isnan(self.values)
        seaborn.heatmap(
            self.values, mask=blank, annot=np.asarray(self.words, dtype=object), fmt="",
            cmap=LinearSegmentedColormap.from_list("words", list(self.colours)),
            vmin=self.limits[0], vmax=self.limits[1], cbar=False, linewidths=0.6, linecolor=PALE,
            xticklabels=list(self.columns), yticklabels=list(self.names) if first else False,
            annot_kws={"size": 8}, ax=axes,
        )  # fmt: skip
        for row, column in np.argwhere(blank):
            middle = column + 0.5, row + 0.5
            words = self.words[row][column]
            axes.text(*middle, words, ha="center", va="center", size=8, color=GREY)
        for row, column in np.argwhere(self._marked(self.flagged)):
            aside = 0.84 if self.words[row][column] else 0.5
            place = [column + aside], [row + 0.5]
            axes.plot(*place, marker="^", ms=5.5, mfc=ORANGE, mec="white", mew=0.7)
        for row, column in np.argwhere(self._marked(self.framed)):
            corner = column + 0.05, row + 0.05
            axes.add_patch(Rectangle(corner, 0.9, 0.9, fill=False, ec=INK, lw=1.1, zorder=3))
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelsize=8.5)
        axes.set_xticklabels(axes.get_xticklabels(), rotation=45, ha="left", rotation_mode="anchor")
        axes.set_yticklabels(axes.get_yticklabels(), rotation=0)
        axes.set_title(self.title, loc="left", weight="bold")

    def _marked(self, cells: BoolArray | None) -> BoolArray:
        """Which cells are marked; none where nothing is said."""
        return np.zeros(self.values.shape, dtype=bool) if cells is None else cells
