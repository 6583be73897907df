"""Trainings in a plan whose added clips a generator draws while they go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.arms import Arm
from benchmark.engine.graph import Stage
from benchmark.experiment.kinds import stage_of
from benchmark.spec import RunSpec
from benchmark.spec_checks import NONE
from skeletons.errors import InputError

ONLINE = "synthetic_online"
"""The entry of a recipe, which is there where clips are drawn in a training."""


def can_draw(arm: Arm) -> bool:
    """Whether a generator made clips of an arm, and so can make others."""
    return arm.uses_samples or arm.kind == "classical"


def check_can_draw(every: int, spec: RunSpec) -> None:
    """Raise :class:`InputError` where added clips are to be drawn in a training, and an arm has
    none that a generator makes, or what makes them is more than a generator.

    Args:
        every: steps between two draws; 0 is off.
    """
    asked = f"recipe: {ONLINE} = {every}"
    if not every:
        return
    if spec.made_elsewhere:
        raise InputError(
            f"{asked}: '{spec.generator}' is there as samples alone, none can be drawn anew: leave "
            "it out"
        )
    if spec.select != NONE:
        raise InputError(
            f"{asked}: clips that are drawn in a training pass no selection: leave it or select "
            f"{spec.select} out"
        )
    for arm in spec.parsed_arms:
        if arm.mixed and not can_draw(arm):
            raise InputError(
                f"{asked}: the added clips of arm '{arm.name}' are real, none can be drawn anew: "
                "leave the arm out"
            )


def drawing_online(training: Stage, arm: Arm, spec: RunSpec) -> Stage:
    """A training whose added clips are drawn anew, by the generator whose samples the arm has.

    Args:
        training: as it is with the samples alone, which tell the labels of what is drawn.
    """
    classical = arm.kind == "classical"
    told: Mapping[str, Any] = {"drawn_by": "classical" if classical else spec.generator}
    if not classical and spec.generator_data != "split":
        told = {**told, "sees": spec.generator_data}
    return stage_of(
        training.name,
        "downstream_online",
        {**training.parameters, **told},
        {**training.inputs, "fit": "classical/fit" if classical else "fit"},
        series=training.series,
    )
