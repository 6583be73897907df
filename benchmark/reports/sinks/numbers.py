"""The numbers and the parameters of a finished run by name, as trackers of experiments have them.

All of it stands in the run's folder; nothing is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import METRICS_COLUMNS, SCORE_COLUMNS, number, read_table

Plain = bool | int | float | str


@dataclass(frozen=True)
class Number:
    """One value of a run.

    Attributes:
        name: its parts with slashes between, such as ``summary/st_trans-1be553a3/test/fid/mean``;
            none is the beginning of another, as trackers keep them in folders.
        step: number of the draw or of the training; 0 of what there is once.
    """

    name: str
    value: float
    step: int = 0


def numbers_of(run: RunFolder) -> list[Number]:
    """Every number of a run that is defined: ``summary``, each draw (``draws``), the accuracy of
    each training (``top1``), ``two_sample`` and ``cost``."""
    found = [*_summary(run), *_draws(run), *_trainings(run), *_two_sample(run), *_cost(run)]
    return [one for one in found if one.value == one.value]


def parameters_of(run: RunFolder) -> dict[str, Plain]:
    """The run's specification, flat: ``settings.width`` for an entry of a mapping, names of a list
    with commas."""
    return dict(_flat(run.spec))


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Plain]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        elif isinstance(value, list | tuple):
            yield f"{above}{name}", ", ".join(map(str, value))
        else:
            yield f"{above}{name}", value if isinstance(value, Plain) else str(value)


def _summary(run: RunFolder) -> Iterator[Number]:
    for _, row in run.summary.iterrows():
        name = f"summary/{row['extractor']}/{row['reference']}/{row['metric']}"
        for column in SCORE_COLUMNS:
            yield Number(f"{name}/{column}", number(row[column]))


def _draws(run: RunFolder) -> Iterator[Number]:
    for _, row in read_table(run.path / "metrics.csv", METRICS_COLUMNS).iterrows():
        name = f"draws/{row['extractor']}/{row['reference']}/{row['metric']}"
        yield Number(name, number(row["value"]), int(row["repetition"]))


def _trainings(run: RunFolder) -> Iterator[Number]:
    for (recognizer, arm), rows in run.downstream.groupby(["recognizer", "arm"], sort=False):
        for _, row in rows.iterrows():
            yield Number(f"top1/{recognizer}/{arm}", number(row["top1"]), int(row["seed"]))
        yield Number(f"summary/top1/{recognizer}/{arm}", float(rows["top1"].mean()))


def _two_sample(run: RunFolder) -> Iterator[Number]:
    for _, row in run.two_sample.iterrows():
        name = f"two_sample/{row['network']}/{row['clips']}"
        for column in ("accuracy", "auc"):
            yield Number(f"{name}/{column}", number(row[column]))


def _cost(run: RunFolder) -> Iterator[Number]:
    for name, value in run.cost.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield Number(f"cost/{name}", float(value))
