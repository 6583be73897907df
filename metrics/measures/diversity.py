"""Diversity: how far apart two random clips are, whatever their classes (Guo et al. 2020)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.value import Undefined, Value

PAIRS = 200


def diversity(
    features: NDArray[Any],
    rng: np.random.Generator,
    pairs: int = PAIRS,
    *,
    distinct: bool = True,
) -> Value:
    """Mean Euclidean distance of ``pairs`` random pairs of different clips of ``[N, D]``.

    From 0. Near the value of real clips is good: less is a collapse of modes, more is noise.
    Undefined for fewer than two clips. Without ``distinct`` a pair may be a clip and itself, as in
    the released evaluator of Guo et al. 2020.
    """
    count = len(features)
    if count < 2:
        return Undefined(f"{count} clips have no pairs")
    first = rng.integers(count, size=pairs)
    if distinct:
        second = (first + 1 + rng.integers(count - 1, size=pairs)) % count
    else:
        second = rng.integers(count, size=pairs)
    return float(np.linalg.norm(features[first] - features[second], axis=1).mean())
