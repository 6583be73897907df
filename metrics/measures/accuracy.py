"""Recognition accuracy: how often a clip shows the class that it was asked to show."""

from __future__ import annotations

from metrics.value import Undefined, Value
from skeletons.arrays import IntArray


def accuracy(labels: IntArray, predicted: IntArray) -> Value:
    """Share of clips ``[N]`` that the extractor recognizes as their label (Guo et al. 2020)."""
    if len(labels) == 0:
        return Undefined("no clips")
    return float((labels == predicted).mean())
