"""How accurate the arms of several runs are, and which of them cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from benchmark.comparisons.arm_family import ArmComparison
from benchmark.records.repetitions import Repetitions, right_answers
from benchmark.statistics.accuracy import Accuracy, accuracy_estimate
from benchmark.statistics.tie_groups import apart_by_p_values, tie_groups
from skeletons.errors import InputError


@dataclass(frozen=True)
class RankedArm:
    """Accuracy of an arm in one of several runs, as a share, and the letters of its tie groups."""

    run: str
    recognizer: str
    arm: str
    accuracy: Accuracy
    letters: str
    ranks: tuple[int, int]


def ranked_arms(
    entries: Mapping[str, Repetitions], rows: Sequence[ArmComparison]
) -> list[RankedArm]:
    """The runs in each arm that they were compared in, the most accurate first.

    Args:
        entries: runs by name.
        rows: the family of tests; two runs are apart where their comparison rejects.
    """
    between = {(row.recognizer, row.arm): None for row in rows if not row.of_control}
    found = []
    for recognizer, arm in between:
        accuracies: dict[str, Accuracy] = {}
        for name, group in entries.items():
            # Runs that lack a training of the arm have a comparison that says so, and no rank.
            with suppress(InputError):
                accuracies[name] = accuracy_estimate(*right_answers(group, recognizer, arm))
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
            RankedArm(
                name, recognizer, arm, accuracies[name], ties.letters[place], ties.ranks[place]
            )
            for place, name in enumerate(names)
        ]
        found += sorted(of_arm, key=lambda ranked: -ranked.accuracy.mean)
    return found
