"""Every recognizer in every arm of a run, and the mean over its recognizers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmark.comparisons.arm_gains import (
    CONTROL,
    arm_accuracy,
    arm_gains,
    differences,
    gain_cells,
)
from benchmark.records.run_folder import RunFolder
from benchmark.statistics.pairing import rows_of_arm
from skeletons.errors import InputError

ALL = "mean of all"
"""The row over all recognizers of a run."""


def arm_rows(value: str, run: RunFolder) -> Iterator[dict[str, Any]]:
    """The rows of ``arms.csv`` of one run: a recognizer and arm each, the control first, and where
    there are several recognizers their mean.

    Args:
        value: the run's place in its sweep.
    """
    accuracy = arm_accuracy(run.downstream)
    gains = arm_gains(run.predictions)
    place = {"value": value, "run": run.name}
    for _, row in accuracy.iterrows():
        found = rows_of_arm(gains, row["recognizer"], row["arm"]).to_dict("records")
        gain = {str(key): cell for key, cell in found[0].items()} if found else {}
        yield {
            **place,
            "recognizer": row["recognizer"],
            "arm": row["arm"],
            **(gain or {"seeds": row["seeds"]}),
            "top1": row["top1"] / 100.0,
            **{key: row[key] for key in ("n_real", "n_synthetic", "steps")},
        }
    if len(accuracy["recognizer"].unique()) > 1:
        yield from (place | row for row in _means(run.predictions, accuracy))


def _means(predictions: pd.DataFrame, accuracy: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The mean over all recognizers in each arm that all of them were trained in."""
    recognizers = accuracy["recognizer"].unique()
    for arm, rows in accuracy.groupby("arm", sort=False):
        mean = {"recognizer": ALL, "arm": str(arm), "top1": float(rows["top1"].mean()) / 100.0}
        if arm == CONTROL:
            yield mean
            continue
        try:
            pairs = [differences(predictions, name, str(arm)) for name in recognizers]
        except InputError:
            continue
        tables, subjects = [table for table, _ in pairs], pairs[0][1]
        if len({table.shape for table in tables}) > 1:
            continue
        # Whole numbers, as the exact test wants them: the sum, and its mean afterwards.
        cells = gain_cells(np.sum(tables, axis=0), subjects, len(recognizers))
        yield mean | {"control": CONTROL} | cells
