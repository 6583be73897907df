"""The keys of a run against those that today's plan of the same spec gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmark.analyses.verification.artefacts import Artefact
from benchmark.analyses.verification.finding import CHANGED_CODE, MISSING, WRONG, Finding
from benchmark.analyses.verification.record import Record
from benchmark.engine.executors import OK
from benchmark.engine.graph import Stage, stage_key, stage_parameters
from benchmark.engine.store import META, Store, canonical_json
from benchmark.experiment.plan import plan
from skeletons.errors import InputError

OTHER_INPUTS = "made from other inputs"


def key_findings(
    record: Record, artefacts: Mapping[str, Artefact], store: Store, data_root: Path | None
) -> list[Finding]:
    """What today's plan says otherwise than the run: per kind of stage, not per stage.

    Each stage is planned on the recorded keys of its inputs, so that what changed is named where it
    changed and not in all that rests on it. A key that no artefact has, where the store has the one
    that the plan gives, is wrong; so is an artefact that was made from other inputs than those
    that the run records. Other code, libraries, parameters or stages are changed code.
    """
    where = f"{record.place}/run.json"
    try:
        today = plan(record.spec, data_root)
    except InputError as error:
        text = f"today's plan cannot be made: {error}"
        return [Finding(MISSING, where, "keys of stages", text, column="stages")]
    keys, found = record.keys, []
    changed: dict[tuple[str, str], list[str]] = {}
    for stage in today.stages:
        row = record.stages.get(stage.name)
        if row is None:
            changed.setdefault(("made by a plan without", stage.kind), []).append(stage.name)
        if row is None or stage.name not in keys:
            continue
        if not set(stage.inputs.values()) <= record.stages.keys():
            changed.setdefault((OTHER_INPUTS, stage.kind), []).append(stage.name)
            continue
        failed = _failed(record, stage)
        available = [name for name in stage.inputs.values() if name in keys]
        expected = stage_key(stage, keys, available if stage.partial else None, failed)
        if expected == keys[stage.name]:
            continue
        artefact = artefacts[keys[stage.name]]
        if not artefact.is_there:
            if (store.folder(stage.kind, expected) / META).exists():
                column = f"stages, key of {stage.name}"
                found.append(Finding(WRONG, where, keys[stage.name], expected, column=column))
            continue
        found += _other_inputs(record, stage, artefact)
        parameters = stage_parameters(stage, failed)
        for reason in _reasons(stage, parameters, artefact):
            changed.setdefault((reason, stage.kind), []).append(stage.name)
    for (reason, _), names in changed.items():
        text = f"{reason}: {', '.join(names)}"
        found.append(Finding(CHANGED_CODE, where, text, "other keys", column="stages"))
    return found


def _failed(record: Record, stage: Stage) -> list[dict[str, Any]]:
    """What a partial stage was told of the inputs that are not there."""
    columns = ("stage", "status", "phase", "reason")
    rows = (record.stages[name] for name in stage.inputs.values())
    return [
        {column: row.get(column) for column in columns} for row in rows if row.get("status") != OK
    ]


def _other_inputs(record: Record, stage: Stage, artefact: Artefact) -> Iterator[Finding]:
    for role, key in artefact.inputs.items():
        recorded = record.keys.get(stage.inputs.get(role, ""))
        if recorded is not None and recorded != key:
            column = f"stages, key of {stage.inputs[role]}"
            text = f"{key}, which {stage.name} was made from"
            yield Finding(WRONG, f"{record.place}/run.json", recorded, text, column=column)


def _reasons(stage: Stage, parameters: Mapping[str, Any], artefact: Artefact) -> Iterator[str]:
    """In which respects a stage of today is another than the one that made the artefact."""
    if artefact.meta.get("code") != stage.code:
        yield "made by other code or libraries"
    stored: Mapping[str, Any] = artefact.meta.get("parameters", {})
    names = [
        name
        for name in sorted({*stored, *parameters})
        if name not in stored
        or name not in parameters
        or canonical_json(stored[name]) != canonical_json(parameters[name])
    ]
    if names:
        yield f"made with another {', '.join(names)}"
    if set(artefact.inputs) - set(stage.inputs) or (
        not stage.partial and set(stage.inputs) - set(artefact.inputs)
    ):
        yield OTHER_INPUTS
