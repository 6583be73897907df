"""The page that every picture of a report stands on: size, type, colours, heading, notes.

Equal pages give equal bytes.
Figures are matplotlib objects with their own canvas; no state of ``pyplot`` is touched.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

DPI = 150
WIDTH = 10.5
"""Of a plot, in inches."""

BLUE = "#0072B2"
ORANGE = "#D55E00"
GREEN = "#009E73"
INK = "#222222"
GREY = "#767676"
PALE = "#D9D9D9"
PAPER = "#FFFFFF"
"""Colours that colour-blind readers can tell apart (Okabe & Ito 2008), and greys."""

NOTE_SIZE = 8.5
HEAD = 0.75
"""Inches of title and the line under it."""
KEY_INCHES = 0.24
"""Height of one line of the legend."""
LINE_INCHES = 0.165
"""Height of one line of notes."""
CHARACTERS_PER_INCH = 15.0
"""Of the notes' type, a little fewer than fit."""
TITLE_CHARACTERS_PER_INCH = 8.3
"""Of a title's type; a longer title is set smaller."""


@dataclass(frozen=True)
class Key:
    """An entry of a page's legend; ``dotted`` for a mark that stands on a dotted line."""

    name: str
    colour: str
    marker: str = "o"
    dotted: bool = False


@dataclass(frozen=True)
class Page:
    """A figure and its free area between heading and notes: ``bottom`` and ``top`` as shares of
    its height."""

    figure: Figure
    bottom: float
    top: float


@contextmanager
def page(
    path: Path,
    inches: float,
    title: str,
    below: str = "",
    notes: Sequence[str] = (),
    keys: Sequence[Key] = (),
    width: float = WIDTH,
) -> Iterator[Page]:
    """A page to draw on, written to ``path`` as a PNG file at the end, in one step.

    Args:
        inches: height of the free area.
        title: at the top left.
        below: in grey, one line under it.
        notes: sentences at the foot.
        keys: entries of the legend, under the heading.
        width: of the page, in inches.
    """
    characters = int((width - 0.6) * CHARACTERS_PER_INCH)
    lines = [line for sentence in notes for line in textwrap.wrap(sentence, characters)]
    longest = max((len(key.name) for key in keys), default=0)
    columns = min(max(len(keys), 1), max(1, int((width - 0.6) / (0.6 + 0.075 * longest))))
    head = HEAD + KEY_INCHES * -(-len(keys) // columns)
    foot = 0.2 + LINE_INCHES * len(lines)
    height = head + inches + foot
    with own_style():
        figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        size = min(13.0, 13.0 * TITLE_CHARACTERS_PER_INCH * (width - 0.6) / max(len(title), 1))
        left = 0.3 / width
        figure.text(left, 1.0 - 0.18 / height, title, size=size, weight="bold", va="top")
        figure.text(left, 1.0 - 0.47 / height, below, size=9.5, color=GREY, va="top")
        if keys:
            corner = (0.2 / width, 1.0 - 0.64 / height)
            _write_legend(figure, keys, columns, corner)
        for number, line in enumerate(reversed(lines)):
            up = (0.12 + LINE_INCHES * number) / height
            figure.text(left, up, line, size=NOTE_SIZE, va="bottom")
        yield Page(figure, foot / height, 1.0 - head / height)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        figure.savefig(partial, format="png", dpi=DPI, metadata={"Software": None})
        partial.replace(path)


def _write_legend(
    figure: Figure, keys: Sequence[Key], columns: int, corner: tuple[float, float]
) -> None:
    handles = [
        Line2D(
            [], [], color=key.colour, marker=key.marker, ms=6.0, lw=1.5 if key.dotted else 2.0,
            ls=":" if key.dotted else "-", label=key.name,
        )
        for key in keys
    ]  # fmt: skip
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=corner, ncols=columns, frameon=False,
        fontsize=9.5, borderpad=0.2,
    )  # fmt: skip


@contextmanager
def own_style() -> Iterator[None]:
    """Matplotlib's own defaults with our type, whatever the reader's ``matplotlibrc`` says."""
    rc = dict(matplotlib.rcParamsDefault)
    rc.pop("backend", None)
    rc |= {
        "font.family": "DejaVu Sans",
        "font.size": 10.0,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "axes.titlesize": 11.0,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with matplotlib.rc_context(rc):
        yield
