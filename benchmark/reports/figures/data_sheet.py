"""One picture of a data set: lengths of clips, clips of each class and person, how they look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.reports.figures.figure import BLUE, GREEN, GREY, ORANGE, Key, page
from benchmark.reports.figures.posing import LIMB_COLOURS, bones_by_side, project, typical_clips
from skeletons.arrays import Float64Array
from skeletons.clips import ClipSet
from skeletons.datasets import Data

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"train": BLUE, "dev": GREEN, "test": ORANGE}
MOST_BARS = 24
"""Classes or people that are shown one by one; the largest, of more."""

MOST_ROWS = 16
"""Classes of the contact sheet; more are spread over."""

FRAMES = 7
PLOTS, ROW = 2.9, 0.95
"""Inches: height of the plots and of a row of the contact sheet."""


def data_sheet(data: Data, path: Path, title: str) -> Path:
    """Draw lengths, classes and people of each part, and seven moments of a clip a class.

    Of each class the training clip of median length is shown, all bodies at one scale; 3D data are
    turned to a 3/4 view, 2D data are drawn as they lie in the image.
    """
    typical = data.train.select(typical_clips(data.train))
    if len(typical) > MOST_ROWS:
        typical = typical.select(np.linspace(0, len(typical) - 1, MOST_ROWS).astype(np.int64))
    rows = len(typical)
    inches = PLOTS + 0.55 + ROW * rows
    keys = [Key(name, COLOURS[name], "s") for name in data.parts]
    notes = [
        f"Below: {FRAMES} moments from the first to the last frame of one training clip a class, "
        "the one of median length; left limbs blue, right limbs orange.",
        *data.caveats,
    ]
    skeleton = data.train.skeleton
    below = f"{skeleton.name}, {len(skeleton)} joints; protocol {data.protocol}"
    with page(path, inches, title, below, notes, keys) as sheet:
        free = sheet.top - sheet.bottom
        floor = sheet.bottom + free * (ROW * rows + 0.55) / inches
        height = sheet.top - floor - 0.02
        bounds = [(0.07, 0.23), (0.42, 0.21), (0.76, 0.21)]
        axes = [
            sheet.figure.add_axes((left, floor + 0.1 * height, width, 0.8 * height))
            for left, width in bounds
        ]
        _lengths(axes[0], data)
        names = data.train.classes
        classes = {name: part.class_counts() for name, part in data.parts.items()}
        _bars(axes[1], "classes", list(names), classes)
        people = sorted({one for part in data.parts.values() for one in part.subjects.tolist()})
        counts = {
            name: np.asarray([(part.subjects == one).sum() for one in people])
            for name, part in data.parts.items()
        }
        _bars(axes[2], "people", [one or "not told" for one in people], counts)
        drawn = sheet.figure.add_axes((0.0, sheet.bottom, 1.0, free * ROW * rows / inches))
        _contact(drawn, typical)
    return path


def _lengths(axes: Axes, data: Data) -> None:
    lengths = [part.lengths for part in data.parts.values()]
    longest = max(int(part.max(initial=1)) for part in lengths)
    axes.hist(
        lengths,
        bins=np.linspace(0.5, longest + 0.5, min(longest, 20) + 1).tolist(),
        stacked=True,
        color=[COLOURS[name] for name in data.parts],
    )
    axes.set_title("frames a clip", loc="left")
    axes.set_ylabel("clips")


def _bars(axes: Axes, title: str, names: list[str], counts: dict[str, np.ndarray]) -> None:
    """Clips of each name, stacked by part; the largest where there are many."""
    total = np.sum(list(counts.values()), axis=0)
    shown = np.arange(len(names))
    if len(names) > MOST_BARS:
        shown = np.sort(np.argsort(-total, kind="stable")[:MOST_BARS])
        title = f"{title}, the largest {MOST_BARS} of {len(names)}"
    left = np.zeros(len(shown))
    for part, values in counts.items():
        axes.barh(np.arange(len(shown)), values[shown], left=left, color=COLOURS[part], height=0.75)
        left = left + values[shown]
    told = [names[one].replace("_", " ")[:18] for one in shown]
    axes.set_yticks(np.arange(len(shown)), told, size=min(9.0, 150.0 / max(len(shown), 1)))
    axes.invert_yaxis()
    axes.set_title(title, loc="left")


def _contact(axes: Axes, clips: ClipSet) -> None:
    from matplotlib.collections import LineCollection

    points = _pictured(clips)
    low = points.min(axis=(1, 2), keepdims=True)
    size = float(np.percentile(np.ptp(points, axis=2).max(axis=(1, 2)), 90.0)) or 1.0
    place = (points - [0.0, 1.0] * low) / size
    axes.set_xlim(-2.4, FRAMES * 1.05 + 0.2)
    axes.set_ylim(-0.1, len(clips) * 1.12)
    axes.set_axis_off()
    bones = bones_by_side(clips.skeleton)
    for row in range(len(clips)):
        base = (len(clips) - 1 - row) * 1.12
        name = clips.classes[clips.labels[row]].replace("_", " ")
        axes.text(-2.2, base + 0.45, name[:24], size=9, va="center", color=GREY)
        moved = (
            place[row]
            + np.stack([np.arange(FRAMES) * 1.05 + 0.5, np.full(FRAMES, base)], axis=-1)[:, None]
        )
        for side, ends in bones.items():
            if len(ends):
                segments = list(moved[:, ends].reshape(-1, 2, 2))
                axes.add_collection(
                    LineCollection(segments, colors=LIMB_COLOURS[side], linewidths=1.2)
                )


def _pictured(clips: ClipSet) -> Float64Array:
    """Clips as a picture shows them, ``[N, FRAMES, V, 2]``, right and up."""
    joints = clips.resample(FRAMES)
    skeleton = clips.skeleton
    if skeleton.dimensions == 3:
        return project(joints, skeleton)
    flat = joints.astype(np.float64)
    flat = flat - flat[:, :, skeleton.centre, None]
    flat[..., skeleton.up[0]] *= skeleton.up[1]
    return flat
