"""A run folder against the one that the copies that count give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from benchmark.analyses.verification.artefacts import files_of
from benchmark.analyses.verification.differences import compare_folders, compare_values, leaves
from benchmark.analyses.verification.finding import MISSING, WRONG, Checked, Finding
from benchmark.analyses.verification.record import Record
from benchmark.analyses.verification.rederivation import Rederivation
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.scheduler import StageResult
from benchmark.experiment.cost import sampling_stages
from benchmark.experiment.run_outputs import write_run_folder
from benchmark.records.fingerprint import CLIPS, PAGE, RECORD, TABLES, folder_fingerprint
from benchmark.spec import RunSpec
from skeletons.errors import InputError

OPTIONAL = (*TABLES, CLIPS, "samples.pkl", "samples.gif")
"""Files of the contract that a run has only where its store has them."""
MADE_ANEW = ("seconds", "peak_memory_mb", "device")
"""What a stage's row says of the making of its artefact; of that the store knows best."""


def check_run(
    record: Record, today: Plan | None, again: Rederivation, truth: Path
) -> Iterator[Checked]:
    """Write a run's folder as it should be, and compare it with the one that is there.

    Args:
        today: today's plan of the run, if there can be one.
        truth: the folder to write; what the store cannot tell is taken from the run as it is.
    """
    run, place, tables = record.run, record.place, record.keys.get("tables", "")
    yield from again.of_run(record)
    if tables and again.folder(tables) is None:
        link_as_it_is(run.path, truth)
        text = "its tables cannot be derived again"
        yield Checked("", (Finding(MISSING, place, text, "the artefact of its tables"),))
        return
    should = _write(record, today, again, truth)
    made = [name for name in files_of(truth) if name != RECORD]
    found = [compare_folders(run.path, truth, made, place)]
    for name in OPTIONAL:
        if name not in made and (run.path / name).is_file():
            text = "no such file follows from the store"
            found.append(Checked("", (Finding(WRONG, f"{place}/{name}", "a file", text),)))
    told = {name: run.record.get(name) for name in should}
    told["spec"] = {**record.spec.values(), "hash8": run.spec.get("hash8")}
    found.append(compare_values(leaves(told, should), f"{place}/{RECORD}"))
    yield from found
    if not any(checked.findings for checked in found):
        yield _check_page(run.path, place)


def _check_page(run: Path, place: str) -> Checked:
    """Whether the page of a run whose files are as they should be was made from these."""
    path, files = run / PAGE, folder_fingerprint(run)
    if not path.is_file() or files in path.read_text("utf-8", errors="replace"):
        return Checked("")
    text = f"the page of files whose fingerprint is {files}"
    return Checked("", (Finding(WRONG, f"{place}/{PAGE}", "a page of other files", text),))


def link_as_it_is(run: Path, folder: Path) -> None:
    """Let a folder show the record and the tables of a run."""
    folder.mkdir(parents=True)
    for name in (RECORD, *TABLES):
        if (run / name).is_file():
            (folder / name).symlink_to((run / name).absolute())


def _write(record: Record, today: Plan | None, again: Rederivation, truth: Path) -> dict[str, Any]:
    """Write a run folder from the copies that count; returns what ``run.json`` should say, as far
    as that follows from the store."""
    again.give_as_recorded(record)
    artefacts = {name: again.artefacts[key] for name, key in record.keys.items()}
    columns = {field.name for field in fields(StageResult)}
    results: dict[str, StageResult] = {}
    for name, row in record.stages.items():
        meta = artefacts[name].meta if name in artefacts else {}
        told = {**row, **{column: meta.get(column) for column in MADE_ANEW if meta}}
        results[name] = StageResult(**{key: told[key] for key in columns & told.keys()})
    for name in ("tables", "pictures"):
        results.setdefault(name, StageResult(name, "absent"))
    shards = today["tables"].series["shards"] if today else ()
    planned = today is not None and record.stages.keys() >= {*shards}
    unknown = Plan((Stage("tables", "tables", "", {}),), ())
    made = today if today is not None and planned else unknown
    write_run_folder(truth, _spec(record, again), made, results, again.scratch)
    should: dict[str, Any] = json.loads((truth / RECORD).read_text("utf-8"))
    del should["environment"]
    sampled = [stage.name for stage in sampling_stages(made)]
    costly = [artefacts[name] for name in ("fit", *shards, *sampled) if name in artefacts]
    parts = [again.artefacts[key] for one in costly for key in one.parts.values()]
    if not planned or not all(one.is_there for one in (*costly, *parts)):
        del should["cost"]
        if "generator" in should.get("lineage", ()):
            told = record.run.record.get("lineage", {}).get("generator", {})
            should["lineage"]["generator"]["parts"] = told.get("parts")
    text = json.dumps({**record.run.record, **should}, ensure_ascii=False)
    (truth / RECORD).write_text(text, encoding="utf-8")
    return should


def _spec(record: Record, again: Rederivation) -> RunSpec:
    """The spec that the tables were made for; that of the record where this cannot be told."""
    artefact = again.artefacts.get(record.keys.get("tables", ""))
    if artefact is None or not artefact.known:
        return record.spec
    try:
        return RunSpec.parse(artefact.meta["parameters"]["spec"])
    except InputError:
        return record.spec
