"""The downstream half of a plan: which recognizer is trained on which arm, and from what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.arms import Arm
from benchmark.engine.graph import Stage
from benchmark.experiment.stage_making import stage_of, stage_seed, training_code
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
    trained_on: Sequence[str],
    augmented: Sequence[Stage],
) -> list[Stage]:
    """One training a stream, arm and seed, whoever asks for it; their sums; the weights that they
    start from."""
    from recognizers.registry import parts_of

    made: dict[str, Stage] = {}
    for cell in cells:
        arm, seed = Arm.parse(cell["arm"]), cell["seed"]
        parts = {name: _cell_stage(name, arm, seed) for name in parts_of(cell["recognizer"])}
        for name, stage in parts.items():
            if stage not in made:
                inputs = {"data": "data", **_arm_inputs(arm, trained_on, augmented)}
                made[stage] = _training_stage(spec, stage, name, arm, seed, inputs)
        if cell["stage"] not in made:
            told = {"weights": parts_of(cell["recognizer"])}
            made[cell["stage"]] = stage_of(cell["stage"], "fuse", told, {"data": "data", **parts})
    return [*_given_weights(spec), *made.values()]


def _training_stage(
    spec: RunSpec, stage: str, recognizer: str, arm: Arm, seed: int, inputs: Mapping[str, str]
) -> Stage:
    from recognizers.registry import identity

    parameters = {
        "recognizer": recognizer,
        "profile": spec.profile,
        "arm": arm.name,
        "split": spec.split,
        "data_seed": spec.data_seed,
        # the same seed in every arm: their difference is paired
        "seed": stage_seed(spec, "downstream", recognizer, seed),
        **_arm_parameters(spec, arm),
        **({"recipe": spec.recipe} if spec.recipe else {}),
        **identity(recognizer),
    }
    if recognizer in spec.weights:
        inputs = {**inputs, "weights": f"weights/{recognizer}"}
    return stage_of(stage, "downstream", parameters, inputs, training_code(recognizer))


def _given_weights(spec: RunSpec) -> list[Stage]:
    """The files that trainings start from, each kept in the store."""
    from benchmark.experiment.stages.downstream import given_weights

    return [
        stage_of(f"weights/{recognizer}", "weights", given_weights(path), {})
        for recognizer, path in spec.weights.items()
    ]


def _arm_parameters(spec: RunSpec, arm: Arm) -> dict[str, Any]:
    """How many samples the run has, for arms whose size hangs on it, and how many clips beside the
    real ones the training steps are counted for."""
    unsized = arm.kind == "real" or (arm.kind == "oracle" and arm.dose is not None)
    size = {} if unsized else {"samples": spec.samples}
    return size | ({"budget": spec.samples} if spec.step_budget == "augmented" else {})


def _arm_inputs(arm: Arm, trained_on: Sequence[str], augmented: Sequence[Stage]) -> dict[str, str]:
    if arm.uses_samples:
        return {name: name for name in trained_on}
    if arm.kind == "classical":
        return {stage.name.removeprefix("classical/"): stage.name for stage in augmented[1:]}
    return {}
