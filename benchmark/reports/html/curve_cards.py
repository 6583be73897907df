"""Will it help with few clips? Accuracy against the split, and worth in real clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path

from markupsafe import Markup

from benchmark.comparisons.accuracy_curves import AccuracyCurve, CurvePoint
from benchmark.comparisons.arm_worth import WorthLine
from benchmark.records.display_names import arm_words, interval
from benchmark.records.run_folder import RunFolder
from benchmark.reports.html.boards import (
    Board,
    BoardCell,
    BoardRow,
    Links,
    generator_of,
    page_link,
)
from benchmark.reports.html.charts import Line, curves
from benchmark.reports.html.downstream import Table
from benchmark.reports.score_cells import Cell
from metrics.value import Undefined


@dataclass(frozen=True)
class CurveCard:
    """A chart of an accuracy curve and the numbers behind it."""

    title: str
    below: str
    dataset: str
    generator: str
    chart: Markup
    table: Table


def curve_card(curve: AccuracyCurve, place: int) -> CurveCard:
    """A card of one generator and recognizer; ``place`` is its number on the page."""
    title = f"{curve.recognizer} with clips of {curve.generator}"
    lines = [
        Line(arm_words(arm), [(point.real, *_percent(point)) for point in points])
        for arm, points in curve.arms.items()
    ]
    ticks = [(float(real), f"{real:,}\n{split}") for split, real in curve.splits.items()]
    chart = curves(
        lines, f"curve-{place}", f"Accuracy of {title} against the split",
        ("real training clips (log scale)", "top-1 accuracy (%)"), ticks,
    )  # fmt: skip
    rows = tuple(
        (
            arm_words(arm),
            (float(point.real), point.split),
            f"{point.real:,}",
            f"{point.added:,}",
            *_accuracy(point),
        )
        for arm, points in curve.arms.items()
        for point in points
    )
    heads = ("trained on", "split", "real clips", "clips beside them", "accuracy [95 %]",
             "interval over")  # fmt: skip
    told = [curve.dataset, f"profile {curve.profile}" if curve.profile else "", curve.settings]
    return CurveCard(
        title=title,
        below=", ".join(part for part in told if part),
        dataset=curve.dataset.partition(" · ")[0],
        generator=curve.generator,
        chart=chart,
        table=Table(f"Accuracy of {title}", heads, rows),
    )


def worth_board(lines: Sequence[tuple[RunFolder, WorthLine]], folder: Path) -> Board | None:
    """A row a line of :func:`benchmark.reports.worth_memo.worth_of_runs`; None without any."""
    rows = []
    for run, line in lines:
        facets = {name: str(run.spec.get(name)) for name in ("dataset", "split", "generator")}
        worth = line.worth
        told: tuple[BoardCell, BoardCell]
        if isinstance(worth, Undefined):
            told = (f"cannot be told ({worth.reason})", "")
        else:
            value, _, bounds = worth.words().partition(" [")
            told = (Cell(value, f"[{bounds}"), worth.varies)
        rows.append(
            BoardRow(
                (
                    Links(((generator_of(run), page_link(run, folder)),)),
                    run.measured_on,
                    line.recognizer,
                    arm_words(line.arm),
                    f"{line.added:,}",
                    *told,
                ),
                facets,
            )
        )
    heads = ("generator", "measured on", "recognizer", "trained on", "clips added",
             "worth so many real clips", "interval over")  # fmt: skip
    return Board("worth-rows", "Worth in real clips", heads, tuple(rows)) if rows else None


def _percent(point: CurvePoint) -> tuple[float, float, float]:
    told = point.accuracy
    if isinstance(told, Undefined):
        return nan, nan, nan
    return 100.0 * told.mean, 100.0 * told.low, 100.0 * told.high


def _accuracy(point: CurvePoint) -> tuple[str | tuple[float, str], str]:
    told = point.accuracy
    if isinstance(told, Undefined):
        return str(told), "–"
    mean, low, high = _percent(point)
    return (mean, f"{mean:.1f} % {interval(low, high, 1)}"), told.varies
