"""The family of a comparison: every arm against its control, every generator against the others.

All tests of one comparison are one family, adjusted by Holm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import pandas as pd

from benchmark.arms import Arm
from benchmark.records.display_names import arm_words
from benchmark.records.repetitions import Repetitions
from benchmark.records.run_folder import RunFolder
from benchmark.statistics.multiplicity import holm
from benchmark.statistics.paired_test import PairedTest, paired_test
from benchmark.statistics.pairing import (
    Outcomes,
    arms_of,
    check_alike,
    outcomes,
    paired_difference,
    rows_of_arm,
    without_copies,
)
from benchmark.statistics.people import Units
from metrics.value import Undefined
from skeletons.arrays import IntArray, StrArray
from skeletons.errors import InputError, unknown_name

LEVEL = 0.05
BETTER, WORSE, NOT_APART = "better", "worse", "cannot be told apart"

_NOT_TESTED = Undefined("not tested")


def _no_differences() -> IntArray:
    return np.zeros((0, 0, 0), dtype=np.int64)


def _no_labels() -> IntArray:
    return np.zeros(0, dtype=np.int64)


def _no_subjects() -> StrArray:
    return np.zeros(0, dtype=np.str_)


@dataclass(frozen=True)
class ArmComparison:
    """One member of the family.

    Attributes:
        run: name of the runs that the arm is of.
        recognizer: whose accuracy it is.
        arm: the arm.
        against: the control arm, or the name of the other runs.
        of_control: whether ``against`` is the control of the same runs.
        test: the paired test, or why there is none.
        differences: what was tested, ``[G, S, C]``; without levels where there is no test.
        labels: of the test clips, ``[C]``.
        subjects: who made the test clips, ``[C]``.
        p_adjusted: Holm's, NaN without a test.
    """

    run: str
    recognizer: str
    arm: str
    against: str
    of_control: bool
    test: PairedTest | Undefined = _NOT_TESTED
    differences: IntArray = field(default_factory=_no_differences, repr=False, compare=False)
    labels: IntArray = field(default_factory=_no_labels, repr=False, compare=False)
    subjects: StrArray = field(default_factory=_no_subjects, repr=False, compare=False)
    p_adjusted: float = float("nan")

    @property
    def verdict(self) -> str:
        """``better``, ``worse`` or ``cannot be told apart``; ``""`` without a test."""
        if isinstance(self.test, Undefined):
            return ""
        if not self.p_adjusted < LEVEL:
            return NOT_APART
        return BETTER if self.test.mean > 0.0 else WORSE

    @property
    def people(self) -> int:
        """How many people made the test clips; 0 where that is unknown."""
        return Units.of(self.subjects).people

    @property
    def against_words(self) -> str:
        """What it is compared with: the control arm in words, or the other runs."""
        return arm_words(self.against) if self.of_control else self.against


def family(entries: Mapping[str, Repetitions], control: str = "real") -> list[ArmComparison]:
    """All comparisons of the runs, adjusted together.

    Args:
        entries: runs by name; those that differ in their generator seeds only are one entry.
        control: arm that the others of the same runs are compared with.

    Raises:
        InputError: runs with predictions but without the control.
    """
    members = [
        row for name, group in entries.items() for row in _against_control(name, group, control)
    ]
    for (first, ours), (second, theirs) in combinations(entries.items(), 2):
        members += _against_other((first, ours), (second, theirs))
    p_values = [np.nan if isinstance(row.test, Undefined) else row.test.p_value for row in members]
    adjusted = holm(p_values).tolist()
    return [replace(row, p_adjusted=p) for row, p in zip(members, adjusted, strict=True)]


def _against_control(name: str, group: Repetitions, control: str) -> Iterator[ArmComparison]:
    known = arms_of(group.first.predictions)
    arms = {arm for _, arm in known}
    if known and control not in arms:
        raise unknown_name(f"control (arm of {group.first.name})", control, arms)
    for recognizer, arm in known:
        if arm == control:
            continue
        pairs = [((run, arm), (run, control)) for run in group.runs]
        yield _compared(ArmComparison(name, recognizer, arm, control, True), pairs)


def _against_other(
    ours: tuple[str, Repetitions], theirs: tuple[str, Repetitions]
) -> Iterator[ArmComparison]:
    (first, group), (second, other) = ours, theirs
    shared = arms_of(other.first.predictions)
    for recognizer, arm in arms_of(group.first.predictions):
        if not Arm.parse(arm).uses_samples or (recognizer, arm) not in shared:
            continue  # an arm without samples is the same whatever the generator
        row = ArmComparison(first, recognizer, arm, second, False)
        reason = _not_paired(group, other, recognizer, arm)
        if reason:
            yield replace(row, test=Undefined(reason))
            continue
        pairs = [
            ((run, arm), (match, arm))
            for run, seed in zip(group.runs, group.seeds, strict=True)
            for match, matching in zip(other.runs, other.seeds, strict=True)
            if seed == matching
        ]
        yield _compared(row, pairs)


def _compared(
    row: ArmComparison, pairs: Sequence[tuple[tuple[RunFolder, str], tuple[RunFolder, str]]]
) -> ArmComparison:
    tables: list[IntArray] = []
    judged: list[Outcomes] = []
    try:
        for (run, arm), (other, against) in pairs:
            treated = outcomes(run.predictions, row.recognizer, arm, run.name)
            untreated = outcomes(other.predictions, row.recognizer, against, other.name)
            tables.append(paired_difference(treated, untreated))
            judged.append(treated)
        check_alike(judged)
        differences = without_copies(np.stack(tables))
        labels, subjects = judged[0].labels, judged[0].subjects
        test = paired_test(differences, subjects)
        return replace(row, test=test, differences=differences, labels=labels, subjects=subjects)
    except InputError as error:
        return replace(row, test=Undefined(str(error)))


def _not_paired(ours: Repetitions, theirs: Repetitions, recognizer: str, arm: str) -> str:
    """Why an arm of two runs cannot be paired, or ``""``."""
    first, second = ours.first, theirs.first
    seeds = [int(run.spec.get("seed", 0)) for run in (first, second)]
    if seeds[0] != seeds[1]:
        return f"the recognizers' seeds derive from seed {seeds[0]} and {seeds[1]}"
    recipes = [run.record.get("recipes") or {} for run in (first, second)]
    known = all(recognizer in of_run for of_run in recipes)
    if known and recipes[0][recognizer] != recipes[1][recognizer]:
        return f"'{recognizer}' was trained by two recipes"
    for column in ("n_real", "n_synthetic", "steps"):
        sizes = [_of_arm(run.downstream, recognizer, arm, column) for run in (first, second)]
        if sizes[0] != sizes[1]:
            return f"{column} is {sizes[0]} and {sizes[1]}"
    if not set(ours.seeds) & set(theirs.seeds):
        return f"no generator seed is shared: {list(ours.seeds)} and {list(theirs.seeds)}"
    return ""


def _of_arm(downstream: pd.DataFrame, recognizer: str, arm: str, column: str) -> int:
    rows = rows_of_arm(downstream, recognizer, arm)
    return int(rows[column].max()) if len(rows) else 0
