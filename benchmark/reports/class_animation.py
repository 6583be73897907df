"""Real clips beside synthetic ones and the nearest training clips, moving."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmark.reports.figures.animation import Body, Cell, Size, painted
from benchmark.reports.figures.films import write_film
from benchmark.reports.figures.posing import PITCH, YAW, turned
from benchmark.reports.moving_clips_reader import MovingClip, MovingClips, MovingRow
from skeletons.arrays import Float64Array, IntArray
from skeletons.errors import InputError

MOST_PICTURES = 1200
"""Of a film: a minute."""
KINDS = ("real", "synthetic", "nearest")
SIZE = Size(width=220, height=250, names=44)
SHAPE = 16 / 9
"""Width by height that a film of many classes comes near to."""


def animate_classes(
    moving: MovingClips,
    rows: Sequence[MovingRow],
    path: Path,
    sample: int = 0,
    speed: float = 1.0,
    view: tuple[float, float] = (YAW, PITCH),
) -> Path:
    """Write a GIF or MP4 of a real clip, a synthetic one and the training clip nearest to it, of
    each class; a shorter clip waits in its last pose for the longest one.

    Args:
        rows: classes, in the order in which they are shown.
        sample: which of the clips of a class; of fewer the last.
        speed: frames of a clip for each frame of the film, of which there are 20 a second.
        view: azimuth and elevation of the viewer in radians.

    Raises:
        InputError: no clip to show, a film that is too long, or a file that cannot be written.
    """
    shown = [cell for row in rows for cell in _chosen(moving, row, sample)]
    longest = max((clip.length for _, clip in shown if clip is not None), default=0)
    if not longest:
        raise InputError(f"{path}: there is no clip to show")
    count = int(np.ceil((longest - 1) / speed)) + 1
    if count > MOST_PICTURES:
        raise InputError(
            f"a clip of {longest:,} frames at speed {speed:g} would take {count:,} pictures, more "
            f"than {MOST_PICTURES:,}: choose a higher --speed"
        )
    times = np.asarray(np.arange(count) * speed, dtype=np.float64)
    cells = [
        Cell(names, None if clip is None else _points(moving, clip, times, view))
        for names, clip in shown
    ]
    skeleton = moving.skeleton
    bones: dict[str, IntArray] = {
        side: np.asarray(pairs, np.int64).reshape(-1, 2) for side, pairs in skeleton.bones.items()
    }
    body = Body(bones, tuple(skeleton.heads), skeleton.joints // skeleton.people)
    return write_film(painted(cells, body, len(KINDS) * _across(len(rows)), SIZE), path)


def _points(
    moving: MovingClips, clip: MovingClip, times: Float64Array, view: tuple[float, float]
) -> Float64Array:
    azimuth, elevation = view
    return turned(clip.at(times), moving.skeleton.centre, azimuth, elevation)


def _across(classes: int) -> int:
    """Classes side by side, three cells each."""
    wide = len(KINDS) * SIZE.width / SIZE.height
    return min(
        range(1, classes + 1),
        key=lambda count: abs(np.log(count * wide / -(-classes // count) / SHAPE)),
    )


def _chosen(
    moving: MovingClips, row: MovingRow, sample: int
) -> list[tuple[tuple[str, ...], MovingClip | None]]:
    """Names and clips of a class: real, synthetic, nearest."""
    name = moving.classes[row.label].replace("_", " ")
    cells: list[tuple[tuple[str, ...], MovingClip | None]] = []
    for kind in KINDS:
        places: list[int] = getattr(row, kind)
        if not places:
            cells.append(((name, f"no {kind} clip"), None))
            continue
        place = min(sample, len(places) - 1)
        clip = moving.clips[places[place]]
        told = f"{kind}, {clip.length} frames"
        if kind == "nearest":
            told = f"nearest training clip, {row.distance[place]:.3g} {moving.skeleton.unit} away"
        cells.append(((name, told), clip))
    return cells
