"""``samples.gif``: one synthetic clip of each class, moving; fast enough to be made each run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from benchmark.reports.figures.figure import INK, PALE
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

FRAMES_PER_SECOND = 20
LONGEST = 80
"""Frames of the animation at most; of a longer clip the first ones are shown."""
REST = 10
"""Frames for which the last pose stands before the animation starts again."""

CELL_WIDTH, CELL_HEIGHT = 160, 180
NAME_HEIGHT = 30
SMOOTHING = 2
"""Drawn this much larger and scaled down, since PIL draws lines with hard edges."""


@dataclass(frozen=True)
class _Grid:
    columns: int
    rows: int
    scale: float  # pixels for each unit of length, before smoothing

    def floor(self, cell: int) -> tuple[float, float]:
        """Where the body of a cell stands."""
        row, column = divmod(cell, self.columns)
        return (column + 0.5) * CELL_WIDTH, (row + 1) * CELL_HEIGHT - 14.0


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
    points = _moving(clips)
    columns = int(np.ceil(np.sqrt(len(clips) * CELL_HEIGHT / CELL_WIDTH)))
    grid = _Grid(columns, -(-len(clips) // columns), _scale(points))
    background = _background(clips, grid)
    palette = _palette()
    frames = [
        _draw(background, clips, points[:, frame], grid).quantize(
            palette=palette, dither=Image.Dither.NONE
        )
        for frame in range(points.shape[1])
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    duration = 1000 // FRAMES_PER_SECOND
    frames[0].save(
        partial,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[duration] * (len(frames) - 1) + [duration * REST],
        loop=0,
        optimize=False,
    )
    partial.replace(path)
    return path


def _moving(clips: ClipSet) -> Float64Array:
    """Frames of all clips side by side ``[clips, T, V, 2]``, the last pose held to the end."""
    steps = np.arange(min(int(clips.lengths.max()), LONGEST))
    within = np.minimum(steps, clips.lengths[:, None] - 1)
    return project(clips.frames[clips.starts[:, None] + within], clips.skeleton)


def _scale(points: Float64Array) -> float:
    highest = max(float(np.percentile(points[..., 1].max(axis=2), 99.0)), 1e-6)
    widest = max(float(np.percentile(np.abs(points[..., 0]).max(axis=2), 95.0)), 1e-6)
    return float(min((CELL_HEIGHT - NAME_HEIGHT - 24) / highest, 0.48 * CELL_WIDTH / widest))


def _background(clips: ClipSet, grid: _Grid) -> Image.Image:
    size = (grid.columns * CELL_WIDTH * SMOOTHING, grid.rows * CELL_HEIGHT * SMOOTHING)
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for cell, label in enumerate(clips.labels.tolist()):
        x, y = grid.floor(cell)
        half = 0.42 * CELL_WIDTH
        draw.line(
            [((x - half) * SMOOTHING, y * SMOOTHING), ((x + half) * SMOOTHING, y * SMOOTHING)],
            fill=PALE,
            width=2 * SMOOTHING,
        )
        name = clips.classes[label].replace("_", " ")
        top = (y - CELL_HEIGHT + 14.0 + 6.0) * SMOOTHING
        draw.text((x * SMOOTHING, top), name, fill=INK, font=_font(name), anchor="mt")
    return image


def _font(name: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Matplotlib's own typeface, so that names look the same on every machine, and small enough
    that the name fits its cell."""
    import matplotlib

    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    for size in range(13, 6, -1):
        font = ImageFont.truetype(str(file), size * SMOOTHING)
        if font.getlength(name) <= (CELL_WIDTH - 8) * SMOOTHING:
            break
    return font


def _draw(
    background: Image.Image, clips: ClipSet, points: Float64Array, grid: _Grid
) -> Image.Image:
    """One frame of the animation; ``points [clips, V, 2]``."""
    image = background.copy()
    draw = ImageDraw.Draw(image)
    floors = np.asarray([grid.floor(cell) for cell in range(len(clips))])
    place = (floors[:, None] + grid.scale * points * (1.0, -1.0)) * SMOOTHING
    for side, bones in bones_by_side(clips.skeleton).items():
        for x0, y0, x1, y1 in place[:, bones].reshape(-1, 4).tolist():
            draw.line([(x0, y0), (x1, y1)], fill=LIMB_COLOURS[side], width=2 * SMOOTHING)
    head = head_of(clips.skeleton)
    if head is not None:
        radius = HEAD_RADIUS * (CELL_HEIGHT - NAME_HEIGHT - 24) * SMOOTHING
        for x, y in place[:, head].tolist():
            draw.ellipse(
                [x - radius, y - radius, x + radius, y + radius], fill=LIMB_COLOURS["trunk"]
            )
    return image.reduce(SMOOTHING)


def _palette() -> Image.Image:
    """The colours used and their blends with white, the same for all frames to keep it small."""
    colours = [(255, 255, 255)]
    # no blend so pale that PIL's coarse search takes it for white
    for name in (*LIMB_COLOURS.values(), PALE):
        full = np.asarray(ImageColor.getrgb(name), dtype=np.float64)
        for share in (0.5, 1.0) if name == PALE else np.linspace(0.2, 1.0, 7):
            blend = np.round(255.0 + share * (full - 255.0)).astype(int)
            colours.append((int(blend[0]), int(blend[1]), int(blend[2])))
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for colour in colours for value in colour])
    return palette
