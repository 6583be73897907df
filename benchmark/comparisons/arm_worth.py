"""What the synthetic clips of each arm of a run are worth in real clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.arms import Arm
from benchmark.records.repetitions import Repetitions, right_answers
from benchmark.records.run_folder import RunFolder
from benchmark.statistics.pairing import arms_of, check_alike, outcomes, rows_of_arm
from benchmark.statistics.worth import Worth, equivalent_real_clips
from metrics.value import Undefined
from skeletons.errors import InputError
from skeletons.seeds import named_rng

CURVE = ("real", "oracle")
"""Arms whose clips are all real, and which differ in their number only."""
ALONE = ("oracle_as_larger_split", "real_same_epochs", "real+pseudo", "pretrained")
"""Arms of real clips that are no point of the curve, since they are not used as its clips are."""


@dataclass(frozen=True)
class WorthLine:
    """What the added clips of an arm are worth in real ones."""

    run: str
    recognizer: str
    arm: str
    added: int
    worth: Worth | Undefined


def worth_lines(name: str, group: Repetitions) -> list[WorthLine]:
    """Arms with added clips against the curve that ``real`` and ``oracle`` arms give.

    Args:
        name: of the runs, for the lines.

    Raises:
        InputError: predictions of an arm that ``downstream.csv`` does not have.
    """
    lines = []
    known = arms_of(group.first.predictions)
    for recognizer in dict.fromkeys(recognizer for recognizer, _ in known):
        arms = [arm for of, arm in known if of == recognizer]
        on_curve = [arm for arm in arms if Arm.parse(arm).kind in CURVE]
        if len(on_curve) < 2:
            continue
        for arm in arms:
            if Arm.parse(arm).kind in (*CURVE, *ALONE):
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
    right, subjects = right_answers(group, recognizer, arm)
    return equivalent_real_clips(
        list(curve),
        np.stack(list(curve.values())).astype(np.float64),
        right.astype(np.float64),
        subjects,
        real,
        named_rng("worth", run.name, recognizer, arm),
    )


def _clips(run: RunFolder, recognizer: str, arm: str) -> tuple[int, int]:
    """Real and added training clips of an arm."""
    rows = rows_of_arm(run.downstream, recognizer, arm)
    if rows.empty:
        raise InputError(f"{run.path}: downstream.csv has no row of '{recognizer}', arm '{arm}'")
    return int(rows["n_real"].max()), int(rows["n_synthetic"].max())
