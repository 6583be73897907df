"""The two plots of a run: metrics beside their real floors, accuracy of the arms."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from benchmark.comparisons.paired import arm_accuracy, paired_or_reason
from benchmark.records.display_names import (
    DIRECTION_WORDS,
    REFERENCE_WORDS,
    MetricWords,
    arm_words,
    interval,
    metric_direction,
    metric_order,
    metric_words,
    points,
    points_interval,
)
from benchmark.records.tables import is_undefined, number, numbers, reason_of
from benchmark.reports.figures.figure import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALE,
    WIDTH,
    new_figure,
    notes_height,
    own_style,
    save_png,
    wrapped,
    write_heading,
    write_notes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNDERLAY = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
"""Behind a text, so that grid lines do not cross it."""

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
    columns = min(2, max(1, len(names)))
    rows = math.ceil(len(names) / columns)
    notes = wrapped(
        [HALF_SAMPLES.format(repetitions=_several(summary["repetitions"])), *_marked(caveats)],
        WIDTH,
    )
    foot = notes_height(notes)
    panel = 0.55 * len(references) + 1.35
    height = 0.9 + rows * panel + foot
    with own_style():
        figure = new_figure(WIDTH, height)
        pool = f"{n_samples:,} synthetic clips. " if n_samples is not None else ""
        write_heading(figure, title, f"{pool}The closer to real clips, the better.")
        _metrics_legend(figure)
        for place, name in enumerate(names):
            row, column = divmod(place, columns)
            axes = figure.add_axes(
                (
                    (1.75 + column * 5.2) / WIDTH,
                    (foot + (rows - 1 - row) * panel + 0.55) / height,
                    (3.25 if columns == 2 else 8.2) / WIDTH,
                    (panel - 1.05) / height,
                )
            )
            _metric_panel(axes, summary[summary["metric"] == name], name, references)
        write_notes(figure, notes)
        return save_png(figure, path)


def plot_downstream(
    downstream: pd.DataFrame,
    predictions: pd.DataFrame,
    path: Path,
    title: str,
    caveats: Sequence[str] = (),
    control: str = "real",
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
    arms = arm_accuracy(downstream)
    pairs = paired_or_reason(predictions, control)
    clips = predictions["clip_id"].nunique()
    varies = sorted({str(cell) for cell in pairs["varies"] if not is_undefined(cell)})
    notes = wrapped(
        [
            "Left: bar = 95 % t interval over training seeds (none with one seed). Right: the arms "
            "label the same test clips with the same seeds, so differences are paired; bar = 95 % "
            f"interval over {' or '.join(varies) or 'clips and seeds'}. A bar that crosses the "
            "dashed line: no difference can be told apart from 0.",
            *_marked(caveats),
        ],
        WIDTH,
    )
    lines = _arm_lines(arms)
    foot = notes_height(notes)
    height = 1.3 + 0.62 * len(lines) + 0.62 + foot
    with own_style():
        figure = new_figure(WIDTH, height)
        write_heading(figure, title, f"{clips:,} real test clips, the same for every arm.")
        bottom, tall = (foot + 0.62) / height, 0.62 * len(lines) / height
        left = figure.add_axes((2.75 / WIDTH, bottom, 3.55 / WIDTH, tall))
        right = figure.add_axes((6.75 / WIDTH, bottom, 3.35 / WIDTH, tall))
        _accuracy_panel(left, lines, arms, downstream)
        _difference_panel(right, lines, pairs, control)
        write_notes(figure, notes)
        return save_png(figure, path)


def _metrics_legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    figure.legend(
        handles=[
            Line2D([], [], color=BLUE, marker="o", lw=2, label="synthetic clips, 95 % interval"),
            Line2D([], [], color=ORANGE, marker="D", ls=":", lw=1.5, label="real clips (floor)"),
        ],
        loc="upper right",
        bbox_to_anchor=(1.0 - 0.2 / WIDTH, 1.0 - 0.32 / figure.get_size_inches()[1]),
        ncols=2,
        frameon=False,
        fontsize=9.5,
    )


def _metric_panel(axes: Axes, rows: pd.DataFrame, name: str, references: Sequence[str]) -> None:
    words = metric_words(name)
    extent = [0.0, *_extent(rows, words)]
    span = (max(extent) - min(extent)) or 1.0
    axes.set_xlim(min(extent) - 0.02 * span, max(extent) + 0.16 * span)
    for level, reference in enumerate(reversed(references)):
        found = rows[rows["reference"] == reference]
        row = found.iloc[0] if len(found) else None
        if row is None or is_undefined(row["mean"]):
            _undefined_row(axes, level, reason_of(row["mean"]) if row is not None else "not run")
        if row is not None:
            _draw_metric(axes, level, row, words)
    if len(extent) == 1:
        axes.set_xticks([])
    axes.set_ylim(-0.6, len(references) - 0.4)
    labels = [f"against\n{REFERENCE_WORDS[reference]}" for reference in reversed(references)]
    axes.set_yticks(range(len(references)), labels, fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=PALE, lw=0.6)
    axes.set_axisbelow(True)
    axes.set_title(words.title, loc="left", weight="bold", pad=18)
    axes.text(
        0.0, 1.03, DIRECTION_WORDS[metric_direction(name)], transform=axes.transAxes, size=9,
        color=GREY, va="bottom",
    )  # fmt: skip
    axes.set_xlabel(words.axis, fontsize=9)


def _draw_metric(axes: Axes, level: int, row: pd.Series, words: MetricWords) -> None:
    """Value above the line, floor below it, so that their texts cannot meet."""
    mean, low, high, floor = (
        number(row[name]) * words.scale for name in ("mean", "ci95_low", "ci95_high", "real_floor")
    )
    up, down = level + 0.08, level - 0.12
    if not math.isnan(floor):
        axes.plot([floor, floor], [level - 0.32, level + 0.22], ":", color=ORANGE, lw=1.5)
        axes.plot([floor], [down], "D", color=ORANGE, ms=6)
        low_side, high_side = axes.get_xlim()
        to_left = floor > 0.6 * high_side + 0.4 * low_side
        axes.annotate(
            words.shown(row["real_floor"]), (floor, down), (-8 if to_left else 8, -3),
            textcoords="offset points", color=ORANGE, size=9, va="center",
            ha="right" if to_left else "left", bbox=UNDERLAY,
        )  # fmt: skip
    if not math.isnan(mean):
        if not math.isnan(low):
            axes.plot([low, high], [up, up], color=BLUE, lw=2, solid_capstyle="butt")
        axes.plot([mean], [up], "o", color=BLUE, ms=6.5)
        bounds = interval(row["ci95_low"], row["ci95_high"], words.digits, words.scale)
        _label_above(axes, mean, up, f"{words.shown(row['mean'])} {bounds}".rstrip(), BLUE)


def _label_above(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    """A text centred over a point, moved sideways where it would leave the panel."""
    low, high = axes.get_xlim()
    half = 0.5 * len(text) * 0.077 / (axes.get_position().width * WIDTH) * (high - low)
    axes.annotate(
        text, (min(max(x, low + half), high - half), y), (0, 7), textcoords="offset points",
        color=colour, size=9, va="bottom", ha="center", bbox=UNDERLAY,
    )  # fmt: skip


def _extent(rows: pd.DataFrame, words: MetricWords) -> list[float]:
    """Every value that a panel shows."""
    cells = rows[["mean", "ci95_low", "ci95_high", "real_floor"]].to_numpy().ravel()
    return [number(cell) * words.scale for cell in cells if not is_undefined(cell)]


def _undefined_row(axes: Axes, level: float, reason: str) -> None:
    text = "\n".join(textwrap.wrap(f"undefined: {reason}" if reason else "undefined", 46)[:2])
    axes.text(
        0.5, level, text, transform=axes.get_yaxis_transform(), size=8.5, style="italic",
        color=GREY, ha="center", va="center",
    )  # fmt: skip


def _arm_lines(arms: pd.DataFrame) -> list[tuple[str, str | None]]:
    """What stands on each line from the top: a recognizer's heading, then its arms."""
    lines: list[tuple[str, str | None]] = []
    for recognizer, part in arms.groupby("recognizer", sort=False):
        lines.append((str(recognizer), None))
        lines += [(str(recognizer), str(arm)) for arm in part["arm"]]
    return lines


