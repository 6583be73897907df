"""Do metrics rank generators as their downstream gain does? From a leaderboard's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.analyses.validity.rank_correlation import RankCorrelation, rank_correlation
from benchmark.records.display_names import metric_direction
from benchmark.records.tables import numbers
from metrics.value import Undefined
from skeletons.arrays import Float64Array
from skeletons.errors import InputError
from skeletons.seeds import named_rng

LEAST_GENERATORS = 4
"""Fewer have at most six orders: any metric agrees with one of them by chance."""

LEADERBOARD = "leaderboard.csv"
ALIKE = (
    "dataset", "data_protocol", "split", "protocol", "profile", "extractor", "reference",
    "n_samples", "recognizer",
)  # fmt: skip
"""Columns in which rows must agree to be ranked together, where the leaderboard has them."""


@dataclass(frozen=True)
class Agreement:
    """One metric against the gain of one recognizer.

    Attributes:
        setting: what the ranked rows have in common.
        generators: those that have both numbers.
        correlation: of the metric, turned so that more is better, with the gain; or why there is
            none.
    """

    setting: str
    metric: str
    generators: tuple[str, ...]
    correlation: RankCorrelation | Undefined


def agreements(folder: Path) -> list[Agreement]:
    """Every metric of a folder's leaderboard against the gain, for each set of comparable rows.

    Several runs of one generator count as one, with their mean.

    Raises:
        InputError: no readable leaderboard.
    """
    table = _leaderboard(folder)
    metrics = [name.removesuffix("_mean") for name in table.columns if name.endswith("_mean")]
    known = [name for name in metrics if metric_direction(name)]
    alike = [name for name in ALIKE if name in table.columns]
    table = table[table["recognizer"] != ""]
    found: list[Agreement] = []
    for key, rows in table.groupby(alike, sort=True):
        setting = ", ".join(str(part) for part in key if str(part))
        found += [_agreement(setting, name, rows) for name in known]
    return found


def why_none(found: Sequence[Agreement]) -> str:
    """The reason for which nothing can be ranked, or ``""``."""
    if any(isinstance(entry.correlation, RankCorrelation) for entry in found):
        return ""
    most = max((len(entry.generators) for entry in found), default=0)
    return (
        f"a rank correlation needs {LEAST_GENERATORS} generators with a recognizer in the same "
        f"setting, the leaderboard has {most}"
    )


def turned(values: NDArray[Any], floors: NDArray[Any], direction: str) -> Float64Array:
    """Values ``[n]`` of a metric, so that more is better: ``real`` is nearness to the floor."""
    if direction == "real":
        return np.asarray(-np.abs(values - floors), dtype=np.float64)
    return np.asarray(-values if direction == "lower" else values, dtype=np.float64)


def _agreement(setting: str, metric: str, rows: pd.DataFrame) -> Agreement:
    table = pd.DataFrame(
        {
            "generator": rows["generator"],
            "gain": numbers(rows["gain"]),
            "score": turned(
                numbers(rows[f"{metric}_mean"]).to_numpy(),
                numbers(rows[f"{metric}_floor"]).to_numpy(),
                metric_direction(metric),
            ),
        }
    ).dropna()
    means = table.groupby("generator", sort=True)[["gain", "score"]].mean()
    names = tuple(str(name) for name in means.index)
    if len(names) < LEAST_GENERATORS:
        reason = f"{len(names)} generators have both, {LEAST_GENERATORS} are needed"
        return Agreement(setting, metric, names, Undefined(reason))
    correlation = rank_correlation(
        means["score"].to_numpy(),
        means["gain"].to_numpy(),
        named_rng("rank correlation", setting, metric),
    )
    return Agreement(
        setting, metric, names, correlation or Undefined("all generators have the same value")
    )


def _leaderboard(folder: Path) -> pd.DataFrame:
    path = folder / LEADERBOARD
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(
            f"'{folder}' has no readable {LEADERBOARD}: write one with `leaderboard --out {folder}`"
        ) from error
    for name in ("generator", "recognizer", "gain"):
        if name not in table.columns:
            raise InputError(f"{path} has no column '{name}'; was it written by an older version?")
    return table
