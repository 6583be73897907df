"""Bodies that move, cell by cell: one painter for every animation; ``samples.gif`` of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from benchmark.reports.figures.figure import GREY, INK, PALE
from benchmark.reports.figures.films import Film, write_gif
from benchmark.reports.figures.posing import (
    HEAD_RADIUS,
    LIMB_COLOURS,
    bones_by_side,
    heads_of,
    project,
    typical_clips,
)
from skeletons.arrays import Float64Array, IntArray
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.skeleton import Skeleton

LONGEST = 80
"""Frames of a run's animation at most; of a longer clip the first ones are shown."""

MARGIN = 14
"""Pixels between a body's floor and the end of its cell."""
SMOOTHING = 2
"""Drawn this much larger and scaled down, since PIL draws lines with hard edges."""
LONGEST_NAME = 200
"""Letters of a name that are looked at."""
SECOND = 0.6
"""How strong the colours of the second of two people are."""


@dataclass(frozen=True)
class Body:
    """What is drawn of a skeleton.

    Attributes:
        bones: (parent, child) joints ``[bones, 2]`` of ``left``, ``right`` and ``trunk``.
        heads: joints that are drawn as heads.
        single: joints of one of the people; those after them are the second's.
    """

    bones: Mapping[str, IntArray]
    heads: tuple[int, ...]
    single: int

    @classmethod
    def of(cls, skeleton: Skeleton) -> Body:
        """What is drawn of a skeleton of clips."""
        return cls(bones_by_side(skeleton), heads_of(skeleton), len(skeleton.single))


@dataclass(frozen=True)
class Cell:
    """A part of the picture with one moving body.

    Attributes:
        names: lines over it, the first in ink and the others grey.
        points: ``[T, V, 2]``, to the right and up from the floor; None leaves the cell empty.
    """

    names: tuple[str, ...]
    points: Float64Array | None


@dataclass(frozen=True)
class Size:
    """Pixels of a cell, of which the topmost ``names`` are for its names."""

    width: int = 160
    height: int = 180
    names: int = 30

    @property
    def room(self) -> int:
        """Height that a body may fill."""
        return self.height - self.names - 24


def animate_samples(synthetic: ClipSet, path: Path) -> Path:
    """Write a GIF with one clip a class, 20 frames a second, repeated for ever.

    Of each class the clip of median length is shown, at its own pace; a shorter clip waits in its
    last pose for the longest one.

    Raises:
        InputError: there are no clips.
    """
    if len(synthetic) == 0:
        raise InputError(f"'{synthetic.name}' has no clips to animate")
    clips = synthetic.select(typical_clips(synthetic))
    names = [(clips.classes[label].replace("_", " "),) for label in clips.labels.tolist()]
    cells = [Cell(name, points) for name, points in zip(names, _moving(clips), strict=True)]
    size = Size()
    columns = int(np.ceil(np.sqrt(len(clips) * size.height / size.width)))
    return write_gif(painted(cells, Body.of(clips.skeleton), columns, size), path)


