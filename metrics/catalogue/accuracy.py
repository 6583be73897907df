"""Recognition accuracy, the second of the four numbers of the field's tables."""

from __future__ import annotations

from metrics.measures.accuracy import accuracy
from metrics.metric import Metric

ACCURACY = Metric(
    name="accuracy",
    group="class",
    summary="share of clips that the extractor recognizes as the class asked for",
    measure=lambda draw, rng, protocol: accuracy(draw.clips.labels, draw.clips.predicted),
    direction="higher",
    floor="reference",
    unit="share",
    digits=3,
    bounds=(0.0, 1.0),
)
