"""Several runs as one plan: what they have in common is made once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from benchmark.engine.graph import Plan, Stage


def merged_plan(plans: Mapping[str, Plan]) -> tuple[Plan, dict[str, dict[str, str]]]:
    """One plan with the stages of all; stages with the same key are one stage.

    Args:
        plans: of one run each, by the run's label.

    Returns:
        The plan, and for each label the names there of its run's stages, by their own names. A
        stage of all runs keeps its name; of the others, ``<label>/<name>`` of the first run that
        has it.
    """
    owners: dict[tuple[str, str], dict[str, None]] = {}
    for label, plan in plans.items():
        for stage in plan.stages:
            owners.setdefault(_identity(stage, plan), {})[label] = None
    names: dict[str, dict[str, str]] = {}
    stages: dict[str, Stage] = {}
    for label, plan in plans.items():
        own = names[label] = {}
        for stage in plan.stages:
            having = list(owners[_identity(stage, plan)])
            shared = len(having) == len(plans)
            own[stage.name] = stage.name if shared else f"{having[0]}/{stage.name}"
            if having[0] == label:
                stages[own[stage.name]] = _renamed(stage, own)
    keys = {own[name]: plans[label].keys[name] for label, own in names.items() for name in own}
    wanted = dict.fromkeys(
        names[label][name] for label, plan in plans.items() for name in plan.wanted
    )
    return Plan(tuple(stages.values()), keys, tuple(wanted)), names


def _identity(stage: Stage, plan: Plan) -> tuple[str, str]:
    return stage.kind, plan.keys[stage.name]


def _renamed(stage: Stage, names: Mapping[str, str]) -> Stage:
    return replace(
        stage,
        name=names[stage.name],
        inputs={role: names[name] for role, name in stage.inputs.items()},
        required=stage.required and tuple(names[name] for name in stage.required),
        name_in_run=stage.name,
    )
