"""One test of one paired difference, and the interval that goes with it.

Two things could have been otherwise: which people (or, where they are unknown, which clips) are in
the test set and which seeds were drawn. The exact sign-flip test (McNemar's with one seed and
clips) asks about the people with these very trainings; the crossed t test asks about both, by an
approximation that can be poor with few discordant clips. A difference is claimed where both reject,
so the p value is the larger of the two: that is a valid test that neither hypothesis is true
(intersection-union test, Berger 1982), and it can never be below 0.05 where the 95 % interval holds
0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.statistics.accuracy import GENERATOR_SEEDS, RECOGNIZER_SEEDS
from benchmark.statistics.people import Units, clustered_estimate, varied
from benchmark.statistics.sign_flip import sign_flip_p_value
from skeletons.arrays import IntArray, StrArray
from skeletons.errors import InputError


@dataclass(frozen=True)
class PairedTest:
    """A paired difference of two arms, as a fraction.

    Attributes:
        mean: mean difference.
        low: lower end of the 95 % interval of the crossed t, not below the least possible mean.
            Where all cells are alike there is no spread: what no clip shows is then left open
            (:attr:`benchmark.statistics.people.Units.unseen`).
        high: upper end, not above the greatest.
        exact_p_value: of the sign-flip test, for the people or the clips.
        p_value: the larger of that and the crossed t test's.
        varies: what the interval covers.
    """

    mean: float
    low: float
    high: float
    exact_p_value: float
    p_value: float
    varies: str


def paired_test(
    differences: IntArray, subjects: Sequence[str] | StrArray, most: int = 1
) -> PairedTest:
    """Test that two arms are equally often right.

    Args:
        differences: in {-most, ..., most}, ``[S, C]`` by training seed and test clip, or
            ``[G, S, C]`` by generator seed too.
        subjects: ``[C]``, who made each clip. Where two or more people are known, they are the
            sampling unit; else the clips are.
        most: greatest difference that a cell can hold: 1, or how many differences it is the sum of.

    Raises:
        InputError: fewer than two clips.
    """
    clips = differences.shape[-1]
    if clips < 2:
        raise InputError(f"an interval over clips needs two test clips, there are {clips}")
    units = Units.of(subjects)
    estimate = clustered_estimate(differences, units)
    half_width = estimate.half_width or most * units.unseen
    exact = sign_flip_p_value(units.sums(differences).reshape(-1, len(units.clips)))
    names = (units.name, RECOGNIZER_SEEDS, GENERATOR_SEEDS)
    return PairedTest(
        mean=estimate.mean,
        low=max(estimate.mean - half_width, -float(most)),
        high=min(estimate.mean + half_width, float(most)),
        exact_p_value=exact,
        p_value=max(exact, estimate.p_value),
        varies=varied(list(zip(names, differences.shape[::-1], strict=False))),
    )
