"""Everything that a comparison of runs says, as data; reports show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.arms import Arm
from benchmark.reports.run_folder import RunFolder
from benchmark.statistics.arm_family import (
    ArmComparison,
    arms_of,
    family,
    without_copies,
)
from benchmark.statistics.class_gains import ClassGain, class_gains
from benchmark.statistics.crossed import CrossedMean, crossed_estimate
from benchmark.statistics.fairness import check_comparable
from benchmark.statistics.metric_scores import MetricScore, metric_scores
from benchmark.statistics.pairing import IntArray, check_alike, outcomes
from benchmark.statistics.power import detectable_difference, seeds_needed
from benchmark.statistics.repetitions import Repetitions, group_repetitions
from benchmark.statistics.tie_groups import apart_by_p_values, tie_groups
from benchmark.statistics.variance import (
    GENERATOR_SEED,
    RECOGNIZER_SEED,
    TEST_CLIP,
    Components,
    Share,
    crossed_components,
)
from benchmark.statistics.worth import Worth, equivalent_real_clips
from metrics.value import Undefined
from skeletons.errors import InputError
from skeletons.seeds import named_rng

FACTORS = (GENERATOR_SEED, RECOGNIZER_SEED, TEST_CLIP)
CURVE = ("real", "oracle")
"""Arms whose clips are all real, and which differ in their number only."""


@dataclass(frozen=True)
class Standing:
    """Accuracy of an arm in one of several runs, and the letters of its tie groups."""

    run: str
    recognizer: str
    arm: str
    accuracy: CrossedMean
    letters: str
    ranks: tuple[int, int]


@dataclass(frozen=True)
class PowerLine:
    """How many seeds a difference needs, of one arm against the control.

    Attributes:
        row: the comparison whose variances are used.
        seeds: by what is repeated, the number needed or why there is none.
        seen: smallest difference in points that the run itself could see at 80 % power.
    """

    row: ArmComparison
    seeds: Mapping[str, int | Undefined]
    seen: float | Undefined


@dataclass(frozen=True)
class Shares:
    """Variance shares of one quantity of one run: a metric, or a ``gain`` or ``accuracy``."""

    run: str
    quantity: str
    shares: tuple[Share, ...]
    recognizer: str = ""
    arm: str = ""


@dataclass(frozen=True)
class WorthLine:
    """What the added clips of an arm are worth in real ones."""

    run: str
    recognizer: str
    arm: str
    added: int
    worth: Worth | Undefined


@dataclass(frozen=True)
class Comparison:
    """A comparison of one run's arms, or of several runs.

    Attributes:
        entries: runs by the name that rows carry; generator seeds of one specification are one.
        control: the arm that others are compared with.
        detect: difference in points that the power lines ask for.
        rows: the family of tests.
        gains: by place in ``rows``, the classes of a comparison with the control.
        standings: tie groups, where there are several runs.
        metrics: metrics side by side.
    """

    entries: Mapping[str, Repetitions]
    control: str
    detect: float
    rows: tuple[ArmComparison, ...]
    gains: Mapping[int, Sequence[ClassGain]]
    standings: tuple[Standing, ...]
    metrics: tuple[MetricScore, ...]
    power: tuple[PowerLine, ...]
    shares: tuple[Shares, ...]
    worth: tuple[WorthLine, ...]

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes, as far as the run's record tells them."""
        first = next(iter(self.entries.values())).first
        return [str(name) for name in first.data.get("classes", ())]


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
    gains = class_gains([(rows[place].differences, rows[place].labels) for place in tested])
    measured, metric_parts = metric_scores(entries)
    return Comparison(
        entries=entries,
        control=control,
        detect=detect,
        rows=rows,
        gains=dict(zip(tested, gains, strict=True)),
        standings=tuple(_standings(entries, rows)) if len(entries) > 1 else (),
        metrics=tuple(measured),
        power=tuple(_power_line(row, detect) for row in rows if row.of_control),
        shares=(
            *(Shares(run, metric, tuple(parts)) for (run, metric), parts in metric_parts.items()),
            *_accuracy_shares(entries, rows),
        ),
        worth=tuple(line for name, group in entries.items() for line in _worth(name, group)),
    )


def right_answers(group: Repetitions, recognizer: str, arm: str) -> IntArray:
    """Right (1) or wrong (0) of an arm, ``[G, S, C]``; one level where no generator was used.

    Raises:
        InputError: predictions are missing, or differ in their clips or seeds.
    """
    tables = [outcomes(run.predictions, recognizer, arm, run.name) for run in group.runs]
    check_alike(tables)
    return without_copies(np.stack([table.right for table in tables]))


def _names(groups: Sequence[Repetitions]) -> list[str]:
    """Generators; with the end of the folder's name where one generator has several runs."""
    generators = [str(group.first.spec.get("generator", group.first.name)) for group in groups]
    return [
        generator
        if generators.count(generator) == 1
        else f"{generator}-{group.first.name.rpartition('-')[2]}"
        for generator, group in zip(generators, groups, strict=True)
    ]


