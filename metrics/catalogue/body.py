"""The body metrics as metrics of the engine."""

from __future__ import annotations

import numpy as np

from metrics.body import BODY_METRICS, BodyMetric
from metrics.evaluation.protocols import Protocol
from metrics.evaluation.reference import Draw
from metrics.registry import Metric
from metrics.value import Undefined, Value


def _metric(body: BodyMetric) -> Metric:
    def measure(draw: Draw, rng: np.random.Generator, protocol: Protocol) -> Value:
        drawn, reference = draw.clips.bodies, draw.reference.clips.bodies
        if drawn is None or reference is None:
            return Undefined("the bodies of the clips were not measured")
        return body.measure(drawn, reference)

    return Metric(
        name=body.name,
        group="body",
        family="body",
        summary=body.summary,
        measure=measure,
        direction=body.direction,
        floor=body.floor,
        unit=body.unit,
        digits=body.digits,
        bounds=body.bounds,
        needs="bodies",
    )


BODY = tuple(_metric(body) for body in BODY_METRICS)
