"""Arms of a comparison: accuracy of each, and its paired difference to the control.

All arms label the same test clips with the same training seeds, so a difference is taken clip by
clip and seed by seed. Its interval covers both things that could have been otherwise: which people
(or, where they are unknown, which clips) are in the test set and which seeds the recognizers were
trained with.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from benchmark.records.tables import numbers, undefined
from benchmark.statistics.accuracy import accuracy_estimate, share_interval
from benchmark.statistics.crossed import crossed_estimate
from benchmark.statistics.paired_test import paired_test
from benchmark.statistics.pairing import arms_of, outcomes, paired_difference
from benchmark.statistics.people import Units
from skeletons.arrays import IntArray, StrArray
from skeletons.errors import InputError

CONTROL, AUGMENTED = "real", "real+synthetic"

PAIRED_COLUMNS = (
    "recognizer", "arm", "control", "difference", "ci95_low", "ci95_high", "seeds", "clips",
    "people", "p_value", "varies",
)  # fmt: skip
ARM_COLUMNS = (
    "recognizer", "arm", "top1", "ci95_low", "ci95_high", "seeds", "n_real", "n_synthetic", "steps",
)  # fmt: skip


def arm_gains(predictions: pd.DataFrame, control: str = CONTROL) -> pd.DataFrame:
    """Top-1 of each arm minus the control's, in percentage points, paired by test clip and seed.

    A table must go on where an arm cannot be paired (its run was killed after two of three seeds,
    it has other test clips, there is no control): such an arm gets cells that say why.

    Args:
        predictions: rows as in ``predictions.csv``.
        control: the arm that the others are compared with.

    Returns:
        A row for each recognizer and arm but the control, with the columns ``PAIRED_COLUMNS``;
        ``ci95_*`` as in :func:`benchmark.statistics.paired_test.paired_test`, ``p_value`` is its
        exact one, which is about these very trainings; ``people`` is empty where it is unknown who
        made the test clips.
    """
    rows = []
    for recognizer, arm in arms_of(predictions):
        if arm == control:
            continue
        try:
            cells = gain_cells(*differences(predictions, recognizer, arm, control))
        except InputError as error:
            cells = dict.fromkeys(PAIRED_COLUMNS, undefined(str(error)))
        rows.append(cells | {"recognizer": recognizer, "arm": arm, "control": control})
    return pd.DataFrame(rows, columns=list(PAIRED_COLUMNS))


def differences(
    predictions: pd.DataFrame, recognizer: str, arm: str, control: str = CONTROL
) -> tuple[IntArray, StrArray]:
    """Right answers of an arm less those of the control, ``[S, C]``, and who made each clip,
    ``[C]``; :class:`InputError` where they cannot be paired."""
    treated, untreated = (outcomes(predictions, recognizer, name) for name in (arm, control))
    return paired_difference(treated, untreated), treated.subjects


def gain_cells(of: IntArray, subjects: StrArray, summed: int = 1) -> dict[str, Any]:
    """The test of differences ``[S, C]``, or ``[G, S, C]`` by generator seed, too, as cells of a
    table, in percentage points.

    Args:
        subjects: ``[C]``, who made each clip.
        summed: how many differences were added; the cells are of their mean.
    """
    test = paired_test(of, subjects, summed)
    percent = 100.0 / summed
    return {
        "difference": percent * test.mean,
        "ci95_low": percent * test.low,
        "ci95_high": percent * test.high,
        "seeds": of.shape[-2],
        "clips": of.shape[-1],
        "people": Units.of(subjects).people or "",
        "p_value": test.exact_p_value,
        "varies": test.varies,
    }


def arm_accuracy(downstream: pd.DataFrame, predictions: pd.DataFrame | None = None) -> pd.DataFrame:
    """Top-1 of each recognizer and arm in percent: mean over seeds and its 95 % interval.

    Args:
        downstream: rows as in ``downstream.csv``.
        predictions: rows as in ``predictions.csv``. With them, the interval is that of
            :func:`benchmark.statistics.accuracy.accuracy_estimate` and covers people (or clips)
            and seeds; without, it covers training seeds only.

    Returns:
        The columns ``ARM_COLUMNS``, in the order in which the arms appear; the interval is NaN
        where nothing that it covers was repeated, ``seeds`` counts those that have a value.
    """
    rows = []
    for (recognizer, arm), part in downstream.groupby(["recognizer", "arm"], sort=False):
        top1 = numbers(part["top1"]).dropna().to_numpy()
        low, high = np.nan, np.nan
        with suppress(InputError):  # one seed, no predictions, or seeds that differ in their clips
            if predictions is None:
                low, high = share_interval(crossed_estimate(top1))
            else:
                of_arm = outcomes(predictions, str(recognizer), str(arm))
                told = accuracy_estimate(of_arm.right, of_arm.subjects)
                low, high = told.low, told.high
        rows.append(
            {
                "recognizer": recognizer,
                "arm": arm,
                "top1": 100.0 * float(top1.mean()) if len(top1) else np.nan,
                "ci95_low": 100.0 * low,
                "ci95_high": 100.0 * high,
                "seeds": len(top1),
                **{name: int(part[name].max()) for name in ("n_real", "n_synthetic", "steps")},
            }
        )
    return pd.DataFrame(rows, columns=list(ARM_COLUMNS))