def _standings(entries: Mapping[str, Repetitions], rows: Sequence[ArmComparison]) -> list[Standing]:
    between = {(row.recognizer, row.arm): None for row in rows if not row.of_control}
    found = []
    for recognizer, arm in between:
        accuracies: dict[str, CrossedMean] = {}
        for name, group in entries.items():
            # Runs that lack a training of the arm have a comparison that says so, and no rank.
            with suppress(InputError):
                right = right_answers(group, recognizer, arm)
                accuracies[name] = crossed_estimate(_percent(right))
        names = list(accuracies)
        p_values = np.full((len(names), len(names)), np.nan)
        for row in rows:
            here = (row.of_control, row.recognizer, row.arm) == (False, recognizer, arm)
            if here and row.run in names and row.against in names:
                pair = names.index(row.run), names.index(row.against)
                p_values[pair] = p_values[pair[::-1]] = row.p_adjusted
        means = [estimate.mean for estimate in accuracies.values()]
        ties = tie_groups(means, apart_by_p_values(p_values))
        of_arm = [
            Standing(
                name, recognizer, arm, accuracies[name], ties.letters[place], ties.ranks[place]
            )
            for place, name in enumerate(names)
        ]
        found += sorted(of_arm, key=lambda standing: -standing.accuracy.mean)
    return found


def _percent(table: IntArray) -> NDArray[np.float64]:
    return 100.0 * table.astype(np.float64)


def _components(row: ArmComparison) -> Components:
    return crossed_components(_percent(row.differences), FACTORS)


def _power_line(row: ArmComparison, detect: float) -> PowerLine:
    if isinstance(row.test, Undefined):
        return PowerLine(row, {RECOGNIZER_SEED: row.test}, row.test)
    components = _components(row)
    varied = [name for name in FACTORS[:-1] if name in components.factors]
    seeds = {name: seeds_needed(components, detect, name) for name in varied or [RECOGNIZER_SEED]}
    return PowerLine(row, seeds, detectable_difference(components))


def _accuracy_shares(
    entries: Mapping[str, Repetitions], rows: Sequence[ArmComparison]
) -> list[Shares]:
    """Of the gain of each arm; where the generator was repeated, of the accuracy itself too."""
    found = []
    for row in rows:
        if not row.of_control or isinstance(row.test, Undefined):
            continue
        arm = (row.recognizer, row.arm)
        gain = _components(row)
        if len(gain.factors) > 1:
            found.append(Shares(row.run, "gain", tuple(gain.shares()), *arm))
        right = right_answers(entries[row.run], *arm)
        if len(right) > 1:
            parts = crossed_components(_percent(right), FACTORS).shares()
            found.append(Shares(row.run, "accuracy", tuple(parts), *arm))
    return found


def _worth(name: str, group: Repetitions) -> list[WorthLine]:
    """Arms with added clips against the curve that ``real`` and ``oracle`` arms give."""
    lines = []
    known = arms_of(group.first)
    for recognizer in dict.fromkeys(recognizer for recognizer, _ in known):
        arms = [arm for of, arm in known if of == recognizer]
        on_curve = [arm for arm in arms if Arm.parse(arm).kind in CURVE]
        if len(on_curve) < 2:
            continue
        for arm in arms:
            if Arm.parse(arm).kind in (*CURVE, "real_same_epochs"):
                continue
            real, added = _clips(group.first, recognizer, arm)
            worth: Worth | Undefined
            try:
                worth = _worth_of(group, recognizer, arm, on_curve, real)
            except InputError as error:
                worth = Undefined(str(error))
            lines.append(WorthLine(name, recognizer, arm, added, worth))
    return lines


def _worth_of(
    group: Repetitions, recognizer: str, arm: str, on_curve: Sequence[str], real: int
) -> Worth | Undefined:
    run = group.first
    answers = {one: outcomes(run.predictions, recognizer, one, run.name) for one in on_curve}
    treated = outcomes(run.predictions, recognizer, arm, run.name)
    check_alike([treated, *answers.values()])
    # An oracle whose real clips ran out has no more than a smaller dose: one point for both.
    curve = {sum(_clips(run, recognizer, one)): told.right for one, told in answers.items()}
    return equivalent_real_clips(
        list(curve),
        np.stack(list(curve.values())).astype(np.float64),
        right_answers(group, recognizer, arm).astype(np.float64),
        real,
        named_rng("worth", run.name, recognizer, arm),
    )


def _clips(run: RunFolder, recognizer: str, arm: str) -> tuple[int, int]:
    """Real and added training clips of an arm."""
    table = run.downstream
    rows = table[(table["recognizer"] == recognizer) & (table["arm"] == arm)]
    if rows.empty:
        raise InputError(f"{run.path}: downstream.csv has no row of '{recognizer}', arm '{arm}'")
    return int(rows["n_real"].max()), int(rows["n_synthetic"].max())