def _accuracy_panel(
    axes: Axes,
    lines: Sequence[tuple[str, str | None]],
    arms: pd.DataFrame,
    downstream: pd.DataFrame,
) -> None:
    labels = []
    extent = [
        *(100.0 * numbers(downstream["top1"]).dropna()),
        *arms["ci95_low"].dropna(),
        *arms["ci95_high"].dropna(),
    ]
    least, most = max(0.0, min(extent, default=0.0)), min(100.0, max(extent, default=100.0))
    margin = max(2.0, 0.12 * (most - least))
    axes.set_xlim(max(-1.0, least - margin), min(102.0, most + margin))
    for line, (recognizer, arm) in enumerate(lines):
        level = len(lines) - 1 - line
        if arm is None:
            labels.append(f"recognizer {recognizer}")
            continue
        row = arms[(arms["recognizer"] == recognizer) & (arms["arm"] == arm)].iloc[0]
        added = f" + {int(row['n_synthetic']):,} synthetic" if row["n_synthetic"] else ""
        labels.append(
            f"{arm_words(arm)}\n{int(row['n_real']):,} real{added}, {int(row['steps']):,} steps"
        )
        cells = downstream[(downstream["recognizer"] == recognizer) & (downstream["arm"] == arm)]
        each = 100.0 * numbers(cells["top1"]).dropna()
        if each.empty:
            _undefined_row(axes, level, reason_of(cells["top1"].iloc[0]))
            continue
        mean, low, high = (float(row[name]) for name in ("top1", "ci95_low", "ci95_high"))
        axes.plot(each, [level - 0.14] * len(each), "o", mfc="none", mec=GREY, ms=5)
        if not math.isnan(low):
            axes.plot([low, high], [level, level], color=INK, lw=2, solid_capstyle="butt")
        axes.plot([mean], [level], "o", color=INK, ms=7)
        _label_above(axes, mean, level, f"{mean:.1f} %", INK)
    axes.set_title("Accuracy on real test clips", loc="left", weight="bold", pad=18)
    axes.text(
        0.0, 1.0, "higher is better; circles: one training seed each",
        transform=axes.transAxes, size=9, color=GREY, va="bottom",
    )  # fmt: skip
    axes.set_xlabel("top-1 accuracy (%)")
    _lines_axis(axes, lines)
    axes.set_yticklabels(labels[::-1], fontsize=9)
    for tick, (_, arm) in zip(axes.get_yticklabels(), reversed(lines), strict=True):
        tick.set_fontweight("bold" if arm is None else "normal")


