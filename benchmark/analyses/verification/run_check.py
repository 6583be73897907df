"""The files of a run folder against what follows from the store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.analyses.verification.derivation import Derivation, compare_annotations, findings_of
from benchmark.analyses.verification.differences import (
    NOT_THERE,
    Comparison,
    Difference,
    compare_bytes,
    compare_tables,
    compare_values,
)
from benchmark.analyses.verification.finding import MISSING, WRONG, Finding
from benchmark.analyses.verification.record import Record, spec_findings
from benchmark.engine.scheduler import StageResult
from benchmark.engine.store import META
from benchmark.experiment.api import TABLES, status_of
from benchmark.experiment.cost import cost_of
from benchmark.experiment.stages.tables import FACTS

OPTIONAL = (*TABLES, "samples.pkl", "samples.gif")
"""Files of the contract that a run has only where its store has them."""
MADE_ANEW = ("seconds", "peak_memory_mb", "device")
"""What a stage's row says of the making of its artefact."""


@dataclass(frozen=True)
class Checked:
    """What came of one line of the page: a run, the leaderboard or a sweep.

    Attributes:
        name: of the run, or of what was checked.
        artefacts: in the store, that it rests on and that are there.
        derived: artefacts that were derived again.
        compared: cells and values that were compared.
        drift: largest relative difference that was let pass: the machine is another.
    """

    name: str
    findings: tuple[Finding, ...]
    artefacts: int = 0
    derived: int = 0
    compared: int = 0
    drift: float = 0.0


def check_run(record: Record, derivation: Derivation) -> Checked:
    """Compare a run folder with the copies that count; everything must have been derived."""
    keys = derivation.keys_of(record)
    found = list(derivation.findings_of(keys))
    compared = sum(derivation.compared.get(key, 0) for key in keys)
    tables = record.keys.get("tables")
    if tables is not None:
        stored = derivation.artefacts[tables]
        if stored.known:
            found += spec_findings(record, stored.meta["parameters"]["spec"])
        source = derivation.sources.get(tables)
        if source is None:
            text = "its tables cannot be derived again"
            found.append(Finding(MISSING, record.place, text, "the artefact of its tables"))
    else:
        source = None
    made = _files(derivation, record)
    for name, path in made.items():
        here = record.run.path / name
        one = _compare(here, path, derivation, tables)
        compared += one.compared
        severity = WRONG if here.is_file() else MISSING
        found += findings_of(one, severity, f"{record.place}/{name}")
    if source is not None or tables is None:
        for name in OPTIONAL:
            if name not in made and (record.run.path / name).is_file():
                text = "no such file follows from the store"
                found.append(Finding(WRONG, f"{record.place}/{name}", "a file", text))
    told = _told(record, derivation, source)
    compared += told.compared
    found += findings_of(told, WRONG, f"{record.place}/run.json")
    return Checked(
        name=record.run.name,
        findings=tuple(dict.fromkeys(found)),
        artefacts=sum(derivation.artefacts[key].is_there for key in keys),
        derived=len(derivation.derived.intersection(keys)),
        compared=compared,
        drift=max((derivation.drift.get(key, 0.0) for key in keys), default=0.0),
    )


def corrected(record: Record, derivation: Derivation) -> dict[str, Any]:
    """The record as it should be: spec, facts, costs and status as they follow from the store."""
    tables = record.keys.get("tables", "")
    source = derivation.sources.get(tables)
    made = {**record.run.record, **dict(_derived_record(record, derivation, source))}
    if tables and derivation.artefacts[tables].known:
        made["spec"] = derivation.artefacts[tables].meta["parameters"]["spec"]
    return made


def _files(derivation: Derivation, record: Record) -> dict[str, Path]:
    """What the run folder should hold: by name, the copy that counts."""
    made: dict[str, Path] = {}
    for stage in ("tables", "pictures"):
        source = derivation.sources.get(record.keys.get(stage, ""))
        if source is None:
            continue
        paths = (path for path in sorted(source.rglob("*")) if path.is_file())
        made |= {path.relative_to(source).as_posix(): path for path in paths}
    return {name: path for name, path in made.items() if name not in (META, FACTS)}


def _compare(here: Path, should: Path, derivation: Derivation, tables: str | None) -> Comparison:
    if not here.is_file():
        return Comparison((Difference(NOT_THERE, "a file of the run"),))
    if here.suffix == ".csv":
        return compare_tables(here, should)
    if here.suffix == ".pkl" and tables is not None:
        inputs = derivation.artefacts[tables].inputs
        folders = {
            role: derivation.sources[key]
            for role, key in inputs.items()
            if key in derivation.sources
        }
        whole = all(role in folders for role in inputs if role.startswith("sample/"))
        return compare_annotations(here, should, folders) if whole else compare_bytes(here, should)
    return compare_bytes(here, should)


def _told(record: Record, derivation: Derivation, source: Path | None) -> Comparison:
    """What ``run.json`` tells against what it should, where that is known."""
    should = dict(_derived_record(record, derivation, source))
    return compare_values({name: record.run.record.get(name) for name in should}, should)


def _derived_record(
    record: Record, derivation: Derivation, source: Path | None
) -> Iterator[tuple[str, Any]]:
    results = _results(record, derivation)
    yield "status", status_of(tuple(results.values()))
    rows = [{**record.stages[name], **_made(result)} for name, result in results.items()]
    yield "stages", rows
    if source is not None:
        facts: Mapping[str, Any] = json.loads((source / FACTS).read_text(encoding="utf-8"))
        yield from facts.items()
    costly = [key for name, key in record.keys.items() if name.split("/")[0] in ("fit", "sample")]
    beneath = [one for key in costly for one in derivation.artefacts[key].rests_on.values()]
    if all(derivation.artefacts[key].is_there for key in (*costly, *beneath)):
        yield "cost", cost_of(results, derivation.store)


def _results(record: Record, derivation: Derivation) -> dict[str, StageResult]:
    """The stages as they ended; of the making of an artefact the store knows best."""
    results = {}
    for name, row in record.stages.items():
        key = record.keys.get(name, "")
        known = derivation.artefacts[key].meta if key in derivation.artefacts else {}
        told = known or row
        results[name] = StageResult(
            stage=name,
            status=str(row.get("status")),
            seconds=told.get("seconds"),
            peak_memory_mb=told.get("peak_memory_mb"),
            device=told.get("device"),
            key=str(row.get("key", "")),
        )
    return results


def _made(result: StageResult) -> dict[str, Any]:
    return {column: getattr(result, column) for column in MADE_ANEW}
