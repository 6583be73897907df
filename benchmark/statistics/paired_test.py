"""One test of one paired difference, and the interval that goes with it.

Two things could have been otherwise: which clips are in the test set and which seeds were drawn.
The exact sign-flip test (McNemar's with one seed) asks about the clips with these very trainings;
the crossed t test asks about both, by an approximation that can be poor with few discordant clips.
A difference is claimed where both reject, so the p value is the larger of the two: that is a valid
test that neither hypothesis is true (intersection-union test, Berger 1982), and it can never be
below 0.05 where the 95 % interval holds 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.statistics.crossed import crossed_estimate
from benchmark.statistics.sign_flip import sign_flip_p_value
from skeletons.arrays import IntArray
from skeletons.errors import InputError

GENERATOR_SEEDS, RECOGNIZER_SEEDS, CLIPS = "generator seeds", "seeds", "clips"


@dataclass(frozen=True)
class PairedTest:
    """A paired difference of two arms, as a fraction.

    Attributes:
        mean: mean difference.
        low: lower end of the 95 % interval of the crossed t.
        high: upper end.
        exact_p_value: of the sign-flip test, for the clips.
        p_value: the larger of that and the crossed t test's.
        varies: what the interval covers.
    """

    mean: float
    low: float
    high: float
    exact_p_value: float
    p_value: float
    varies: str


def paired_test(differences: IntArray) -> PairedTest:
    """Test that two arms are equally often right.

    Args:
        differences: in {-1, 0, 1}, ``[S, C]`` by training seed and test clip, or ``[G, S, C]`` by
            generator seed too.

    Raises:
        InputError: fewer than two clips.
    """
    clips = differences.shape[-1]
    if clips < 2:
        raise InputError(f"an interval over clips needs two test clips, there are {clips}")
    estimate = crossed_estimate(differences.astype(np.float64))
    exact = sign_flip_p_value(differences.reshape(-1, clips))
    names = (GENERATOR_SEEDS, RECOGNIZER_SEEDS, CLIPS)[-differences.ndim :]
    varied = [name for name, size in zip(names, differences.shape, strict=True) if size > 1]
    *first, last = reversed(varied)
    return PairedTest(
        mean=estimate.mean,
        low=estimate.low,
        high=estimate.high,
        exact_p_value=exact,
        p_value=max(exact, estimate.p_value),
        varies=f"{', '.join(first)} and {last}" if first else last,
    )
