"""Arms of a comparison: accuracy of each, and its paired difference to the control.

All arms label the same test clips with the same training seeds, so a difference is taken clip by
clip and seed by seed. Its interval covers both things that could have been otherwise: which clips
are in the test set and which seeds the recognizers were trained with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, stdtrit

from benchmark.reports.tables import numbers, undefined
from skeletons.errors import InputError

FloatArray = NDArray[np.float64]

PAIRED_COLUMNS = (
    "recognizer",
    "arm",
    "control",
    "difference",
    "ci95_low",
    "ci95_high",
    "seeds",
    "clips",
    "p_value",
    "varies",
)
ARM_COLUMNS = (
    "recognizer",
    "arm",
    "top1",
    "ci95_low",
    "ci95_high",
    "seeds",
    "n_real",
    "n_synthetic",
    "steps",
)


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval; ``varies`` names what the interval covers."""

    mean: float
    low: float
    high: float
    varies: str


def crossed_mean(values: FloatArray) -> Estimate:
    """Mean and 95 % interval of ``values [seeds, clips]`` where seeds and clips are both samples.

    Crossed random effects, value = mean + seed + clip + rest. With the mean squares of the two-way
    table, Var(mean) = (MS_seed + MS_clip - MS_rest) / (S C), never below what one factor alone
    gives (the estimate may come out smaller by chance), and Student's t with the degrees of
    freedom of Satterthwaite (1946). A percentile bootstrap over both factors is not used: with
    three seeds it sees two thirds of the variance between seeds and has no t correction; where
    seeds matter it covers 80 % instead of 95 %. With one seed the interval covers clips only.

    Raises:
        InputError: fewer than two clips.
    """
    seeds, clips = values.shape
    if clips < 2:
        raise InputError(f"an interval over clips needs two test clips, there are {clips}")
    mean = float(values.mean())
    of_seed, of_clip = values.mean(axis=1) - mean, values.mean(axis=0) - mean
    clip_square = seeds * float(of_clip @ of_clip) / (clips - 1)
    if seeds == 1:
        half = float(stdtrit(clips - 1, 0.975)) * np.sqrt(clip_square / clips)
        return Estimate(mean, mean - half, mean + half, "clips")
    rest = values - mean - of_seed[:, None] - of_clip
    seed_square = clips * float(of_seed @ of_seed) / (seeds - 1)
    rest_square = float((rest**2).sum()) / ((seeds - 1) * (clips - 1))
    total = max(seed_square + clip_square - rest_square, seed_square, clip_square)
    spread = (
        seed_square**2 / (seeds - 1)
        + clip_square**2 / (clips - 1)
        + rest_square**2 / ((seeds - 1) * (clips - 1))
    )
    freedom = max(total**2 / spread, 1.0) if spread > 0 else 1.0
    half = float(stdtrit(freedom, 0.975)) * float(np.sqrt(total / (seeds * clips)))
    return Estimate(mean, mean - half, mean + half, "clips and seeds")


def sign_flip_p_value(values: NDArray[np.int64]) -> float:
    """Two-sided p value of paired differences ``values [seeds, clips]`` in {-1, 0, 1}.

    Null hypothesis: for each clip the two arms could be swapped (all seeds of a clip together,
    since they share the clip). The sum over seeds then has a random sign for each clip; its exact
    distribution is a convolution of binomials, one for each size of the sum. With one seed this is
    McNemar's exact test (McNemar 1947). Seeds count as fixed: whether other seeds would give the
    same is the interval's question, not this one's.
    """
    sums = values.sum(axis=0)
    sizes, counts = np.unique(np.abs(sums[sums != 0]), return_counts=True)
    reach = int((sizes * counts).sum())
    if reach == 0:
        return 1.0
    chance = np.ones(1)  # of each possible total, from the smallest to the largest, in steps of 1
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        flips = np.zeros(2 * size * count + 1)
        flips[:: 2 * size] = _coin_flips(count)
        chance = np.convolve(chance, flips)
    totals = np.arange(-reach, reach + 1)
    return min(1.0, float(chance[np.abs(totals) >= abs(int(sums.sum()))].sum()))


def paired_differences(predictions: pd.DataFrame, control: str = "real") -> pd.DataFrame:
    """Top-1 of each arm minus the control's, in percentage points, paired by test clip and seed.

    Args:
        predictions: rows as in ``predictions.csv``.
        control: the arm that the others are compared with.

    Returns:
        A row for each recognizer and arm but the control, with the columns ``PAIRED_COLUMNS``;
        ``ci95_*`` from :func:`crossed_mean`, ``p_value`` from :func:`sign_flip_p_value`.

    Raises:
        InputError: a recognizer without the control, an arm with other test clips, other seeds or
            other labels than the control, or a clip that was labelled twice.
    """
    return pd.DataFrame(
        [_compare(predictions, *pair, control) for pair in _pairs(predictions, control)],
        columns=list(PAIRED_COLUMNS),
    )


