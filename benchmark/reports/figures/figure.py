"""How every picture of a report is made: size, type, colours, notes under it, the same bytes twice.

Figures are matplotlib objects with their own canvas; no state of ``pyplot`` is touched.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DPI = 150
WIDTH = 10.5
"""Of a plot, in inches."""

BLUE = "#0072B2"
ORANGE = "#D55E00"
GREEN = "#009E73"
INK = "#222222"
GREY = "#767676"
PALE = "#D9D9D9"
"""Colours that colour-blind readers can tell apart (Okabe & Ito 2008), and greys."""

NOTE_SIZE = 8.5
LINE_INCHES = 0.165
"""Height of one line of notes."""
CHARACTERS_PER_INCH = 16.0
"""Of the notes' type, a little fewer than fit."""
TITLE_CHARACTERS_PER_INCH = 8.3
"""Of a title's type; a longer title is set smaller."""


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


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure of this size in inches."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def wrapped(sentences: Sequence[str], width: float) -> list[str]:
    """Sentences as lines that fit under a figure ``width`` inches wide."""
    characters = int((width - 0.6) * CHARACTERS_PER_INCH)
    return [line for sentence in sentences for line in textwrap.wrap(sentence, characters)]


def notes_height(lines: Sequence[str]) -> float:
    """Inches that :func:`write_notes` needs."""
    return 0.2 + LINE_INCHES * len(lines)


def write_heading(figure: Figure, title: str, below: str = "") -> None:
    """The title at the top left and, in grey, one line under it."""
    width, height = figure.get_size_inches()
    size = min(13.0, 13.0 * TITLE_CHARACTERS_PER_INCH * (width - 0.6) / max(len(title), 1))
    figure.text(
        0.3 / width, 1.0 - 0.18 / height, title, size=size, weight="bold", va="top", ha="left"
    )
    figure.text(0.3 / width, 1.0 - 0.47 / height, below, size=9.5, color=GREY, va="top", ha="left")


def write_notes(figure: Figure, lines: Sequence[str]) -> None:
    """Lines of :func:`wrapped` at the foot of the figure."""
    width, height = figure.get_size_inches()
    for number, line in enumerate(reversed(lines)):
        figure.text(
            0.3 / width,
            (0.12 + LINE_INCHES * number) / height,
            line,
            size=NOTE_SIZE,
            color=INK,
            va="bottom",
            ha="left",
        )


def save_png(figure: Figure, path: Path) -> Path:
    """Write the picture in one step; equal figures give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    figure.savefig(partial, format="png", dpi=DPI, metadata={"Software": None})
    partial.replace(path)
    return path
