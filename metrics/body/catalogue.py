"""The body metrics by name: what tables and a registry need to know of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from metrics.body.angles import joint_angles
from metrics.body.bones import bone_change, bone_lengths
from metrics.body.feet import foot_skate
from metrics.body.jerk import jerk
from metrics.body.joints import joint_positions, joint_velocities
from metrics.body.measures import BodyMeasures
from metrics.body.sides import left_right_sides, left_right_swaps
from metrics.value import Value


@dataclass(frozen=True)
class BodyMetric:
    """One number about bodies, from the drawn clips and the real ones.

    Attributes:
        measure: from the measures of the drawn clips and of the reference.
        direction: ``lower`` is better, or nearest to the ``real`` floor.
        floor: the real clips that a floor is drawn from: the ``other part`` where the metric
            learns from the reference, so that the reference itself would be no floor, or the
            ``reference`` where it looks at the drawn clips alone.
        digits: decimals to print.
        bounds: smallest and largest value possible.
    """

    name: str
    summary: str
    measure: Callable[[BodyMeasures, BodyMeasures], Value]
    unit: str
    digits: int
    direction: Literal["lower", "real"]
    floor: Literal["other part", "reference"]
    bounds: tuple[float, float] = (0.0, float("inf"))


BODY_METRICS = (
    BodyMetric(
        name="bone_change",
        summary="change of bone lengths within a clip (coefficient of variation), best near real",
        measure=bone_change,
        unit="share of length",
        digits=4,
        direction="real",
        floor="reference",
    ),
    BodyMetric(
        name="bone_lengths",
        summary="distance of bone lengths to real clips of the class, lower is better",
        measure=bone_lengths,
        unit="share of length",
        digits=4,
        direction="lower",
        floor="other part",
    ),
    BodyMetric(
        name="joint_positions",
        summary="distance of each joint's places in the body to real clips, lower is better",
        measure=joint_positions,
        unit="data unit",
        digits=4,
        direction="lower",
        floor="other part",
    ),
    BodyMetric(
        name="joint_velocities",
        summary="distance of each joint's speeds to real clips, lower is better",
        measure=joint_velocities,
        unit="data unit a step",
        digits=4,
        direction="lower",
        floor="other part",
    ),
    BodyMetric(
        name="jerk",
        summary="distance of the clips' log mean jerk to real clips, lower is better",
        measure=jerk,
        unit="log ratio",
        digits=3,
        direction="lower",
        floor="other part",
    ),
    BodyMetric(
        name="joint_angles",
        summary="share of joint angles outside the real 1..99 % range, best near real (0.02)",
        measure=joint_angles,
        unit="share",
        digits=4,
        direction="real",
        floor="other part",
        bounds=(0.0, 1.0),
    ),
    BodyMetric(
        name="foot_skate",
        summary="horizontal way of a foot near the floor in 1/23 of a clip, best near real",
        measure=foot_skate,
        unit="m a step",
        digits=4,
        direction="real",
        floor="reference",
    ),
    BodyMetric(
        name="left_right_swaps",
        summary="share of steps in which a left and a right joint change places, lower is better",
        measure=left_right_swaps,
        unit="share",
        digits=4,
        direction="lower",
        floor="reference",
        bounds=(0.0, 1.0),
    ),
    BodyMetric(
        name="left_right_sides",
        summary="share of clips with left and right exchanged throughout, lower is better",
        measure=left_right_sides,
        unit="share",
        digits=3,
        direction="lower",
        floor="other part",
        bounds=(0.0, 1.0),
    ),
)
"""All of them, in the order of tables."""
