"""What a metric is. Names stand in :mod:`metrics.registry`, which no metric imports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from metrics.protocols import SPLIT, Protocol
from metrics.reference import Draw
from metrics.value import Value


@dataclass(frozen=True)
class Metric:
    """One number about a set of clips.

    Attributes:
        measure: from a draw, a random generator and the protocol.
        direction: ``lower`` or ``higher`` is better, or nearest to the ``real`` floor.
        floor: the real clips that the floor is drawn from: the part that is not the reference
            (a distance of the reference to itself would be no floor), or the reference.
        digits: decimals to print.
        bounds: smallest and largest value possible; intervals end there.
        group: what it is about; a name that stands for all metrics of the group.
        family: metrics of one family share their work and are computed together.
        against: ``parts``: the train and the test part in turn; ``split``: what the generator has
            seen.
        needs: ``features`` of the extractor, or ``bodies``: measures of the joints themselves.
        by_class: the same class by class ``[C]``, where that means something.
    """

    name: str
    summary: str
    measure: Callable[[Draw, np.random.Generator, Protocol], Value]
    direction: Literal["lower", "higher", "real"]
    floor: Literal["other part", "reference"]
    unit: str
    digits: int
    bounds: tuple[float, float] = (0.0, float("inf"))
    group: str = ""
    family: str = ""
    against: Literal["parts", "split"] = "parts"
    needs: Literal["features", "bodies"] = "features"
    by_class: Callable[[Draw], Sequence[Value]] | None = None

    @property
    def stage(self) -> str:
        """The family, or the name where it has none."""
        return self.family or self.name

    def measured_on(self, reference: str) -> bool:
        """Whether it is held against the real part of this name."""
        return (reference == SPLIT) == (self.against == SPLIT)

    def format(self, value: Value) -> str:
        """A value as tables print it."""
        return f"{value:.{self.digits}f}" if isinstance(value, float) else str(value)
