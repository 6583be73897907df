from __future__ import annotations

from math import nan
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from benchmark.reports.figures.figure import BLUE, ORANGE, Key
from benchmark.reports.figures.heat_map import HeatMap
from benchmark.reports.figures.panels import Panel, Point, draw

LONG = "a_name_that_nobody_would_think_of_and_that_goes_on_for_much_longer_than_a_line_has_room"


def painted(panel: Panel) -> tuple[list[str], list[str]]:
    """Markers and texts of a panel."""
    axes = Figure().subplots()
    panel.paint(axes)
    markers = [str(line.get_marker()) for line in axes.lines]
    return markers, [text.get_text() for text in axes.texts]


def panel(points: list[Point], names: int = 2, **options: object) -> Panel:
    return Panel("title", "unit", [f"row {row}" for row in range(names)], 1.0, points, **options)  # type: ignore[arg-type]


def edges_without_ink(path: Path) -> bool:
    with Image.open(path) as image:
        grey = np.asarray(image.convert("L"))
    return bool((grey[:, :6] == 255).all() and (grey[:, -6:] == 255).all())


@pytest.mark.parametrize("rows", [1, 4, 15])
def test_long_names_and_texts_at_the_edges_stay_on_the_page(tmp_path: Path, rows: int) -> None:
    points = [Point(row, float(row), row - 1.0, row + 1.0, LONG[:40]) for row in range(rows)]
    panels = [
        Panel("title", "unit", [LONG] * rows, 0.5 * rows, points, margins=(0.0, 0.0), below="below")
        for _ in range(2)
    ]
    keys = [Key(f"{LONG[:30]} {number}", BLUE) for number in range(rows)]
    path = draw(
        panels,
        tmp_path / "a.png",
        title=LONG * 2,
        notes=["Many words. " * 30],
        keys=keys,
        columns=2,
    )
    assert edges_without_ink(path)


def test_floors_that_are_alike_are_one_line_and_others_are_marks() -> None:
    alike, _ = painted(panel([Point(row, 1.0, floor=0.1 + 0.2 * 1e-17) for row in range(2)]))
    assert "D" not in alike
    differ, _ = painted(panel([Point(row, 1.0, floor=float(row)) for row in range(2)]))
    assert differ.count("D") == 2
    written = [Point(row, 1.0, floor=0.5, floor_text="0.50") for row in range(2)]
    told, texts = painted(panel(written))
    assert told.count("D") == 2 and texts.count("0.50") == 2


def test_a_row_without_a_value_has_words_and_no_mark() -> None:
    markers, texts = painted(panel([Point(0, 2.0, text="2.0"), Point(1, nan, text="undefined")]))
    assert markers.count("o") == 2, "the value, and its empty set of single values"
    assert {"2.0", "undefined"} <= set(texts)


def test_a_value_without_an_interval_has_no_bar() -> None:
    bars = []
    for low, high in ((1.0, 3.0), (nan, nan)):
        axes = Figure().subplots()
        panel([Point(0, 2.0, low, high)], names=1).paint(axes)
        bars.append([list(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2])
    assert bars == [[[1.0, 3.0]], []]


def test_the_first_row_is_on_top_and_the_first_place_on_the_left() -> None:
    axes = Figure().subplots()
    panel([Point(0, 1.0), Point(1, 2.0)]).paint(axes)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    axes = Figure().subplots()
    panel([Point(0.0, 1.0), Point(3.0, 2.0)], upright=True, places=[0.0, 3.0]).paint(axes)
    assert axes.get_xticks().tolist() == [0.0, 3.0]
    assert axes.get_xlim()[0] < axes.get_xlim()[1]


def test_the_line_and_what_is_included_are_always_in_sight() -> None:
    axes = Figure().subplots()
    panel([Point(0, 5.0, 4.0, 6.0)], names=1, line=0.0, include=(9.0,)).paint(axes)
    low, high = axes.get_xlim()
    assert low < 0.0 and high > 9.0


def test_words_are_white_on_dark_cells_only() -> None:
    axes = Figure().subplots()
    cells = np.asarray([[0.0, 1.0, nan]])
    HeatMap(cells, [["a", "b", "c"]], ["row"], ["x", "y", "z"], ("#000080", "#FFFFFF"), (0, 1), 0.3,
            framed=np.asarray([[True, False, False]]), flagged=np.asarray([[False, True, False]]),
            ).paint(axes)  # fmt: skip
    colours = {text.get_text(): text.get_color() for text in axes.texts}
    assert colours["a"] == "w" and "w" not in (colours["b"], colours["c"])
    assert len(axes.patches) == 1
    assert [line.get_markerfacecolor() for line in axes.lines] == [ORANGE]


def test_equal_pages_give_equal_bytes(tmp_path: Path) -> None:
    one, other = (
        draw([panel([Point(0, 1.0, 0.0, 2.0, "1.0")])], tmp_path / name, title="title")
        for name in ("a.png", "b.png")
    )
    assert one.read_bytes() == other.read_bytes()
    assert not list(tmp_path.glob(".*"))
