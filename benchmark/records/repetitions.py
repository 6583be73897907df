"""Runs that repeat one another: the same specification but for the generator's seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.engine.keys import canonical_json
from benchmark.records.run_folder import RunFolder
from benchmark.spec import RunSpec
from benchmark.statistics.pairing import check_alike, outcomes, without_copies
from skeletons.arrays import IntArray, StrArray
from skeletons.errors import InputError

GENERATOR_SEED_FIELD = "generator_seed"
"""Field of the specification that changes the fit and the sampling, not the arm ``real`` and not
the seeds of the recognizers."""
_NOT_COMPARED = frozenset({GENERATOR_SEED_FIELD, "hash8"})
"""A record's spec holds its own hash, too."""


@dataclass(frozen=True)
class Repetitions:
    """Runs of one specification, ordered by their generator seeds.

    Attributes:
        runs: one or more.
        seeds: the generator seed of each.
    """

    runs: tuple[RunFolder, ...]
    seeds: tuple[int, ...]

    @property
    def first(self) -> RunFolder:
        """The run that stands for what all of them have in common."""
        return self.runs[0]


def generator_seed(run: RunFolder) -> int:
    """The generator seed of a run; 0 where the run is older than the field."""
    return int(run.spec.get(GENERATOR_SEED_FIELD, 0))


def group_repetitions(runs: Sequence[RunFolder]) -> list[Repetitions]:
    """Runs grouped by their specification without the generator seed, in the order given.

    Raises:
        InputError: two runs of one specification and one generator seed: the same run twice, or
            two versions of it of which only one can count.
    """
    groups = []
    for same in _by_specification(runs).values():
        first, *again = same
        for members in again:
            seed, run = next(iter(members.items()))
            raise InputError(
                f"{run.path} and {first[seed].path} are the same run (equal specification, "
                f"generator seed {seed}): give one of them"
            )
        groups.append(
            Repetitions(tuple(first[seed] for seed in sorted(first)), tuple(sorted(first)))
        )
    return groups


def trainings_of(runs: Sequence[RunFolder]) -> list[tuple[RunFolder, ...]]:
    """Runs that differ in the generator's seed alone, side by side, in the order of their seeds; a
    second run of the same specification and seed stands for itself."""
    return [
        tuple(members[seed] for seed in sorted(members))
        for same in _by_specification(runs).values()
        for members in same
    ]


def _by_specification(runs: Sequence[RunFolder]) -> dict[str, list[dict[int, RunFolder]]]:
    """Runs by their specification without the generator's seed, and by that seed; each further run
    of one specification and seed begins a table of its own."""
    groups: dict[str, list[dict[int, RunFolder]]] = {}
    for run in runs:
        same = groups.setdefault(f"{_in_common(run)} {run.data_protocol}", [])
        seed = generator_seed(run)
        free = next((members for members in same if seed not in members), None)
        if free is None:
            same.append(free := {})
        free[seed] = run
    return groups


def right_answers(group: Repetitions, recognizer: str, arm: str) -> tuple[IntArray, StrArray]:
    """Right (1) or wrong (0) of an arm, ``[G, S, C]``, and who made each test clip, ``[C]``.

    One level of the first axis where no generator was used.

    Raises:
        InputError: predictions are missing, or differ in their clips or seeds.
    """
    tables = [outcomes(run.predictions, recognizer, arm, run.name) for run in group.runs]
    check_alike(tables)
    return without_copies(np.stack([table.right for table in tables])), tables[0].subjects


def _in_common(run: RunFolder) -> str:
    """The specification without the generator seed; a field at its default counts as one that an
    older run does not have."""
    return canonical_json(
        {
            name: value
            for name, value in run.spec.items()
            if name not in _NOT_COMPARED and not _at_default(name, value)
        }
    )


def _at_default(name: str, value: object) -> bool:
    field = RunSpec.model_fields.get(name)
    if field is None or field.is_required():
        return False
    return canonical_json(value) == canonical_json(field.get_default(call_default_factory=True))
