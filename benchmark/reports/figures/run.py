"""The two plots of a run: metrics beside their real floors, accuracy of the arms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
from benchmark.records.tables import is_undefined, number, numbers, reason_of
from benchmark.reports.figures.figure import BLUE, GREY, INK, ORANGE, Key
from benchmark.reports.figures.panels import FLOOR, Floor, Panel, Point, draw, marked
from benchmark.statistics.pairing import rows_of_arm

MEASURED = ("mean", "ci95_low", "ci95_high", "real_floor")
HALF_SAMPLES = (
    "Each value is the mean over {repetitions} draws of half of the synthetic clips; the bar is "
    "its 95 % interval and covers which clips were sampled, not another training of the generator. "
    "Real clips (the floor) are drawn in the same number and class proportions; for FID they come "
    "from the other part: training clips against test clips and the reverse."
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
    references = [name for name in REFERENCE_WORDS if (summary["reference"] == name).any()]
    draws = sorted({int(value) for value in summary["repetitions"]})
    repetitions = " or ".join(map(str, draws)) or "0"
    pool = f"{n_samples:,} synthetic clips. " if n_samples is not None else ""
    return draw(
        [_metric_panel(summary[summary["metric"] == name], name, references) for name in names],
        path,
        title=title,
        below=f"{pool}The closer to real clips, the better.",
        notes=[HALF_SAMPLES.format(repetitions=repetitions), *marked(caveats)],
        keys=(Key("synthetic clips, 95 % interval", BLUE), FLOOR),
        columns=2,
        shared_names=True,
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
    arms, gains = arm_accuracy(downstream), arm_gains(predictions, control)
    varies = sorted({str(cell) for cell in gains["varies"] if not is_undefined(cell)})
    note = (
        "Left: bar = 95 % t interval over training seeds (none with one seed). Right: the arms "
        "label the same test clips with the same seeds, so differences are paired; bar = 95 % "
        f"interval over {' or '.join(varies) or 'clips and seeds'}. A bar that crosses the "
        "dashed line: no difference can be told apart from 0."
    )
    return draw(
        [_accuracy_panel(arms, downstream), _difference_panel(arms, gains, control)],
        path,
        title=title,
        below=f"{predictions['clip_id'].nunique():,} real test clips, the same for every arm.",
        notes=[note, *marked(caveats)],
        columns=2,
        shared_names=True,
    )


def _metric_panel(rows: pd.DataFrame, name: str, references: Sequence[str]) -> Panel:
    words = metric_words(name)
    points, floors, missing = [], [], {}
    for level, reference in enumerate(references):
        found = rows[rows["reference"] == reference]
        row = found.iloc[0] if len(found) else None
        if row is None:
            missing[-float(level)] = "not run"
            continue
        mean, low, high, floor = (
            number(row[key]) * words.scale
            for key in ("mean", "ci95_low", "ci95_high", "real_floor")
        )
        if is_undefined(row["mean"]):
            missing[-float(level)] = _undefined(row["mean"])
        bounds = interval(row["ci95_low"], row["ci95_high"], words.digits, words.scale)
        text = f"{words.shown(row['mean'])} {bounds}".rstrip()
        # Value above the line, floor below it, so that their texts cannot meet.
        points.append(Point(0.08 - level, mean, low, high, text))
        floors.append(Floor(-0.14 - level, floor, words.shown(row["real_floor"])))
    return Panel(
        title=words.title,
        below=DIRECTION_WORDS[metric_direction(name)],
        axis=words.axis,
        names={-float(i): f"against\n{REFERENCE_WORDS[one]}" for i, one in enumerate(references)},
        inches=0.55 * len(references) + 0.1,
        points=points,
        floors=floors,
        missing=missing,
        include=(0.0,),
        margins=(0.02, 0.16),
    )


def _lines(arms: pd.DataFrame) -> list[tuple[float, pd.Series | None, str]]:
    """What stands on each line: its place, the row of an arm, its name; a recognizer's heading has
    no row."""
    lines: list[tuple[float, pd.Series | None, str]] = []
    for recognizer, part in arms.groupby("recognizer", sort=False):
        lines.append((-float(len(lines)), None, f"recognizer {recognizer}"))
        for _, row in part.iterrows():
            added = f" + {int(row['n_synthetic']):,} synthetic" if row["n_synthetic"] else ""
            sizes = f"{int(row['n_real']):,} real{added}, {int(row['steps']):,} steps"
            lines.append((-float(len(lines)), row, f"{arm_words(row['arm'])}\n{sizes}"))
    return lines


def _lines_panel(arms: pd.DataFrame, **panel: Any) -> Panel:
    lines = _lines(arms)
    return Panel(
        names={place: name for place, _, name in lines},
        bold={place for place, row, _ in lines if row is None},
        inches=0.5 * len(lines),
        **panel,
    )


def _accuracy_panel(arms: pd.DataFrame, downstream: pd.DataFrame) -> Panel:
    points, missing = [], {}
    for place, row, _ in _lines(arms):
        if row is None:
            continue
        cells = rows_of_arm(downstream, row["recognizer"], row["arm"])["top1"]
        each = (100.0 * numbers(cells).dropna()).tolist()
        mean, low, high = (float(row[name]) for name in ("top1", "ci95_low", "ci95_high"))
        if each:
            points.append(Point(place, mean, low, high, f"{mean:.1f} %", INK, each=each))
        else:
            missing[place] = _undefined(cells.iloc[0])
    return _lines_panel(
        arms,
        title="Accuracy on real test clips",
        below="higher is better; circles: one training seed each",
        axis="top-1 accuracy (%)",
        points=points,
        missing=missing,
        margins=(0.12, 0.12),
        least_span=16.0,
        bounds=(-1.0, 102.0),
    )


def _difference_panel(arms: pd.DataFrame, gains: pd.DataFrame, control: str) -> Panel:
    found, missing = [], {}
    for place, row, _ in _lines(arms):
        if row is None:
            continue
        gain = rows_of_arm(gains, row["recognizer"], row["arm"])
        if row["arm"] == control:
            missing[place] = "control"
        elif gain.empty or is_undefined(gain.iloc[0]["difference"]):
            missing[place] = _undefined(None if gain.empty else gain.iloc[0]["difference"])
        else:
            keys = ("difference", "ci95_low", "ci95_high")
            mean, low, high = (float(gain.iloc[0][key]) for key in keys)
            colour = BLUE if low > 0 else ORANGE if high < 0 else GREY
            text = f"{points(mean)} {points_interval(low, high)}"
            found.append(Point(place, mean, low, high, text, colour))
    return _lines_panel(
        arms,
        title=f"Difference to {arm_words(control)}",
        below="right of the dashed line: better",
        axis="difference (percentage points)",
        points=found,
        missing=missing,
        line=0.0,
        include=(0.0,),
        margins=(0.25, 0.25),
        least_span=4.0,
    )


def _undefined(cell: object) -> str:
    reason = reason_of(cell)
    return f"undefined: {reason}" if reason else "undefined"
