"""The picture of a frontier: FID against evaluations, a panel a judge."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from pathlib import Path

from benchmark.comparisons.frontier import MARGIN, Judged
from benchmark.records.display_names import metric_words
from benchmark.reports.figures.figure import BLUE, GREEN, GREY, INK, ORANGE, Key
from benchmark.reports.figures.panels import Panel, Point, draw, marked

COLOURS = (BLUE, ORANGE, GREEN, INK, GREY)
MARKERS = ("o", "s", "^", "D", "v")
APART = 0.012
"""Between samplers of equal evaluations, in decades."""


def plot_frontier(rows: Sequence[Judged], path: Path) -> Path:
    """Draw what :func:`benchmark.comparisons.frontier.frontier` found.

    Args:
        path: PNG file to write.
    """
    samplers = list(dict.fromkeys(row.point.sampler for row in rows))
    judges = dict.fromkeys(row.judge for row in rows)
    run = rows[0].point.run
    return draw(
        [_panel([row for row in rows if row.judge == judge], samplers) for judge in judges],
        path,
        title=f"Quality against time of {run.spec.get('generator')}. {run.measured_on}",
        below=f"Against real {run.part} clips. Bar: 95 % interval.",
        notes=[
            "Filled, on the line: the Pareto front, no other point has a lower FID for as many "
            f"evaluations or fewer. Dashed: {100 * MARGIN:.0f} % above the FID of the most steps. "
            "Intervals cover which clips were sampled, not another training.",
            *marked(run.data_caveats),
        ],
        keys=[
            Key(sampler, COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)])
            for place, sampler in enumerate(samplers)
        ],
    )


def _panel(rows: Sequence[Judged], samplers: Sequence[str]) -> Panel:
    ordered = sorted(rows, key=lambda row: (row.point.evaluations, -row.fid))
    counts = sorted({row.point.evaluations for row in rows})
    reference = next(row for row in rows if row.point.reference)
    points = []
    for row in ordered:
        series = samplers.index(row.point.sampler)
        aside = APART * (series - (len(samplers) - 1) / 2)
        points.append(
            Point(
                log10(row.point.evaluations) + aside, row.fid, row.low, row.high,
                colour=COLOURS[series % len(COLOURS)], marker=MARKERS[series % len(MARKERS)],
                hollow=not row.pareto,
            )
        )  # fmt: skip
    return Panel(
        rows[0].kind,
        f"{metric_words('fid').short}, log scale",
        [str(count) for count in counts],
        1.9,
        points,
        upright=True,
        logarithmic=True,
        places=[log10(count) for count in counts],
        rows_axis="network evaluations a sample (log scale)",
        line=(1.0 + MARGIN) * reference.fid,
        joined=[place for place, row in enumerate(ordered) if row.pareto],
    )
