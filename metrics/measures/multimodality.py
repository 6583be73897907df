"""Multimodality: how far apart two random clips of one class are (Guo et al. 2020)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.value import Undefined, Value
from skeletons.arrays import IntArray

PAIRS_PER_CLASS = 20


def multimodality(
    features: NDArray[Any],
    labels: IntArray,
    rng: np.random.Generator,
    pairs: int = PAIRS_PER_CLASS,
    *,
    distinct: bool = True,
) -> Value:
    """Mean over classes of the mean distance of random pairs of different clips of that class.

    A class with fewer than two clips has no pairs and is left out. Near the value of real clips is
    good, as for diversity. Undefined where no class has two clips; which classes have none, and
    are left out, :func:`class_multimodality` tells.

    Args:
        features: ``[N, D]``.
        labels: ``[N]``, the class that each clip was asked to show.
        pairs: pairs drawn in each class.
        distinct: the two clips of a pair differ; else a pair may be a clip and itself.
    """
    counts = np.bincount(labels) if len(labels) else np.zeros(0, dtype=np.int64)
    drawn = rng.random((2, len(counts), pairs))
    paired = counts >= 2
    if not paired.any():
        return Undefined("no class has two clips")
    size = counts[paired, None]
    start = (np.cumsum(counts) - counts)[paired, None]
    first = (drawn[0, paired] * size).astype(np.int64)
    if distinct:
        second = (first + 1 + (drawn[1, paired] * (size - 1)).astype(np.int64)) % size
    else:
        second = (drawn[1, paired] * size).astype(np.int64)
    by_class = np.argsort(labels, kind="stable")
    offsets = features[by_class[start + first]] - features[by_class[start + second]]
    return float(np.linalg.norm(offsets, axis=2).mean())


def class_multimodality(
    features: NDArray[Any], labels: IntArray, classes: int
) -> tuple[Value, ...]:
    """Mean distance of all pairs of different clips of each class, one value a class ``[C]``.

    What :func:`multimodality` estimates from random pairs is the mean of these. Undefined for a
    class with fewer than two clips.

    Args:
        features: ``[N, D]``.
        labels: ``[N]``, the class that each clip was asked to show.
        classes: C, the number of classes of the data set.
    """
    from scipy.spatial.distance import pdist  # lazy: not needed to list metrics

    parts = [np.asarray(features[labels == label], dtype=np.float64) for label in range(classes)]
    return tuple(
        float(pdist(part).mean()) if len(part) > 1 else Undefined(_without_pairs(len(part)))
        for part in parts
    )


def _without_pairs(count: int) -> str:
    return "one clip has no pairs" if count else "no clips of this class"
