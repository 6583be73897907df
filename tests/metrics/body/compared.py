"""The body metrics of the catalogue, on body measures alone."""

from __future__ import annotations

import numpy as np

from metrics.body.measures import BodyMeasures
from metrics.features import FeatureSet
from metrics.metric import Metric
from metrics.protocols import SKELGEN_V2
from metrics.reference import Draw, Reference
from metrics.registry import built_in_metrics
from metrics.value import Value

BODY = {name: metric for name, metric in built_in_metrics().items() if metric.group == "body"}


def compared(metric: Metric, drawn: BodyMeasures, reference: BodyMeasures) -> Value:
    """A metric of the drawn clips against the real ones, whose features say nothing."""
    clips, real = (
        FeatureSet.of(np.zeros((len(part), 1)), part.labels, part.labels, part)
        for part in (drawn, reference)
    )
    draw = Draw(clips, Reference("test", real))
    return metric.measure(draw, np.random.default_rng(0), SKELGEN_V2)
