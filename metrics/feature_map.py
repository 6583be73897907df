"""A flat map of features on which the classes of real clips lie apart, for pages to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.features import FeatureSet
from skeletons.arrays import Float64Array, IntArray
from skeletons.errors import InputError


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """Two axes of a feature space: the principal components of the class means of real clips.

    The axes are of real clips alone, so every generator is drawn on the same map, and two maps of
    one judge may be laid over one another. They show where classes differ most, not how clips of
    a class vary: of what they leave out, :attr:`shares` tells.

    Attributes:
        centre: float64 ``[D]``, the mean of the class means.
        axes: float64 ``[2, D]``, of unit length; the largest number of each is positive.
        shares: of the variance between class means that lies along each axis, 0 to 1.
    """

    centre: Float64Array
    axes: Float64Array
    shares: tuple[float, float]

    @classmethod
    def of(cls, real: FeatureSet) -> FeatureMap:
        """The map of real clips.

        Raises:
            InputError: the clips show fewer than two classes.
        """
        labels = np.unique(real.labels)
        if len(labels) < 2:
            raise InputError(f"a map needs clips of two classes, these show {len(labels)}")
        means = np.stack([real.features[real.labels == label].mean(axis=0) for label in labels])
        centre = means.mean(axis=0)
        _, lengths, rows = np.linalg.svd(means - centre, full_matrices=False)
        axes = np.zeros((2, means.shape[1]))
        axes[: min(2, len(rows))] = rows[:2]
        largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
        axes *= np.where(largest < 0.0, -1.0, 1.0)
        squared = np.square(np.append(lengths, 0.0))
        total = float(squared.sum()) or 1.0
        return cls(centre, axes, (float(squared[0]) / total, float(squared[1]) / total))

    def place(self, clips: FeatureSet) -> Float64Array:
        """Where clips lie, ``[N, 2]`` in the features' unit."""
        return np.asarray((clips.features - self.centre) @ self.axes.T, dtype=np.float64)


def spread_rows(clips: FeatureSet, count: int) -> IntArray:
    """At most ``count`` rows, at equal steps through the clips of each class in turn."""
    order = np.argsort(clips.labels, kind="stable")
    steps = np.linspace(0, len(order), min(count, len(order)), endpoint=False).astype(np.int64)
    return np.asarray(order[steps], dtype=np.int64)
