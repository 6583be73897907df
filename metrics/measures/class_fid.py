"""Fréchet distance of each class, with covariances shrunk so that few clips do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.measures.fid import Moments, frechet_distance
from metrics.value import Undefined, Value
from skeletons.arrays import IntArray
from skeletons.errors import InputError


@dataclass(frozen=True)
class ClassFid:
    """Fréchet distance of the clips of each of C classes, squared units, lower is better.

    Attributes:
        values: C values, undefined for a class with fewer than two clips on either side.
        mean: over the classes that have a value, each weighing the same.
    """

    values: tuple[Value, ...]
    mean: Value


def shrunken_moments(features: NDArray[Any]) -> Moments:
    """Mean and shrunken covariance of features ``[N, D]``.

    The covariance is ``(1 - s) S + s m I``: S unbiased, m its mean variance, and s the intensity of
    oracle approximating shrinkage (OAS, Chen et al. 2010), which falls as 1/N. With fewer clips
    than features S has lost directions; the shrunken one has full rank. OAS needs the traces of S
    and S^2 only, also of two clips. The intensity of Ledoit and Wolf 2004 needs the spread of the
    clips' outer products: two clips have the same product about their mean, so it does not shrink
    at all just where it must. At three clips and more both err about equally.

    Fewer than two clips have a covariance of zero.
    """
    count, size = features.shape
    if count == 0:
        return Moments(np.zeros(size), np.zeros((size, size)), 0)
    values = np.asarray(features, dtype=np.float64)
    mean = values.mean(axis=0)
    if count == 1:
        return Moments(mean, np.zeros((size, size)), 1)
    from sklearn.covariance import oas  # lazy: takes seconds to import

    covariance, _ = oas(values - mean, assume_centered=True)
    # Scikit-learn divides by N. The intensity does not depend on the scale.
    return Moments(mean, np.asarray(covariance) * (count / (count - 1)), count)


def class_moments(features: NDArray[Any], labels: IntArray, classes: int) -> tuple[Moments, ...]:
    """Shrunken moments of each of C classes, from features ``[N, D]`` and labels ``[N]``.

    Raises:
        InputError: not one label a clip, or a label outside of the classes.
    """
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        raise InputError(f"labels of shape {labels.shape} for features of {features.shape}")
    if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
        raise InputError(
            f"labels from {labels.min()} to {labels.max()} are not all of {classes} classes"
        )
    return tuple(shrunken_moments(features[labels == label]) for label in range(classes))


def class_fid(real: Sequence[Moments], fake: Sequence[Moments]) -> ClassFid:
    """Fréchet distance of each class from :func:`class_moments` of both sides, C of each.

    Both covariances are pulled towards a sphere, the more the fewer clips they have, which steadies
    the distance but does not free it of bias: features that vary in a few directions only gain
    variance in the others. So values compare at equal numbers of clips only, and beside the floor
    of real clips.

    Raises:
        InputError: the sides have different numbers of classes.
    """
    if len(real) != len(fake):
        raise InputError(f"{len(real)} real classes cannot be compared with {len(fake)} synthetic")
    values = tuple(_distance(*pair) for pair in zip(real, fake, strict=True))
    defined = [value for value in values if not isinstance(value, Undefined)]
    return ClassFid(
        values=values,
        mean=float(np.mean(defined)) if defined else Undefined("no class has two clips a side"),
    )


def _distance(real: Moments, fake: Moments) -> Value:
    for name, part in (("real", real), ("synthetic", fake)):
        if part.count == 0:
            return Undefined(f"no {name} clips of this class")
        if part.count == 1:
            return Undefined(f"1 {name} clip of this class has no covariance")
    return frechet_distance(real, fake)
