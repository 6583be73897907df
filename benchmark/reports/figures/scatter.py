"""Points with names, as one cell of a grid of panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmark.reports.figures.figure import BLUE, GREY, INK, PALE
from benchmark.reports.figures.panels import MOVABLE
from skeletons.arrays import Float64Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Scatter:
    """Values ``[N]`` against values; points without one of the two are left out.

    Attributes:
        names: written beside the points, once each; with many points those at the edges alone.
        below: in grey, under the title.
        line: where a dashed horizontal line stands.
        inverted: whether values grow from the right to the left.
    """

    across: Float64Array
    up: Float64Array
    names: Sequence[str]
    across_axis: str
    up_axis: str
    title: str
    below: str = ""
    line: float | None = None
    inverted: bool = False

    @property
    def inches(self) -> float:
        """Height of the plotted area."""
        return 2.6

    @property
    def frame(self) -> float:
        """Inches of title, ticks and labels."""
        return 1.05

    def paint(self, axes: Axes, first: bool = True) -> None:
        """Draw the points; the label of the vertical axis in the ``first`` column only."""
        known = np.isfinite(self.across) & np.isfinite(self.up)
        axes.plot(self.across[known], self.up[known], "o", ms=5.5, mfc=BLUE, mec="white", mew=0.7)
        if self.line is not None:
            axes.axhline(self.line, color=INK, lw=1.0, ls="--", zorder=1)
        for place in self._named(known):
            axes.annotate(
                self.names[place], (self.across[place], self.up[place]), (5, 3), size=7.0,
                textcoords="offset points", color=GREY, gid=MOVABLE,
            ).set_in_layout(False)  # fmt: skip
        axes.margins(x=0.14, y=0.1)
        if self.inverted:
            axes.invert_xaxis()
        axes.grid(color=PALE, lw=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=8.0)
        axes.set_xlabel(self.across_axis, fontsize=8.5)
        axes.set_ylabel(self.up_axis if first else "", fontsize=8.5)
        axes.set_title(self.title, loc="left", weight="bold", size=9.5, pad=18)
        axes.annotate(
            self.below, (0.0, 1.0), (0, 4), xycoords="axes fraction", textcoords="offset points",
            size=8.0, color=GREY, va="bottom", annotation_clip=False,
        ).set_in_layout(False)  # fmt: skip

    def _named(self, known: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[int]:
        """Points with room for a name: none nearer than a line of type, the outermost first."""
        rows = np.flatnonzero(known)
        if not len(rows):
            return []
        both = np.stack([self.across[rows], self.up[rows]], axis=1)
        span = np.ptp(both, axis=0)
        scaled = (both - both.mean(axis=0)) / np.where(span > 0.0, span, 1.0)
        chosen: list[int] = []
        for place in np.argsort(-np.linalg.norm(scaled, axis=1)):
            away = np.abs(scaled[chosen] - scaled[place])
            if not ((away[:, 0] < 0.28) & (away[:, 1] < 0.075)).any():
                chosen.append(int(place))
        return [int(rows[place]) for place in chosen]
