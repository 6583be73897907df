"""What the metrics see: one feature vector, one label and one predicted label a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from skeletons.arrays import BoolArray, Float64Array, IntArray
from skeletons.errors import InputError

if TYPE_CHECKING:
    from metrics.body.measures import BodyMeasures


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """Features of N clips as one extractor sees them.

    Attributes:
        features: float64 ``[N, D]``.
        labels: int64 ``[N]``, the class that the clip shows or was asked to show.
        predicted: int64 ``[N]``, the class that the extractor recognizes.
        bodies: what was measured on the clips' joints, for metrics that need no extractor.
    """

    features: Float64Array
    labels: IntArray
    predicted: IntArray
    bodies: BodyMeasures | None = None

    def __post_init__(self) -> None:
        if self.features.ndim != 2 or self.features.dtype != np.float64:
            raise InputError(
                f"features have shape {self.features.shape} and type {self.features.dtype}, "
                "metrics need float64 [N, D]"
            )
        for name, labels in (("labels", self.labels), ("predicted", self.predicted)):
            if labels.shape != self.features.shape[:1]:
                raise InputError(
                    f"{name} have shape {labels.shape}, features have {len(self.features)} rows"
                )
            if len(labels) and labels.min() < 0:
                raise InputError(f"{name} hold {labels.min()}, classes count from 0")
        if self.bodies is not None and len(self.bodies) != len(self.labels):
            raise InputError(
                f"bodies of {len(self.bodies)} clips are given, features of {len(self.labels)}"
            )
        broken: BoolArray = ~np.asarray(np.isfinite(self.features).all(axis=1))
        if broken.any():
            raise InputError(
                f"features of {broken.sum()} of {len(broken)} clips are NaN or infinite, "
                f"the first is row {int(np.flatnonzero(broken)[0])}: did the generator diverge?"
            )

    @classmethod
    def of(
        cls,
        features: ArrayLike,
        labels: ArrayLike,
        predicted: ArrayLike,
        bodies: BodyMeasures | None = None,
    ) -> FeatureSet:
        """A set from arrays of any float and integer type."""
        return cls(
            np.asarray(features, dtype=np.float64),
            np.asarray(labels, dtype=np.int64),
            np.asarray(predicted, dtype=np.int64),
            bodies,
        )

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, rows: ArrayLike) -> FeatureSet:
        """The clips of an index array or a mask."""
        chosen = np.asarray(rows)
        chosen = chosen if chosen.dtype == bool else chosen.astype(np.int64)
        bodies = None if self.bodies is None else self.bodies.select(chosen)
        return FeatureSet(
            self.features[chosen], self.labels[chosen], self.predicted[chosen], bodies
        )

    @staticmethod
    def concatenate(parts: Sequence[FeatureSet]) -> FeatureSet:
        """All clips of one or more parts, with body measures where every part has them.

        Raises:
            InputError: no parts; features of different widths; body measures that do not belong
                together, see :meth:`metrics.body.measures.BodyMeasures.concatenate`.
        """
        if not parts:
            raise InputError("nothing to concatenate: no features were given")
        widths = {part.features.shape[1] for part in parts}
        if len(widths) > 1:
            raise InputError(f"features of widths {sorted(widths)} cannot be concatenated")
        bodies = [part.bodies for part in parts if part.bodies is not None]
        return FeatureSet(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.predicted for part in parts]),
            type(bodies[0]).concatenate(bodies) if len(bodies) == len(parts) else None,
        )

    def class_counts(self, classes: int = 0) -> IntArray:
        """Clips of each label, ``[C]`` with C at least ``classes``."""
        return np.bincount(self.labels, minlength=classes).astype(np.int64)
