"""Soft labels in a plan: what trains the recognizer of the real clips, and has it label others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmark.arms import Arm
from benchmark.engine.graph import Stage
from benchmark.experiment.kinds import stage_of
from skeletons.errors import InputError

ASKED = "asked"
"""What ``Recipe.synthetic_labels`` is where added clips have their class alone."""


def check_real_clips(recipe: str, arms: Sequence[Arm]) -> None:
    """Raise :class:`InputError` where soft labels are asked for and an arm has no real clips that a
    recognizer could learn them from, or has labels of such a recognizer already."""
    pseudo = [arm.name for arm in arms if arm.uses_pseudo_labels]
    if recipe != ASKED and pseudo:
        raise InputError(
            f"recipe: synthetic_labels = {recipe}: the added clips of arm '{pseudo[0]}' have what "
            "that recognizer says already: leave the arm out"
        )
    without = [arm.name for arm in arms if arm.kind == "synthetic"]
    if recipe != ASKED and without:
        raise InputError(
            f"recipe: synthetic_labels = {recipe}: arm '{without[0]}' has no real clips, which "
            "that recognizer is trained on: leave the arm out"
        )


def with_soft_labels(training: Stage, real: Stage, seed: int) -> dict[str, Stage]:
    """A training whose added clips have soft labels, after the stages that make them.

    The recognizer that labels is the one of the arm ``real``, trained once more and kept, so that
    the arm's own artefact is the same with soft labels and without.

    Args:
        training: of an arm with added clips.
        real: of the arm ``real``, with the same recognizer and seed.
        seed: its number.
    """
    recognizer, arm = training.parameters["recognizer"], training.parameters["arm"]
    told = {key: value for key, value in real.parameters.items() if key != "part"}
    teacher = stage_of(f"teacher/{recognizer}/{seed}", "teacher", told, real.inputs)
    asked = {**training.parameters, "recipe": real.parameters["recipe"]}
    labels = stage_of(
        f"labels/{recognizer}/{arm}/{seed}",
        "soft_labels",
        {key: value for key, value in asked.items() if key not in ("part", "seed")},
        {"data": "data", "teacher": teacher.name},
        series=training.series,
    )
    taught = replace(training, inputs={**training.inputs, "labels": labels.name})
    return {stage.name: stage for stage in (teacher, labels, taught)}
