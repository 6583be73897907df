"""What the gains of a comparison vary with, and how many seeds or people it takes to see one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.comparisons.arm_family import ArmComparison
from benchmark.records.repetitions import Repetitions, right_answers
from benchmark.statistics.people import Units
from benchmark.statistics.power import detectable_difference, seeds_needed
from benchmark.statistics.variance import (
    GENERATOR_SEED,
    RECOGNIZER_SEED,
    TEST_CLIP,
    TEST_PERSON,
    Components,
    Share,
    crossed_components,
)
from metrics.value import Undefined
from skeletons.arrays import IntArray, StrArray

SEEDS = (GENERATOR_SEED, RECOGNIZER_SEED)


@dataclass(frozen=True)
class PowerLine:
    """How many seeds, or people, a difference needs, of one arm against the control.

    Attributes:
        row: the comparison whose variances are used.
        needed: by what is repeated, the number needed or why there is none.
        seen: smallest difference in points that the run itself could see at 80 % power.
    """

    row: ArmComparison
    needed: Mapping[str, int | Undefined]
    seen: float | Undefined


@dataclass(frozen=True)
class Shares:
    """Variance shares of one quantity of one run: a metric, or a ``gain`` or ``accuracy``."""

    run: str
    quantity: str
    shares: tuple[Share, ...]
    recognizer: str = ""
    arm: str = ""


def power_line(row: ArmComparison, detect: float) -> PowerLine:
    """Seeds or people that a difference of ``detect`` points needs, by the variances of a
    comparison; clips where it is unknown who made them."""
    if isinstance(row.test, Undefined):
        return PowerLine(row, {RECOGNIZER_SEED: row.test}, row.test)
    components = _components(row.differences, row.subjects)
    varied = [name for name in SEEDS if name in components.factors] or [RECOGNIZER_SEED]
    of_test = components.factors[-1]
    needed = {name: seeds_needed(components, detect, name) for name in (*varied, of_test)}
    return PowerLine(row, needed, detectable_difference(components))


def accuracy_shares(
    entries: Mapping[str, Repetitions], rows: Sequence[ArmComparison]
) -> list[Shares]:
    """Of the gain of each arm; where the generator was repeated, of the accuracy itself too."""
    found = []
    for row in rows:
        if not row.of_control or isinstance(row.test, Undefined):
            continue
        arm = (row.recognizer, row.arm)
        gain = _components(row.differences, row.subjects)
        if len(gain.factors) > 1:
            found.append(Shares(row.run, "gain", tuple(gain.shares()), *arm))
        right, subjects = right_answers(entries[row.run], *arm)
        if len(right) > 1:
            parts = _components(right, subjects).shares()
            found.append(Shares(row.run, "accuracy", tuple(parts), *arm))
    return found


def _components(values: IntArray, subjects: StrArray) -> Components:
    """Of values ``[G, S, C]``, in points, over people where they are known and over clips else."""
    units = Units.of(subjects)
    factors = (*SEEDS, TEST_PERSON if units.people else TEST_CLIP)
    return crossed_components(100.0 * units.table(values), factors, units.freedom)
