"""The files of a run folder against what follows from the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmark.analyses.verification.differences import compare_values
from benchmark.analyses.verification.file_comparison import compare_files
from benchmark.analyses.verification.finding import MISSING, WRONG, Finding
from benchmark.analyses.verification.record import Record
from benchmark.analyses.verification.rederivation import Rederivation, findings_of
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.outcomes import OK
from benchmark.engine.scheduler import StageResult
from benchmark.experiment.run_outputs import TABLES, output_files, run_record, status_of
from benchmark.spec import RunSpec
from skeletons.errors import InputError

OPTIONAL = (*TABLES, "samples.pkl", "samples.gif")
"""Files of the contract that a run has only where its store has them."""
MADE_ANEW = ("seconds", "peak_memory_mb", "device")
"""What a stage's row says of the making of its artefact."""
COSTLY = ("fit", "sample")


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


def check_run(record: Record, today: Plan | None, again: Rederivation) -> Checked:
    """Compare a run folder with the copies that count; everything must have been derived.

    Args:
        today: today's plan of the run, if there can be one.
    """
    judged = again.of_run(record)
    found = [finding for one in judged.values() for finding in one.findings]
    compared = sum(one.compared for one in judged.values())
    tables = record.keys.get("tables", "")
    results = _results(record, again)
    if tables and results["tables"].status != OK:
        text = "its tables cannot be derived again"
        found.append(Finding(MISSING, record.place, text, "the artefact of its tables"))
    made = output_files(results, again.scratch)
    for name, path in made.items():
        here = record.run.path / name
        one = compare_files(here, path, "a file of the run", clips=lambda: again.pool(tables))
        compared += one.compared
        severity = WRONG if here.is_file() else MISSING
        found += findings_of(one, severity, f"{record.place}/{name}")
    if not tables or results["tables"].status == OK:
        for name in OPTIONAL:
            if name not in made and (record.run.path / name).is_file():
                text = "no such file follows from the store"
                found.append(Finding(WRONG, f"{record.place}/{name}", "a file", text))
    should, says = told_again(record, today, again), record.run.record
    told = {name: says.get(name) for name in should}
    told["spec"] = {**record.spec.values(), "hash8": record.run.spec.get("hash8")}
    difference = compare_values(told, should)
    found += findings_of(difference, WRONG, f"{record.place}/run.json")
    return Checked(
        name=record.run.name,
        findings=tuple(dict.fromkeys(found)),
        artefacts=sum(again.artefacts[key].is_there for key in judged),
        derived=sum(one.derived for one in judged.values()),
        compared=compared + difference.compared,
        drift=max((one.drift for one in judged.values()), default=0.0),
    )


def told_again(record: Record, today: Plan | None, again: Rederivation) -> dict[str, Any]:
    """What ``run.json`` should say, as far as that follows from the store."""
    shards = today["tables"].series["shards"] if today else ()
    planned = today is not None and record.stages.keys() >= {*shards}
    pool = Stage("tables", "tables", "", {}, series={"shards": shards if planned else ()})
    results = _results(record, again)
    told = run_record(_spec(record, again), Plan((pool,), ()), results, again.scratch)
    told["status"] = status_of(
        StageResult(name, str(row.get("status"))) for name, row in record.stages.items()
    )
    made = {name: again.artefacts[key].meta for name, key in record.keys.items()}
    told["stages"] = [
        {**row, **{column: made[name].get(column) for column in MADE_ANEW if made.get(name)}}
        for name, row in record.stages.items()
    ]
    if "lineage" in told:
        told["lineage"]["artefacts"] = record.keys
    costly = [one for key in record.keys.values() if (one := again.artefacts[key]).kind in COSTLY]
    beneath = [again.artefacts[key] for one in costly for key in one.parts.values()]
    whole = all(one.usable for one in (*costly, *beneath))
    if not whole or not planned:
        del told["cost"]
    if not whole and "generator" in told.get("lineage", ()):
        del told["lineage"]["generator"]["parts"]
    return told


def _spec(record: Record, again: Rederivation) -> RunSpec:
    """The spec that the tables were made for; that of the record where this cannot be told."""
    artefact = again.artefacts.get(record.keys.get("tables", ""))
    try:
        return (
            RunSpec.parse(artefact.meta["parameters"]["spec"])
            if artefact and artefact.known
            else record.spec
        )
    except InputError:
        return record.spec


def _results(record: Record, again: Rederivation) -> dict[str, StageResult]:
    """The stages as they ended, with the keys in the scratch store of the copies that count."""
    absent = {name: StageResult(name, "absent") for name in ("tables", "pictures")}
    return absent | {
        name: again.result(record.keys[name]) or absent.get(name, StageResult(name, "absent"))
        if name in record.keys
        else StageResult(name, str(row.get("status")))
        for name, row in record.stages.items()
    }
