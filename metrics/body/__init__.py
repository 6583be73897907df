"""Metrics of the body itself, which need no extractor: bones, joints, jerk, angles, feet, sides."""

from metrics.body.catalogue import BODY_METRICS, BodyMetric
from metrics.body.measures import BodyMeasures
from metrics.body.measuring import measure_bodies

__all__ = ["BODY_METRICS", "BodyMeasures", "BodyMetric", "measure_bodies"]
