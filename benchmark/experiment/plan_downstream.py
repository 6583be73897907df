"""The downstream half of a plan: which recognizer is trained on which arm, and from what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmark.arms import Arm
from benchmark.engine.graph import Stage
from benchmark.experiment.base_novel import base_novel_recipe
from benchmark.experiment.kinds import stage_of
from benchmark.experiment.plan_online import ONLINE, can_draw, check_can_draw, drawing_online
from benchmark.experiment.plan_soft_labels import check_real_clips, with_soft_labels
from benchmark.experiment.seeds import stage_seed
from benchmark.setting import BASE_NOVEL
from benchmark.spec import RunSpec


def downstream_cells(spec: RunSpec, arms: Sequence[Arm]) -> list[dict[str, Any]]:
    """Each row of ``downstream.csv``, and the stage that it comes from."""
    return [
        {"recognizer": name, "arm": arm.name, "seed": seed, "stage": _cell_stage(name, arm, seed)}
        for name in spec.recognizers
        for arm in arms
        for seed in range(spec.seeds)
    ]


def _cell_stage(recognizer: str, arm: Arm, seed: int) -> str:
    return f"downstream/{recognizer}/{arm.name}/{seed}"


def downstream_stages(
    spec: RunSpec,
    cells: Sequence[Mapping[str, Any]],
    samples: tuple[str, ...],
    augmented: tuple[str, ...],
) -> list[Stage]:
    """One training a stream, arm and seed, whoever asks for it; their sums; the weights that they
    start from, and the labels that they give to clips without one.

    Args:
        samples: names of the stages with the synthetic clips that are trained on.
        augmented: of those with the clips of the arm ``classical``.
    """
    from recognizers.registry import parts_of

    made: dict[str, Stage] = {}
    for cell in cells:
        arm, seed = Arm.parse(cell["arm"]), cell["seed"]
        parts = {name: _cell_stage(name, arm, seed) for name in parts_of(cell["recognizer"])}
        for name, stage in parts.items():
            if stage not in made:
                shards = samples if arm.uses_samples else ()
                shards = augmented if arm.kind == "classical" else shards
                training = _training_stage(spec, stage, name, arm, seed, shards)
                if ONLINE in training.parameters["recipe"]:
                    training = drawing_online(training, arm, spec)
                made[stage] = training
                if "synthetic_labels" in made[stage].parameters["recipe"]:
                    real = _training_stage(spec, "", name, Arm("real"), seed, ())
                    made.update(with_soft_labels(made.pop(stage), real, seed))
                if arm.uses_pseudo_labels:
                    labels = _pseudo_stage(spec, name, seed)
                    made[labels.name] = labels
        if cell["stage"] not in made:
            told: dict[str, Any] = {"weights": parts_of(cell["recognizer"]), "part": spec.part}
            if spec.setting == BASE_NOVEL:
                told |= {"split": spec.seen_split, "data_seed": spec.data_seed}
            made[cell["stage"]] = stage_of(cell["stage"], "fuse", told, {"data": "data", **parts})
    return [*_given_weights(spec), *made.values()]


def _training_stage(
    spec: RunSpec, stage: str, recognizer: str, arm: Arm, seed: int, shards: tuple[str, ...]
) -> Stage:
    inputs = _inputs(spec, recognizer)
    if arm.uses_pseudo_labels:
        inputs["pseudo_labels"] = _pseudo_name(recognizer, seed)
    return stage_of(
        stage,
        "downstream",
        _training_parameters(spec, recognizer, arm, seed),
        inputs,
        series={"shards": shards} if shards else {},
    )


def _pseudo_name(recognizer: str, seed: int) -> str:
    return f"pseudo_labels/{recognizer}/{seed}"


def _pseudo_stage(spec: RunSpec, recognizer: str, seed: int) -> Stage:
    """The training of the arm ``real``, for what it says of the clips that the split leaves out."""
    parameters = _training_parameters(spec, recognizer, Arm("real"), seed)
    parameters.pop("part")  # nothing here hangs on held-out clips
    name = _pseudo_name(recognizer, seed)
    return stage_of(name, "pseudo_labels", parameters, _inputs(spec, recognizer))


def _inputs(spec: RunSpec, recognizer: str) -> dict[str, str]:
    given = {"weights": f"weights/{recognizer}"} if recognizer in spec.weights else {}
    return {"data": "data", **given}


def _training_parameters(spec: RunSpec, recognizer: str, arm: Arm, seed: int) -> dict[str, Any]:
    from recognizers.registry import identity, recipe_for

    recipe = recipe_for(recognizer, spec.profile, spec.recipe_changes)
    check_real_clips(recipe.synthetic_labels, spec.parsed_arms)
    check_can_draw(recipe.synthetic_online, spec)
    if spec.setting == BASE_NOVEL:
        recipe = base_novel_recipe(recipe, arm)
    elif not arm.mixed:  # how added clips are used changes nothing, so no key shall hang on it
        online = recipe.synthetic_online if can_draw(arm) else 0
        recipe = replace(recipe.without_added_clips(), synthetic_online=online)
    return {
        "recognizer": recognizer,
        "recipe": recipe.state(),
        "arm": arm.name,
        "split": spec.seen_split,
        "data_seed": spec.data_seed,
        "part": spec.part,
        # the same seed in every arm: their difference is paired
        "seed": stage_seed(spec, "downstream", recognizer, seed),
        **_arm_parameters(spec, arm),
        **identity(recognizer),
    }


def _given_weights(spec: RunSpec) -> list[Stage]:
    """The files that trainings start from, each kept in the store."""
    from benchmark.experiment.stages.weights import given_weights

    return [
        stage_of(f"weights/{recognizer}", "weights", given_weights(path), {})
        for recognizer, path in spec.weights.items()
    ]


def _arm_parameters(spec: RunSpec, arm: Arm) -> dict[str, Any]:
    """How many samples the run has, for arms whose size hangs on it, and how many clips beside the
    real ones the training steps are counted for."""
    whole = arm.kind == "real" or arm.uses_pseudo_labels
    unsized = whole or (arm.uses_held_back and arm.dose is not None)
    size = {} if unsized else {"samples": spec.samples}
    return size | ({"budget": spec.samples} if spec.step_budget == "augmented" else {})
