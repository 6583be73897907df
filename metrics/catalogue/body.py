"""Metrics of the body itself, which need no extractor: bones, joints, jerk, angles, feet, sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from metrics.body.angles import joint_angles
from metrics.body.bones import bone_change, bone_lengths
from metrics.body.feet import foot_skate
from metrics.body.jerk import jerk
from metrics.body.joints import joint_positions, joint_velocities
from metrics.body.measures import BodyMeasures
from metrics.body.sides import left_right_sides, left_right_swaps
from metrics.metric import Metric
from metrics.protocols import Protocol
from metrics.reference import Draw
from metrics.value import Undefined, Value

Compare = Callable[[BodyMeasures, BodyMeasures], Value]
"""A value from the measures of the drawn clips and of the reference."""


def _body(
    name: str,
    compare: Compare,
    summary: str,
    unit: str,
    direction: Literal["lower", "real"],
    floor: Literal["other part", "reference"],
    digits: int = 4,
    most: float = float("inf"),
) -> Metric:
    def measure(draw: Draw, rng: np.random.Generator, protocol: Protocol) -> Value:
        drawn, reference = draw.clips.bodies, draw.reference.clips.bodies
        if drawn is None or reference is None:
            return Undefined("the bodies of the clips were not measured")
        return compare(drawn, reference)

    return Metric(
        name=name,
        group="body",
        family="body",
        summary=summary,
        measure=measure,
        direction=direction,
        floor=floor,
        unit=unit,
        digits=digits,
        bounds=(0.0, most),
        needs="bodies",
    )


def _distance(name: str, compare: Compare, summary: str, unit: str, digits: int = 4) -> Metric:
    """How far clips are from real ones: the reference itself would be no floor."""
    return _body(name, compare, summary, unit, "lower", "other part", digits)


BONE_CHANGE = _body(
    "bone_change",
    bone_change,
    "change of bone lengths within a clip (coefficient of variation), best near real",
    "share of length",
    "real",
    "reference",
)
BONE_LENGTHS = _distance(
    "bone_lengths",
    bone_lengths,
    "distance of bone lengths to real clips of the class, lower is better",
    "share of length",
)
JOINT_POSITIONS = _distance(
    "joint_positions",
    joint_positions,
    "distance of each joint's places in the body to real clips, lower is better",
    "data unit",
)
JOINT_VELOCITIES = _distance(
    "joint_velocities",
    joint_velocities,
    "distance of each joint's speeds to real clips, lower is better",
    "data unit a step",
)
JERK = _distance(
    "jerk",
    jerk,
    "distance of the clips' log mean jerk to real clips, lower is better",
    "log ratio",
    digits=3,
)
JOINT_ANGLES = _body(
    "joint_angles",
    joint_angles,
    "share of joint angles outside the real 1..99 % range, best near real (0.02)",
    "share",
    "real",
    "other part",
    most=1.0,
)
FOOT_SKATE = _body(
    "foot_skate",
    foot_skate,
    "horizontal way of a foot near the floor in 1/23 of a clip, best near real",
    "m a step",
    "real",
    "reference",
)
LEFT_RIGHT_SWAPS = _body(
    "left_right_swaps",
    left_right_swaps,
    "share of steps in which a left and a right joint change places, lower is better",
    "share",
    "lower",
    "reference",
    most=1.0,
)
LEFT_RIGHT_SIDES = _body(
    "left_right_sides",
    left_right_sides,
    "share of clips with left and right exchanged throughout, lower is better",
    "share",
    "lower",
    "other part",
    digits=3,
    most=1.0,
)