def _difference_panel(
    axes: Axes, lines: Sequence[tuple[str, str | None]], pairs: pd.DataFrame, control: str
) -> None:
    extent = [0.0, *numbers(pairs["ci95_low"]).dropna(), *numbers(pairs["ci95_high"]).dropna()]
    span = max(max(extent) - min(extent), 4.0)
    axes.set_xlim(min(extent) - 0.25 * span, max(extent) + 0.25 * span)
    for line, (recognizer, arm) in enumerate(lines):
        level = len(lines) - 1 - line
        if arm is None:
            continue
        if arm == control:
            axes.annotate(
                "control", (0.0, level), (6, 0), textcoords="offset points", size=9, color=GREY,
                va="center",
            )  # fmt: skip
            continue
        row = _row(pairs, recognizer, arm)
        if row is None or is_undefined(row["difference"]):
            _undefined_row(axes, level, reason_of(row["difference"]) if row is not None else "")
            continue
        mean, low, high = (float(row[name]) for name in ("difference", "ci95_low", "ci95_high"))
        colour = BLUE if low > 0 else ORANGE if high < 0 else GREY
        axes.plot([low, high], [level, level], color=colour, lw=2, solid_capstyle="butt")
        axes.plot([mean], [level], "o", color=colour, ms=7)
        _label_above(axes, mean, level, f"{points(mean)} {points_interval(low, high)}", colour)
    axes.axvline(0.0, color=INK, lw=1, ls="--", zorder=1)
    axes.set_title(f"Difference to {arm_words(control)}", loc="left", weight="bold", pad=18)
    axes.text(
        0.0, 1.0, "right of the dashed line: better", transform=axes.transAxes, size=9, color=GREY,
        va="bottom",
    )  # fmt: skip
    axes.set_xlabel("difference (percentage points)")
    _lines_axis(axes, lines)
    axes.set_yticklabels([])


def _lines_axis(axes: Axes, lines: Sequence[tuple[str, str | None]]) -> None:
    axes.set_ylim(-0.5, len(lines) - 0.5)
    axes.set_yticks(range(len(lines)))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=PALE, lw=0.6)
    axes.set_axisbelow(True)


def _row(table: pd.DataFrame, recognizer: str, arm: str) -> pd.Series | None:
    found = table[(table["recognizer"] == recognizer) & (table["arm"] == arm)]
    return found.iloc[0] if len(found) else None


def _several(column: pd.Series) -> str:
    values = sorted({int(value) for value in column})
    return " or ".join(str(value) for value in values) or "0"


def _marked(caveats: Sequence[str]) -> list[str]:
    return [f"Note: {caveat}" for caveat in caveats]
