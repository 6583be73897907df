"""A run as a row of a table: its metrics, its gain with each recognizer, its place in a sweep."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmark.comparisons.arm_gains import (
    AUGMENTED,
    CONTROL,
    PAIRED_COLUMNS,
    arm_accuracy,
    differences,
    gain_cells,
)
from benchmark.comparisons.trainings import over_trainings
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import undefined
from skeletons.errors import InputError


@dataclass(frozen=True)
class RunScores:
    """What a table shows of a run, or of several that differ in the generator's seed alone.

    Attributes:
        runs: their folders; the first stands for what they have in common.
        judged: by the name of a judge, by metric, the row of ``summary.csv`` against the reference
            that is shown; the first judge first.
        gains: a row for each recognizer, accuracies in percent and gains in points.
    """

    runs: tuple[RunFolder, ...]
    judged: Mapping[str, Mapping[str, Mapping[str, Any]]]
    gains: Sequence[Mapping[str, Any]]

    @property
    def run(self) -> RunFolder:
        """The first run."""
        return self.runs[0]

    @property
    def metrics(self) -> Mapping[str, Mapping[str, Any]]:
        """What the first judge says."""
        return next(iter(self.judged.values()), {})


@dataclass(frozen=True)
class SweepPoint:
    """A run's place in a sweep, and what came of it.

    Attributes:
        axis: what is varied.
        value: its value there, as text.
        number: the same where all values of the axis are numbers.
        base: whether it is the base point.
        scores: the run.
    """

    axis: str
    value: str
    number: float | None
    base: bool
    scores: RunScores

    @property
    def name(self) -> str:
        """The value, with a mark on the base and on a run that is not complete."""
        status = self.scores.run.status
        told = [*(["base"] if self.base else []), *([status] if status != "ok" else [])]
        return f"{self.value} ({', '.join(told)})" if told else self.value


def run_scores(*runs: RunFolder) -> RunScores:
    """The scores of a run, or over runs that differ in the generator's seed alone.

    Raises:
        InputError: a table is broken, or the runs were judged by other trainings or clips.
    """
    names = [str(judge.get("name", judge.get("kind", ""))) for judge in runs[0].judges]
    judged = {name: _over_runs([_by_metric(run.rows_of(name)) for run in runs]) for name in names}
    return RunScores(runs, judged, tuple(_gains(runs)))


def _over_runs(tables: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """By metric, its row over all trainings that have it."""
    metrics = dict.fromkeys(metric for table in tables for metric in table)
    return {
        metric: over_trainings([table[metric] for table in tables if metric in table])
        for metric in metrics
    }


def _by_metric(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {
        str(row["metric"]): {str(key): cell for key, cell in row.items()}
        for _, row in rows.iterrows()
    }


def _gains(runs: Sequence[RunFolder]) -> Iterator[dict[str, Any]]:
    """One row a recognizer: both arms' accuracy and the paired gain, over all trainings of the
    generator."""
    arms = arm_accuracy(pd.concat([run.downstream for run in runs]))
    for recognizer in dict.fromkeys(arms["recognizer"]):
        of_arm: dict[str, Any] = {
            row["arm"]: row for _, row in arms[arms["recognizer"] == recognizer].iterrows()
        }
        gain = _gain(runs, str(recognizer)) if AUGMENTED in of_arm else {}
        some = of_arm.get(AUGMENTED, next(iter(of_arm.values())))
        yield {
            "recognizer": str(recognizer),
            "real": float(of_arm[CONTROL]["top1"]) if CONTROL in of_arm else math.nan,
            "augmented": float(of_arm[AUGMENTED]["top1"]) if AUGMENTED in of_arm else math.nan,
            "gain": gain.get("difference"),
            "low": gain.get("ci95_low"),
            "high": gain.get("ci95_high"),
            "varies": gain.get("varies"),
            "clips": gain.get("clips"),
            "seeds": gain.get("seeds", int(some["seeds"])),
            **{name: int(some[name]) for name in ("n_real", "n_synthetic", "steps")},
        }


def _gain(runs: Sequence[RunFolder], recognizer: str) -> Mapping[str, Any]:
    """The cells of the augmented arm's gain; they say why where it cannot be paired."""
    try:
        found = [differences(run.predictions, recognizer, AUGMENTED) for run in runs]
        if len({(of.shape, tuple(people.tolist())) for of, people in found}) > 1:
            raise InputError("the trainings were judged with other seeds or on other clips")
        tables, subjects = [of for of, _ in found], found[0][1]
        return gain_cells(np.stack(tables) if len(tables) > 1 else tables[0], subjects)
    except InputError as error:
        return dict.fromkeys(PAIRED_COLUMNS, undefined(str(error)))