def paired_or_reason(predictions: pd.DataFrame, control: str = "real") -> pd.DataFrame:
    """:func:`paired_differences` for tables that must go on: an arm that cannot be paired (its run
    was killed after two of three seeds) gets cells that say why."""
    rows = [
        _compare_or_reason(predictions, *pair, control) for pair in _pairs(predictions, control)
    ]
    return pd.DataFrame(rows, columns=list(PAIRED_COLUMNS))


def arm_accuracy(downstream: pd.DataFrame) -> pd.DataFrame:
    """Top-1 of each recognizer and arm in percent: mean over seeds and its 95 % t interval.

    Returns:
        The columns ``ARM_COLUMNS``, in the order in which the arms appear; the interval is NaN
        with one seed, and ``seeds`` counts those that have a value.
    """
    rows = []
    for (recognizer, arm), part in downstream.groupby(["recognizer", "arm"], sort=False):
        top1 = 100.0 * numbers(part["top1"]).dropna().to_numpy()
        count = len(top1)
        mean = float(top1.mean()) if count else np.nan
        half = (
            float(stdtrit(count - 1, 0.975)) * float(top1.std(ddof=1)) / np.sqrt(count)
            if count > 1
            else np.nan
        )
        rows.append(
            {
                "recognizer": recognizer,
                "arm": arm,
                "top1": mean,
                "ci95_low": mean - half,
                "ci95_high": mean + half,
                "seeds": count,
                **{name: int(part[name].max()) for name in ("n_real", "n_synthetic", "steps")},
            }
        )
    return pd.DataFrame(rows, columns=list(ARM_COLUMNS))


def _coin_flips(count: int) -> FloatArray:
    """Chance of 0, 1, ..., ``count`` heads of a fair coin."""
    heads = np.arange(count + 1)
    ways = gammaln(count + 1) - gammaln(heads + 1) - gammaln(count - heads + 1)
    return np.asarray(np.exp(ways - count * np.log(2.0)), dtype=np.float64)


def _pairs(predictions: pd.DataFrame, control: str) -> list[tuple[str, str]]:
    pairs = predictions[["recognizer", "arm"]].drop_duplicates()
    return [
        (str(recognizer), str(arm))
        for recognizer, arm in pairs.itertuples(index=False)
        if arm != control
    ]


def _compare_or_reason(
    predictions: pd.DataFrame, recognizer: str, arm: str, control: str
) -> dict[str, Any]:
    try:
        return _compare(predictions, recognizer, arm, control)
    except InputError as error:
        row: dict[str, Any] = dict.fromkeys(PAIRED_COLUMNS, undefined(str(error)))
        return row | {"recognizer": recognizer, "arm": arm, "control": control}


def _compare(predictions: pd.DataFrame, recognizer: str, arm: str, control: str) -> dict[str, Any]:
    treated, untreated = (_correct(predictions, recognizer, name) for name in (arm, control))
    where = f"recognizer '{recognizer}', arm '{arm}' against '{control}'"
    if untreated.empty:
        raise InputError(f"{where}: there are no predictions of '{control}' to compare with")
    if list(treated.index) != list(untreated.index):
        raise InputError(
            f"{where}: trained with seeds {list(treated.index)} and {list(untreated.index)}; "
            "a paired comparison needs the same seeds"
        )
    if list(treated.columns) != list(untreated.columns):
        raise InputError(
            f"{where}: tested on {treated.shape[1]} and {untreated.shape[1]} clips, "
            f"{len(treated.columns.intersection(untreated.columns))} of them shared; "
            "a paired comparison needs the same test clips with the same labels"
        )
    difference = treated.to_numpy(dtype=np.int64) - untreated.to_numpy(dtype=np.int64)
    estimate = crossed_mean(difference.astype(np.float64))
    return {
        "recognizer": recognizer,
        "arm": arm,
        "control": control,
        "difference": 100.0 * estimate.mean,
        "ci95_low": 100.0 * estimate.low,
        "ci95_high": 100.0 * estimate.high,
        "seeds": difference.shape[0],
        "clips": difference.shape[1],
        "p_value": sign_flip_p_value(difference),
        "varies": estimate.varies,
    }


def _correct(predictions: pd.DataFrame, recognizer: str, arm: str) -> pd.DataFrame:
    """Whether each (seed, (clip, label)) was labelled right: a table [seeds, clips]."""
    rows = predictions[(predictions["recognizer"] == recognizer) & (predictions["arm"] == arm)]
    where = f"recognizer '{recognizer}', arm '{arm}'"
    twice = rows.duplicated(["seed", "clip_id"])
    if twice.any():
        clip, seed = rows.loc[twice, ["clip_id", "seed"]].iloc[0]
        raise InputError(f"{where}, seed {seed}: clip '{clip}' was labelled twice")
    right = rows.assign(correct=(rows["label"] == rows["predicted"]).astype(float))
    table = right.pivot_table(index="seed", columns=["clip_id", "label"], values="correct")
    if table.isna().to_numpy().any():
        counts = ", ".join(f"seed {seed}: {len(part)}" for seed, part in rows.groupby("seed"))
        raise InputError(f"{where}: the seeds were tested on different clips ({counts})")
    return table
