"""Fréchet distance of two feature distributions, each taken as a Gaussian (Heusel et al. 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.value import Undefined, Value
from skeletons.arrays import Float64Array


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean ``[D]`` and unbiased covariance ``[D, D]`` of ``count`` feature vectors, float64."""

    mean: Float64Array
    covariance: Float64Array
    count: int

    @cached_property
    def root(self) -> Float64Array:
        """Symmetric square root of the covariance, ``[D, D]``; computed once a reference."""
        values, vectors = np.linalg.eigh(self.covariance)
        return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def moments(features: NDArray[Any]) -> Moments:
    """Moments of features ``[N, D]``; the covariance of fewer than two is zero."""
    count, size = features.shape
    if count == 0:
        return Moments(np.zeros(size), np.zeros((size, size)), 0)
    values = np.asarray(features, dtype=np.float64)
    mean = values.mean(axis=0)
    centred = values - mean
    return Moments(mean, centred.T @ centred / max(count - 1, 1), count)


def frechet_distance(real: Moments, fake: Moments) -> Value:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), equation 6 of Heusel et al. 2017, squared units.

    The trace of the root is the sum of the roots of the eigenvalues of S1^(1/2) S2 S1^(1/2), which
    is symmetric and has the eigenvalues of S1 S2: real arithmetic throughout, and no offset on the
    diagonal when a covariance has not full rank (fewer clips than features). Eigenvalues that
    rounding made negative count as 0, as does a distance.
    """
    for name, part in (("real", real), ("synthetic", fake)):
        if part.count < 2:
            return Undefined(f"{part.count} {name} clips have no covariance")
    product = real.root @ fake.covariance @ real.root
    eigenvalues = np.linalg.eigvalsh((product + product.T) / 2.0)
    root_trace = np.sqrt(np.maximum(eigenvalues, 0.0)).sum()
    offset = real.mean - fake.mean
    spread = np.trace(real.covariance) + np.trace(fake.covariance) - 2.0 * root_trace
    return max(0.0, float(offset @ offset + spread))
