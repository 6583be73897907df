"""Every recognizer in every arm over several runs: a table, a file and a picture of the gains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.comparisons.paired import PAIRED_COLUMNS, arm_accuracy, paired_or_reason
from benchmark.records.display_names import arm_words, points, points_interval, shown
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import is_undefined, write_table
from benchmark.reports.score_tables import columns_of, markdown_table
from benchmark.statistics.paired_test import paired_test
from benchmark.statistics.pairing import outcomes, paired_difference
from skeletons.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

CONTROL = "real"
SHOWN_ELSEWHERE = {CONTROL, "real+synthetic"}
"""Arms that the table of gains has."""
ALL = "mean of all"
"""The row over all recognizers of a run."""
ARMS_COLUMNS = ("value", "run", *PAIRED_COLUMNS, "top1", "n_real", "n_synthetic", "steps")
LEGEND = """\
Top-1 accuracy of the control on the same real test clips, mean over training seeds, and for each \
other arm the difference to it in percentage points, paired by test clip and seed, with its 95 % \
interval (over what `arms.csv` names). Differences whose interval leaves out 0 are **bold**. The \
last row of a run is the mean over its recognizers; its interval takes these recognizers as given.
"""


def has_more_arms(runs: Sequence[RunFolder]) -> bool:
    """Whether a table of arms tells more than that of gains."""
    return any(set(run.downstream["arm"]) - SHOWN_ELSEWHERE for run in runs)


def arm_rows(value: str, run: RunFolder) -> Iterator[dict[str, Any]]:
    """The rows of ``arms.csv`` of one run: a recognizer and arm each, the control first, and where
    there are several recognizers their mean.

    Args:
        value: the run's place in its sweep.
    """
    accuracy = arm_accuracy(run.downstream)
    pairs = paired_or_reason(run.predictions, CONTROL)
    place = {"value": value, "run": run.name}
    recognizers = list(dict.fromkeys(accuracy["recognizer"]))
    for recognizer in recognizers:
        for _, row in accuracy[accuracy["recognizer"] == recognizer].iterrows():
            pair = pairs[(pairs["recognizer"] == recognizer) & (pairs["arm"] == row["arm"])]
            sizes = {key: row[key] for key in ("n_real", "n_synthetic", "steps")}
            yield {
                **place,
                "recognizer": recognizer,
                "arm": row["arm"],
                **(pair.iloc[0].to_dict() if len(pair) else {"seeds": row["seeds"]}),
                "top1": row["top1"] / 100.0,
                **sizes,
            }
    if len(recognizers) > 1:
        yield from (place | row for row in _means(run.predictions, accuracy, recognizers))


def _means(
    predictions: pd.DataFrame, accuracy: pd.DataFrame, recognizers: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The mean over all recognizers in each arm that all of them were trained in."""
    for arm in dict.fromkeys(accuracy["arm"]):
        of_arm = accuracy[accuracy["arm"] == arm]
        mean = {"recognizer": ALL, "arm": arm, "top1": float(of_arm["top1"].mean()) / 100.0}
        if arm == CONTROL:
            yield mean
            continue
        try:
            differences = [
                paired_difference(
                    outcomes(predictions, name, arm), outcomes(predictions, name, CONTROL)
                )
                for name in recognizers
            ]
        except InputError:
            continue
        if len({difference.shape for difference in differences}) > 1:
            continue
        # Whole numbers, as the exact test wants them: the sum, and its mean afterwards.
        total = np.sum(differences, axis=0)
        test, percent = paired_test(total), 100.0 / len(recognizers)
        yield {
            **mean,
            "control": CONTROL,
            "difference": percent * test.mean,
            "ci95_low": percent * test.low,
            "ci95_high": percent * test.high,
            "seeds": total.shape[0],
            "clips": total.shape[1],
            "p_value": test.exact_p_value,
            "varies": test.varies,
        }


def arms_table(rows: Sequence[Mapping[str, Any]], heading: str) -> str:
    """Markdown: a row for each run and recognizer, a column for each arm."""
    arms = [arm for arm in dict.fromkeys(row["arm"] for row in rows) if arm != CONTROL]
    lines = [[heading, "recognizer", arm_words(CONTROL), *map(arm_words, arms), "seeds", "clips"]]
    for value, recognizer in dict.fromkeys((row["value"], row["recognizer"]) for row in rows):
        cells = {
            row["arm"]: row
            for row in rows
            if (row["value"], row["recognizer"]) == (value, recognizer)
        }
        compared = [cells[arm] for arm in arms if arm in cells]
        lines.append(
            [
                value,
                recognizer,
                shown(cells.get(CONTROL, {}).get("top1"), 1, " %", 100.0),
                *(_difference(cells.get(arm, {})) for arm in arms),
                *(_several(compared, key) for key in ("seeds", "clips")),
            ]
        )
    return markdown_table(columns_of(lines))


def write_arms(folder: Path, runs: Mapping[str, RunFolder], heading: str, title: str) -> list[str]:
    """Write ``arms.csv`` and ``plots/arms.png`` of runs by their place in a sweep.

    Returns:
        Blocks of Markdown: what is shown, the table, the picture.
    """
    from benchmark.reports.figures.arms import plot_arms

    rows = [row for value, run in runs.items() for row in arm_rows(value, run)]
    filled = ({key: row.get(key, "") for key in ARMS_COLUMNS} for row in rows)
    write_table(folder / "arms.csv", ARMS_COLUMNS, filled)
    plot_arms(rows, folder / "plots" / "arms.png", title)
    return [LEGEND.strip(), arms_table(rows, heading), "![gains by arm](plots/arms.png)"]


def _difference(row: Mapping[str, Any]) -> str:
    value = row.get("difference")
    if value is None or is_undefined(value):
        return shown(value, 1)
    low, high = float(row["ci95_low"]), float(row["ci95_high"])
    text = points(value)
    return f"{f'**{text}**' if low > 0.0 or high < 0.0 else text} {points_interval(low, high)}"


def _several(rows: Sequence[Mapping[str, Any]], key: str) -> str:
    values = sorted({int(row[key]) for row in rows if not is_undefined(row.get(key))})
    return " to ".join(f"{value:,}" for value in dict.fromkeys(values[:1] + values[-1:])) or "–"