def painted(cells: Sequence[Cell], body: Body, columns: int, size: Size) -> Film:
    """Cells side by side, row by row; all bodies at one scale.

    Args:
        cells: of equal numbers of frames, one with a body at least.
        columns: cells of a row.
    """
    points = [cell.points for cell in cells if cell.points is not None]
    scale, floor = _fit(np.stack(points), size)
    rows = -(-len(cells) // columns)
    backgrounds = [_background(cell, size, floor) for cell in cells]

    def images() -> Iterator[Image.Image]:
        for frame in range(len(points[0])):
            image = Image.new("RGB", (columns * size.width, rows * size.height), "white")
            for place, (cell, background) in enumerate(zip(cells, backgrounds, strict=True)):
                row, column = divmod(place, columns)
                drawn = background.copy()
                if cell.points is not None:
                    where = np.asarray([0.5 * size.width, floor]) + scale * (
                        cell.points[frame] * (1.0, -1.0)
                    )
                    far = 4.0 * size.height  # of a joint that is out of sight
                    _draw(drawn, body, np.clip(where, -far, far) * SMOOTHING, size)
                image.paste(drawn.reduce(SMOOTHING), (column * size.width, row * size.height))
            yield image

    return Film(images(), len(points[0]), _palette())


def _moving(clips: ClipSet) -> Float64Array:
    """Frames of all clips side by side ``[clips, T, V, 2]``, the last pose held to the end."""
    steps = np.arange(min(int(clips.lengths.max()), LONGEST))
    within = np.minimum(steps, clips.lengths[:, None] - 1)
    return project(clips.frames[clips.starts[:, None] + within], clips.skeleton)


def _fit(points: Float64Array, size: Size) -> tuple[float, float]:
    """Pixels for each unit of length, and where in a cell the floor lies: higher where bodies are
    seen from above and reach below its middle line."""
    across, up = np.abs(points[..., 0]).max(axis=2), points[..., 1]
    widest = max(float(np.percentile(across, 95.0)), 1e-6)
    reach = up.max(axis=(1, 2))
    # A jump fits; one body that flies away does not shrink the others.
    highest = max(float(min(reach.max(), 1.6 * np.median(reach))), 1e-6)
    below = max(-float(np.percentile(up.min(axis=2), 1.0)), 0.0)
    scale = float(min(size.room / highest, 0.48 * size.width / widest))
    if below * scale > MARGIN:
        scale = float(min((size.room + MARGIN) / (highest + below), 0.48 * size.width / widest))
    return scale, size.height - max(MARGIN, below * scale)


def _background(cell: Cell, size: Size, floor: float) -> Image.Image:
    image = Image.new("RGB", (size.width * SMOOTHING, size.height * SMOOTHING), "white")
    draw = ImageDraw.Draw(image)
    middle, half = 0.5 * size.width, 0.42 * size.width
    draw.line(
        [
            ((middle - half) * SMOOTHING, floor * SMOOTHING),
            ((middle + half) * SMOOTHING, floor * SMOOTHING),
        ],
        fill=PALE,
        width=2 * SMOOTHING,
    )
    for line, name in enumerate(cell.names):
        text, font = _fitting(name, 11 if line else 13, size.width)
        where = (middle * SMOOTHING, (3 + 17 * line) * SMOOTHING)
        draw.text(where, text, fill=GREY if line else INK, font=font, anchor="ma")
    return image


def _fitting(
    name: str, largest: int, width: int
) -> tuple[str, ImageFont.FreeTypeFont | ImageFont.ImageFont]:
    """A name on one line in matplotlib's own typeface, so that it looks the same on every machine:
    small enough to fit its cell, and cut off where it still does not."""
    import matplotlib

    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    seen = "".join(sign if sign.isprintable() else " " for sign in name[:LONGEST_NAME])
    line = " ".join(seen.split())
    for points in range(largest, 6, -1):
        font = ImageFont.truetype(str(file), points * SMOOTHING)
        if font.getlength(line) <= (width - 8) * SMOOTHING:
            return line, font
    while line and font.getlength(f"{line}…") > (width - 8) * SMOOTHING:
        line = line[:-1]
    return f"{line}…", font


def _draw(image: Image.Image, body: Body, joints: Float64Array, size: Size) -> None:
    """One pose on its cell; ``joints [V, 2]`` in pixels of the image."""
    draw = ImageDraw.Draw(image)
    for side, bones in body.bones.items():
        for parent, child in bones.tolist():
            ends = [tuple(joints[parent].tolist()), tuple(joints[child].tolist())]
            colour = _colour(side, child >= body.single)
            draw.line(ends, fill=colour, width=2 * SMOOTHING)
    radius = HEAD_RADIUS * size.room * SMOOTHING
    for head in body.heads:
        x, y = joints[head].tolist()
        draw.ellipse(
            [x - radius, y - radius, x + radius, y + radius],
            fill=_colour("trunk", head >= body.single),
        )


def _colour(side: str, second: bool) -> tuple[int, int, int]:
    return _blend(LIMB_COLOURS[side], SECOND if second else 1.0)


def _blend(name: str, share: float) -> tuple[int, int, int]:
    """A colour mixed with white."""
    full = np.asarray(ImageColor.getrgb(name), dtype=np.float64)
    blend = np.round(255.0 + share * (full - 255.0)).astype(int)
    return int(blend[0]), int(blend[1]), int(blend[2])


def _palette() -> Image.Image:
    """The colours used and their blends with white, the same for all frames to keep it small."""
    colours = [(255, 255, 255)]
    # no blend so pale that PIL's coarse search takes it for white
    for name in (*LIMB_COLOURS.values(), GREY, PALE):
        shares = (0.5, 1.0) if name == PALE else np.linspace(0.2, 1.0, 7)
        colours += [_blend(name, float(share)) for share in shares]
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for colour in colours for value in colour])
    return palette
