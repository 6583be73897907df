"""Parameters of the classical augmentations, typed and checked. Imports no torch."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, field_validator

from generators.profiles import Parameters, Profiles

Operation = Literal[
    "interpolation",
    "mixing",
    "body_swap",
    "temporal_warp",
    "temporal_crop",
    "mirror",
    "rotation",
    "scaling",
    "shear",
    "joint_noise",
]

OPERATIONS: dict[Operation, str] = {
    "interpolation": "a clip between two training clips of its class",
    "mixing": "the upper body of one training clip on the legs of another of its class",
    "body_swap": "the motion of a training clip on the body of another training person",
    "temporal_warp": "a training clip whose pace rises and falls",
    "temporal_crop": "a training clip without some of its beginning and end",
    "mirror": "a training clip with left and right swapped",
    "rotation": "a training clip turned about the vertical and tilted",
    "scaling": "a training clip of another size and other proportions",
    "shear": "a sheared training clip",
    "joint_noise": "a training clip with noise on each joint",
}
"""Each operation and what it makes, in an order that suits their composition: two clips are brought
together while they are whole, then a body is exchanged, time comes before space, and noise, which
nothing should smooth, is last."""

LABEL_SAFE: tuple[Operation, ...] = (
    "temporal_warp",
    "temporal_crop",
    "mirror",
    "rotation",
    "scaling",
    "joint_noise",
)
"""What ``classical`` composes. On kinematic12 the bundled extractor gave at least 99.9 % of their
clips the asked class, one by one and composed; after shear 92 %, interpolation 96 %, mixing 97 %
(pools of 600 from ``full``, defaults below). It had been trained with most of these six, and its
verdict is the kinder for it."""


class ClassicalParameters(Parameters):
    """Operations and how strong each is. Every draw is one a clip and uniform unless it says else.

    Lengths are in the data's unit and angles in radians. ``scale`` stays far below CTR-GCN's 0.5 on
    NW-UCLA, which then stretches each clip to one size; clips here keep theirs. ``crop`` is below
    CTR-GCN's 0.5 on NTU RGB+D, since a longer cut took some clips' class away, and PYSKL's noise,
    0.01 of the body's extent in a random direction, is 0.01 m a coordinate on a body of 2 m.
    """

    operations: tuple[Operation, ...] = Field(
        LABEL_SAFE, min_length=1, description="applied in this order, each to every clip"
    )
    interpolation: float = Field(
        0.5, ge=0, le=1, description="largest weight of the other clip; 0.5 as SMOTE, by symmetry"
    )
    warp: float = Field(
        0.2, ge=0, description="standard deviation of the logarithm of the pace (Um et al. 2017)"
    )
    warp_knots: int = Field(
        4, ge=1, description="moments inside the clip at which its pace is drawn (Um et al. 2017)"
    )
    crop: float = Field(
        0.3, ge=0, lt=1, description="largest part of the frames cut off, from both ends together"
    )
    mirror: float = Field(0.5, ge=0, le=1, description="part of the clips that is mirrored")
    yaw: float = Field(
        math.pi / 3, ge=0, description="largest turn about the vertical axis (CTR-GCN on NW-UCLA)"
    )
    tilt: float = Field(
        0.3, ge=0, description="largest turn about the body's left-right axis (PYSKL RandomRot)"
    )
    scale: float = Field(
        0.1, ge=0, lt=1, description="largest relative change of size: two deviations of stature"
    )
    scale_axes: float = Field(
        0.2, ge=0, lt=1, description="the same on each axis of its own (PYSKL RandomScale)"
    )
    shear: float = Field(
        0.5, ge=0, description="largest of the six shear factors (Li et al. 2021, CrosSCLR)"
    )
    joint_noise: float = Field(
        0.01, ge=0, description="standard deviation of each coordinate (PYSKL RandomGaussianNoise)"
    )

    @field_validator("operations")
    @classmethod
    def _each_once(cls, operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
        twice = [name for name in operations if operations.count(name) > 1]
        if twice:
            raise ValueError(f"'{twice[0]}' is named twice, an operation is applied once")
        return operations


def _only(operation: Operation, **strength: float) -> Profiles:
    """Profiles of one operation alone; there is nothing to train, so all profiles are equal."""
    values = {"operations": (operation,), **strength}
    return Profiles(ClassicalParameters, quick=values, paper=values, smoke=values)


CLASSICAL_PROFILES = Profiles(ClassicalParameters)
INTERPOLATION_PROFILES = _only("interpolation")
MIXING_PROFILES = _only("mixing")
BODY_SWAP_PROFILES = _only("body_swap")
TEMPORAL_WARP_PROFILES = _only("temporal_warp")
TEMPORAL_CROP_PROFILES = _only("temporal_crop")
# Every clip is mirrored: the others would be training clips as they are.
MIRROR_PROFILES = _only("mirror", mirror=1.0)
ROTATION_PROFILES = _only("rotation")
SCALING_PROFILES = _only("scaling")
SHEAR_PROFILES = _only("shear")
JOINT_NOISE_PROFILES = _only("joint_noise")
