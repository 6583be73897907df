"""Runs compared: every answer to what can be told apart, as data; reports show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.comparisons.arm_family import ArmComparison, family
from benchmark.comparisons.arm_ranking import RankedArm, ranked_arms
from benchmark.comparisons.arm_worth import WorthLine, worth_lines
from benchmark.comparisons.class_gains import ClassGain, class_gains
from benchmark.comparisons.gain_variance import PowerLine, Shares, accuracy_shares, power_line
from benchmark.comparisons.metric_scores import MetricScore, metric_scores
from benchmark.records.comparable import check_comparable
from benchmark.records.display_names import arm_words
from benchmark.records.repetitions import Repetitions, group_repetitions
from benchmark.records.run_folder import RunFolder
from skeletons.errors import InputError


@dataclass(frozen=True)
class Comparison:
    """A comparison of one run's arms, or of several runs.

    Attributes:
        entries: runs by the name that rows carry; generator seeds of one specification are one.
        control: the arm that others are compared with.
        detect: difference in points that the power lines ask for.
        rows: the family of tests.
        gains: by place in ``rows``, the classes of a comparison with the control.
        ranking: tie groups, where there are several runs.
        metrics: metrics side by side.
    """

    entries: Mapping[str, Repetitions]
    control: str
    detect: float
    rows: tuple[ArmComparison, ...]
    gains: Mapping[int, Sequence[ClassGain]]
    ranking: tuple[RankedArm, ...]
    metrics: tuple[MetricScore, ...]
    power: tuple[PowerLine, ...]
    shares: tuple[Shares, ...]
    worth: tuple[WorthLine, ...]

    @property
    def several(self) -> bool:
        """Whether there are several runs, so that rows must name theirs."""
        return len(self.entries) > 1

    @property
    def measured_on(self) -> str:
        """Data set, data protocol and split, which all runs share."""
        return self._first.measured_on

    def class_name(self, label: int) -> str:
        """Name of a class; its number where the record has no names."""
        names = self._first.data.get("classes", ())
        return str(names[label]) if label < len(names) else f"class {label}"

    def name_of(self, row: ArmComparison) -> str:
        """What a row is of, in words, with the run where there are several."""
        words = f"{row.recognizer}, {arm_words(row.arm)}"
        return f"{row.run}: {words}" if self.several else words

    @property
    def _first(self) -> RunFolder:
        return next(iter(self.entries.values())).first


def compare_runs(
    runs: Sequence[RunFolder], control: str = "real", detect: float = 2.0
) -> Comparison:
    """Compare the arms of one run, or several runs and their arms.

    Args:
        runs: one or more; generator seeds of one specification count as repetitions.
        control: arm that the others are compared with.
        detect: difference in percentage points that power is calculated for.

    Raises:
        InputError: runs that no table may rank together, one run twice, an unknown control, or
            nothing to compare.
    """
    check_comparable(runs)
    groups = group_repetitions(runs)
    entries = dict(zip(_names(groups), groups, strict=True))
    rows = tuple(family(entries, control))
    if len(runs) == 1 and not rows:
        raise InputError(
            f"{runs[0].path} has no arm beside '{control}' to compare: give several runs, or run "
            "it with a recognizer and further arms"
        )
    tested = [place for place, row in enumerate(rows) if row.of_control and row.labels.size]
    gains = class_gains(
        [(row.differences, row.labels, row.subjects) for row in (rows[place] for place in tested)]
    )
    measured, metric_parts = metric_scores(entries)
    return Comparison(
        entries=entries,
        control=control,
        detect=detect,
        rows=rows,
        gains=dict(zip(tested, gains, strict=True)),
        ranking=tuple(ranked_arms(entries, rows)) if len(entries) > 1 else (),
        metrics=tuple(measured),
        power=tuple(power_line(row, detect) for row in rows if row.of_control),
        shares=(
            *(Shares(run, metric, tuple(parts)) for (run, metric), parts in metric_parts.items()),
            *accuracy_shares(entries, rows),
        ),
        worth=tuple(line for name, group in entries.items() for line in worth_lines(name, group)),
    )


def _names(groups: Sequence[Repetitions]) -> list[str]:
    """Generators; with the end of the folder's name where one generator has several runs."""
    generators = [str(group.first.spec.get("generator", group.first.name)) for group in groups]
    return [
        generator
        if generators.count(generator) == 1
        else f"{generator}-{group.first.name.rpartition('-')[2]}"
        for generator, group in zip(generators, groups, strict=True)
    ]
