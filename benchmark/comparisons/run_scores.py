"""A run as a row of a table: its metrics, its gain with each recognizer, its place in a sweep."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.comparisons.arm_gains import AUGMENTED, CONTROL, arm_accuracy, arm_gains
from benchmark.records.run_folder import RunFolder
from benchmark.statistics.pairing import rows_of_arm


@dataclass(frozen=True)
class RunScores:
    """What a table shows of a run.

    Attributes:
        run: its folder.
        metrics: by metric, the row of ``summary.csv`` against the reference that is shown.
        gains: a row for each recognizer, accuracies in percent and gains in points.
    """

    run: RunFolder
    metrics: Mapping[str, Mapping[str, Any]]
    gains: Sequence[Mapping[str, Any]]


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


def run_scores(run: RunFolder) -> RunScores:
    """The scores of a run; :class:`InputError` where a table of it is broken."""
    metrics: dict[str, dict[str, Any]] = {
        str(row["metric"]): {str(key): cell for key, cell in row.items()}
        for _, row in run.main_rows.iterrows()
    }
    return RunScores(run, metrics, tuple(_gains(run)))


def _gains(run: RunFolder) -> Iterator[dict[str, Any]]:
    """One row a recognizer: both arms' accuracy and the paired gain."""
    arms = arm_accuracy(run.downstream)
    gains = arm_gains(run.predictions)
    for recognizer in dict.fromkeys(arms["recognizer"]):
        of_arm: dict[str, Any] = {
            row["arm"]: row for _, row in arms[arms["recognizer"] == recognizer].iterrows()
        }
        pair = rows_of_arm(gains, recognizer, AUGMENTED).to_dict("records")
        gain: Mapping[Any, Any] = pair[0] if pair else {}
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
            **{name: int(some[name]) for name in ("seeds", "n_real", "n_synthetic", "steps")},
        }
