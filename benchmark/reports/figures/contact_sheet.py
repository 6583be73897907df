"""A contact sheet: a real and a synthetic clip of each class, as skeletons over time."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.reports.figures.figure import GREY, INK, PALE, page
from benchmark.reports.figures.panels import marked
from benchmark.reports.figures.posing import (
    HEAD_RADIUS,
    LIMB_COLOURS,
    bones_by_side,
    head_of,
    project,
    typical_clips,
)
from skeletons.arrays import Float64Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FRAMES = 7
ROW = 1.08
"""Height of a row in inches."""
NAMES = 1.35
"""Width of the class names in inches."""
GAP = 0.35
"""Between the real and the synthetic block, in inches."""
CELL_LEAST, CELL_MOST = 0.55, 0.8
"""Bounds of the width of one frame, in inches."""
HEADINGS = 0.4
"""Height of the blocks' headings in inches."""


@dataclass(frozen=True)
class _Layout:
    """Inches: ``cell`` is the width of a frame, ``scale`` inches for each unit of length."""

    cell: float
    scale: float
    rows: int

    @property
    def block(self) -> float:
        return FRAMES * self.cell

    @property
    def width(self) -> float:
        return NAMES + 2 * self.block + GAP + 0.3

    def left(self, block: int) -> float:
        return NAMES + block * (self.block + GAP)

    def floor(self, row: int) -> float:
        return (self.rows - 1 - row) * ROW + 0.14


def contact_sheet(
    real: ClipSet,
    synthetic: ClipSet,
    path: Path,
    title: str,
    caveats: Sequence[str] = (),
) -> Path:
    """One row a class: frames of a real clip beside frames of a synthetic clip.

    All bodies have the same scale and are turned to the viewer; of each class the clip of median
    length is shown.

    Args:
        real: clips to compare with, of the same skeleton and classes.
        synthetic: clips of a generator.
        path: PNG file to write.
        title: what is shown, in words.
        caveats: sentences printed under the picture.

    Raises:
        InputError: the sets differ in skeleton or classes, or there is no real clip.
    """
    if real.skeleton != synthetic.skeleton or real.classes != synthetic.classes:
        raise InputError(
            f"'{real.name}' and '{synthetic.name}' differ in skeleton or classes, "
            "one contact sheet cannot show both"
        )
    if len(real) == 0:
        raise InputError(f"'{real.name}' has no clips to show")
    shown = [part.select(typical_clips(part)) for part in (real, synthetic)]
    views = [project(part.resample(FRAMES), part.skeleton) for part in shown]
    layout = _layout(views[0], len(real.classes))
    tall = layout.rows * ROW
    notes = [
        f"Each row: {FRAMES} moments from the first to the last frame of one clip, "
        "the clip of median length of its class. Turned to the viewer (3/4 view), same scale "
        "everywhere, centred on the body in each frame; grey line: floor.",
        *marked(caveats),
    ]
    below = "The body's left limbs are blue, its right limbs orange."
    with page(path, tall + HEADINGS, title, below, notes, width=layout.width) as sheet:
        share = tall / (tall + HEADINGS) * (sheet.top - sheet.bottom)
        axes = sheet.figure.add_axes((0.0, sheet.bottom, 1.0, share))
        axes.set_xlim(0.0, layout.width)
        axes.set_ylim(0.0, tall)
        axes.set_axis_off()
        _draw_names(axes, real.classes, layout)
        for block, (heading, part, view) in enumerate(
            zip(("real", "synthetic"), shown, views, strict=True)
        ):
            axes.text(
                layout.left(block) + 0.5 * layout.block, tall + 0.1, heading,
                size=13, weight="bold", ha="center", va="bottom",
            )  # fmt: skip
            _draw_block(axes, part, view, layout, block)
    return path


def _layout(points: Float64Array, rows: int) -> _Layout:
    """A scale at which real bodies fit their cells; a wild synthetic one may leave its own."""
    highest = max(float(np.percentile(points[..., 1].max(axis=2), 99.0)), 1e-6)
    widest = max(float(np.percentile(np.abs(points[..., 0]).max(axis=2), 90.0)), 1e-6)
    scale = min((ROW - 0.2) / highest, CELL_MOST / (2.0 * widest))
    return _Layout(float(np.clip(2.0 * widest * scale, CELL_LEAST, CELL_MOST)), scale, rows)


def _draw_names(axes: Axes, classes: Sequence[str], layout: _Layout) -> None:
    for row, name in enumerate(classes):
        axes.text(
            0.3, layout.floor(row) + 0.5 * (ROW - 0.2),
            "\n".join(textwrap.wrap(name.replace("_", " "), 13)),
            size=10, ha="left", va="center", color=INK,
        )  # fmt: skip


def _draw_block(
    axes: Axes, clips: ClipSet, points: Float64Array, layout: _Layout, block: int
) -> None:
    from matplotlib.collections import LineCollection

    left = layout.left(block)
    floors = np.asarray([layout.floor(row) for row in range(layout.rows)])
    ends = [[(left, floor), (left + layout.block, floor)] for floor in floors]
    axes.add_collection(LineCollection(ends, colors=PALE, linewidths=1.0, zorder=1))
    for row in sorted(set(range(layout.rows)) - set(clips.labels.tolist())):
        axes.text(
            left + 0.5 * layout.block, floors[row] + 0.4, "no clip of this class", size=9,
            style="italic", color=GREY, ha="center", va="center",
        )  # fmt: skip
    if not len(clips):
        return
    across = left + (np.arange(FRAMES) + 0.5) * layout.cell
    place = layout.scale * points
    place[..., 0] += across[:, None]
    place[..., 1] += floors[clips.labels][:, None, None]
    for side, bones in bones_by_side(clips.skeleton).items():
        segments = place[:, :, bones].reshape(-1, 2, 2)
        axes.add_collection(
            LineCollection(
                list(segments),
                colors=LIMB_COLOURS[side],
                linewidths=1.4,
                capstyle="round",
                zorder=2,
            )
        )
    head = head_of(clips.skeleton)
    if head is not None:
        diameter = 2 * 72 * HEAD_RADIUS * (ROW - 0.2)
        x, y = place[:, :, head].reshape(-1, 2).T
        axes.scatter(x, y, s=diameter**2, color=LIMB_COLOURS["trunk"], linewidths=0, zorder=3)
