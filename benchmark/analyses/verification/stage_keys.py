"""The keys of a run against those that today's plan of the same spec gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.analyses.verification.artefacts import Artefact
from benchmark.analyses.verification.finding import CHANGED_CODE, WRONG, Finding
from benchmark.analyses.verification.record import Record
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.keys import canonical_json
from benchmark.engine.outcomes import OK
from benchmark.engine.store import META, Store
from benchmark.experiment.kinds import stage_of
from skeletons.errors import InputError

OTHER_INPUTS = "made from other inputs"


def code_today(kind: str, parameters: Mapping[str, Any]) -> str:
    """Today's code version of a stage; ``""`` where what it ran is gone."""
    try:
        return stage_of("", kind, parameters).code
    except (ImportError, TypeError, ValueError, KeyError, InputError):
        return ""


def key_findings(
    record: Record, today: Plan, artefacts: Mapping[str, Artefact], store: Store
) -> list[Finding]:
    """What today's plan says otherwise than the run: per kind of stage, not per stage.

    Each stage is planned on the recorded contents of its inputs, so that what changed is named
    where it changed and not in all that rests on it. A key that no artefact has, where the store
    has the one that the plan gives, is wrong; so is an artefact that was made from other inputs
    than those that the run records. Other code, libraries, parameters or stages are changed code.
    """
    where, keys = f"{record.place}/run.json", record.keys
    found: list[Finding] = []
    changed: dict[tuple[str, str], list[str]] = {}
    contents = {
        stage.name: artefacts[key].content or store.content(stage.kind, key) or ""
        for stage in today
        if (key := keys.get(stage.name)) is not None
    }
    for stage in today:
        key = keys.get(stage.name)
        if stage.name not in record.stages:
            changed.setdefault(("made by a plan without", stage.kind), []).append(stage.name)
        if key is None:
            continue
        failed = _failed(record, stage)
        expected = stage.key(contents, failed)
        if expected == key:
            continue
        artefact = artefacts[key]
        if artefact.is_there:
            found += _other_inputs(record, stage, artefact, contents)
            for reason in _reasons(stage, stage.told(failed), artefact, contents):
                changed.setdefault((reason, stage.kind), []).append(stage.name)
        elif (store.folder(stage.kind, expected) / META).exists():
            column = f"stages, key of {stage.name}"
            found.append(Finding(WRONG, where, key, expected, column=column))
    for (reason, _), names in changed.items():
        text = f"{reason}: {', '.join(names)}"
        found.append(Finding(CHANGED_CODE, where, text, "other keys", column="stages"))
    return found


def _failed(record: Record, stage: Stage) -> list[dict[str, Any]]:
    """What a partial stage was told of the inputs that are not there."""
    columns = ("stage", "status", "phase", "reason")
    rows = (record.stages[name] for name in stage.needs if name in record.stages)
    return [
        {column: row.get(column) for column in columns} for row in rows if row.get("status") != OK
    ]


def _named(stage: Stage, role: str) -> tuple[str, ...]:
    """Names of the stages of an input."""
    return stage.series.get(role) or ((stage.inputs[role],) if role in stage.inputs else ())


def _other_inputs(
    record: Record, stage: Stage, artefact: Artefact, contents: Mapping[str, str]
) -> Iterator[Finding]:
    """Inputs whose recorded key is not that of what the artefact was made from."""
    for role, pairs in artefact.inputs.items():
        for name, (key, content) in zip(_named(stage, role), pairs, strict=False):
            recorded = record.keys.get(name, key)
            if recorded != key and contents[name] != content:
                column = f"stages, key of {name}"
                text = f"{key}, which {stage.name} was made from"
                yield Finding(WRONG, f"{record.place}/run.json", recorded, text, column=column)


def _reasons(
    stage: Stage, parameters: Mapping[str, Any], artefact: Artefact, contents: Mapping[str, str]
) -> Iterator[str]:
    """In which respects a stage of today is another than the one that made the artefact."""
    if artefact.meta.get("code") != stage.code:
        yield "made by other code or libraries"
    stored = artefact.meta.get("parameters", {})
    names = [
        name
        for name in sorted({*stored, *parameters})
        if name not in stored
        or name not in parameters
        or canonical_json(stored[name]) != canonical_json(parameters[name])
    ]
    if names:
        yield f"made with another {', '.join(names)}"
    planned = {
        role
        for role in (*stage.inputs, *stage.series)
        if not stage.partial or all(name in contents for name in _named(stage, role))
    }
    if planned != artefact.inputs.keys():
        yield OTHER_INPUTS
