"""The two plots of a run: metrics beside their real floors, accuracy of the arms."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan
from pathlib import Path

import pandas as pd

from benchmark.comparisons.arm_gains import CONTROL, arm_accuracy, arm_gains
from benchmark.records.display_names import (
    DIRECTION_WORDS,
    REFERENCE_WORDS,
    arm_words,
    interval,
    metric_direction,
    metric_order,
    metric_words,
    points,
    points_interval,
)
from benchmark.records.tables import NO_JUDGE, is_undefined, numbers, reason_of, score_of
from benchmark.reports.figures.figure import BLUE, GREY, INK, ORANGE, Key
from benchmark.reports.figures.panels import FLOOR, Panel, Point, draw, marked
from benchmark.statistics.pairing import rows_of_arm

HALF_SAMPLES = (
    "Each value is the mean over {repetitions} draws of half of the synthetic clips; the bar is "
    "its 95 % interval and covers which clips were sampled, not another training of the generator. "
    "Real clips (the floor) are drawn in the same number and class proportions; for FID they come "
    "from the other part: training clips against test clips and the reverse. "
    "Each judge has a scale of its own: hold its values against its own real clips."
)


def plot_metrics(
    summary: pd.DataFrame,
    path: Path,
    title: str,
    caveats: Sequence[str] = (),
    n_samples: int | None = None,
) -> Path:
    """Each metric with its 95 % interval beside what real clips score (the floor).

    Args:
        summary: rows as in ``summary.csv``.
        path: PNG file to write.
        title: what was measured, in words.
        caveats: sentences printed under the plot.
        n_samples: synthetic clips in the pool, said under the title.
    """
    names = metric_order(list(dict.fromkeys(summary["metric"])))
    draws = sorted({int(value) for value in summary["repetitions"]})
    repetitions = " or ".join(map(str, draws)) or "0"
    pool = f"{n_samples:,} synthetic clips. " if n_samples is not None else ""
    return draw(
        [_metric_panel(summary[summary["metric"] == name], name) for name in names],
        path,
        title=title,
        below=f"{pool}The closer to real clips, the better.",
        notes=[HALF_SAMPLES.format(repetitions=repetitions), *marked(caveats)],
        keys=(Key("synthetic clips, 95 % interval", BLUE), FLOOR),
        columns=2,
    )


def plot_downstream(
    downstream: pd.DataFrame,
    predictions: pd.DataFrame,
    path: Path,
    title: str,
    caveats: Sequence[str] = (),
    control: str = CONTROL,
) -> Path:
    """Accuracy of each arm over its training seeds, and its paired difference to the control.

    Args:
        downstream: rows as in ``downstream.csv``.
        predictions: rows as in ``predictions.csv``, of the same arms.
        path: PNG file to write.
        title: what was measured, in words.
        caveats: sentences printed under the plot.
        control: the arm that the others are compared with.
    """
    gains = arm_gains(predictions, control)
    names: list[str] = []
    headings, accuracies, differences = [], [], []
    for recognizer, part in arm_accuracy(downstream, predictions).groupby("recognizer", sort=False):
        headings.append(len(names))
        names.append(f"recognizer {recognizer}")
        for _, row in part.iterrows():
            place = str(recognizer), str(row["arm"])
            cells = rows_of_arm(downstream, *place)["top1"]
            accuracies.append(_accuracy_point(len(names), row, cells))
            differences.append(_gain_point(len(names), rows_of_arm(gains, *place)))
            names.append(_arm_name(row))
    varies = sorted({str(cell) for cell in gains["varies"] if not is_undefined(cell)})
    note = (
        "Left: bar = 95 % interval over test people (clips, where people are unknown) and seeds. "
        "Right: the arms label the same test clips with the same seeds, so differences are paired; "
        f"bar = 95 % interval over {' or '.join(varies) or 'people and seeds'}. A bar that crosses "
        "the dashed line: no difference can be told apart from 0."
    )
    tall = 0.5 * len(names)
    left = Panel(
        "Accuracy on real test clips", "top-1 accuracy (%)", names, tall, accuracies,
        below="higher is better; circles: one training seed each", bold=headings,
        margins=(0.12, 0.12), least_span=16.0, bounds=(-1.0, 102.0),
    )  # fmt: skip
    right = Panel(
        f"Difference to {arm_words(control)}", "difference (percentage points)", names, tall,
        differences, below="right of the dashed line: better", line=0.0, margins=(0.25, 0.25),
        least_span=4.0,
    )  # fmt: skip
    return draw(
        [left, right],
        path,
        title=title,
        below=f"{predictions['clip_id'].nunique():,} real test clips, the same for every arm.",
        notes=[note, *marked(caveats)],
        columns=2,
    )


def _metric_panel(rows: pd.DataFrame, name: str) -> Panel:
    """A line for each judge and reference; judges stand side by side to be held against their own
    floors, not against each other."""
    words = metric_words(name)
    ordered = [
        row
        for reference in REFERENCE_WORDS
        for _, row in rows[rows["reference"] == reference].iterrows()
    ]
    names = [_seen_by(row) for row in ordered]
    found = []
    for place, row in enumerate(ordered):
        mean, low, high, floor = score_of(row, words.scale)
        bounds = interval(row["ci95_low"], row["ci95_high"], words.digits, words.scale)
        text = f"{words.shown(row['mean'])} {bounds}".rstrip()
        if isnan(mean):
            text = _undefined(row["mean"])
        found.append(Point(place, mean, low, high, text, floor, words.shown(row["real_floor"])))
    return Panel(
        words.title, words.axis, names, 0.45 * len(names) + 0.1, found,
        below=DIRECTION_WORDS[metric_direction(name)], include=(0.0,), margins=(0.02, 0.16),
    )  # fmt: skip


def _seen_by(row: pd.Series) -> str:
    """What a value is held against, and who looked."""
    judge, against = str(row["extractor"]), f"against\n{REFERENCE_WORDS[str(row['reference'])]}"
    return against if judge == NO_JUDGE else f"{judge.rpartition('-')[0] or judge} {against}"


def _arm_name(row: pd.Series) -> str:
    added = f" + {int(row['n_synthetic']):,} synthetic" if row["n_synthetic"] else ""
    sizes = f"{int(row['n_real']):,} real{added}, {int(row['steps']):,} steps"
    return f"{arm_words(row['arm'])}\n{sizes}"


def _accuracy_point(place: int, row: pd.Series, cells: pd.Series) -> Point:
    each = (100.0 * numbers(cells).dropna()).tolist()
    if not each:
        return Point(place, nan, text=_undefined(cells.iloc[0]))
    mean, low, high = (float(row[name]) for name in ("top1", "ci95_low", "ci95_high"))
    return Point(place, mean, low, high, f"{mean:.1f} %", colour=INK, each=each)


def _gain_point(place: int, gain: pd.DataFrame) -> Point:
    """Of the row of an arm; the control has none."""
    if gain.empty:
        return Point(place, nan, text="control")
    cells = [gain.iloc[0][key] for key in ("difference", "ci95_low", "ci95_high")]
    if is_undefined(cells[0]):
        return Point(place, nan, text=_undefined(cells[0]))
    mean, low, high = map(float, cells)
    colour = BLUE if low > 0 else ORANGE if high < 0 else GREY
    text = f"{points(mean)} {points_interval(low, high)}"
    return Point(place, mean, low, high, text, colour=colour)


def _undefined(cell: object) -> str:
    reason = reason_of(cell)
    return f"undefined: {reason}" if reason else "undefined"
