"""Metrics of the classes that the extractor recognizes."""

from __future__ import annotations

from metrics.measures.class_accuracy import balanced_accuracy, class_accuracies, confusion_matrix
from metrics.measures.label_distribution import label_divergence, label_entropy
from metrics.metric import Metric
from metrics.reference import Draw
from skeletons.arrays import IntArray


def _confusion(draw: Draw) -> IntArray:
    return confusion_matrix(draw.clips.labels, draw.clips.predicted, draw.classes)


CLASS_ACCURACY = Metric(
    name="class_accuracy",
    group="class",
    family="classes",
    summary="mean over classes of the share of clips recognized as the class asked for",
    measure=lambda draw, rng, protocol: balanced_accuracy(_confusion(draw)),
    by_class=lambda draw: class_accuracies(_confusion(draw)),
    direction="higher",
    floor="reference",
    unit="share",
    digits=3,
    bounds=(0.0, 1.0),
)
LABEL_ENTROPY = Metric(
    name="label_entropy",
    group="class",
    family="classes",
    summary="entropy of the recognized classes in nats, best near that of real clips",
    measure=lambda draw, rng, protocol: label_entropy(draw.clips.predicted),
    direction="real",
    floor="reference",
    unit="nats",
    digits=3,
)
LABEL_DIVERGENCE = Metric(
    name="label_divergence",
    group="class",
    family="classes",
    summary="divergence of the recognized classes from those asked for, in nats",
    measure=lambda draw, rng, protocol: label_divergence(
        draw.clips.predicted, draw.clips.labels, draw.classes
    ),
    direction="lower",
    floor="reference",
    unit="nats",
    digits=4,
)
