"""What a run leaves behind, from the artefacts of its stages."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmark.engine.graph import Plan
from benchmark.engine.outcomes import ERROR, OK
from benchmark.engine.scheduler import StageResult
from benchmark.engine.store import META, Store, write_atomically
from benchmark.experiment.artefacts.tables import FACTS
from benchmark.experiment.cost import cost_of
from benchmark.records.environment import environment
from benchmark.records.fingerprint import CLIPS, TABLES
from benchmark.records.run_folder import RunFolder
from benchmark.spec import RunSpec
from skeletons.errors import InputError


def status_of(rows: Iterable[StageResult]) -> str:
    """``ok``, or the status of the first stage that did not end well."""
    return next((row.status for row in rows if row.status != OK), OK)


def check_place(folder: Path) -> None:
    """Raise :class:`InputError` where a run folder could not be written at the end."""
    whole = folder.absolute()
    there = next(one for one in (whole, *whole.parents) if os.access(one, os.F_OK))
    if not there.is_dir():
        raise InputError(
            f"cannot write to '{folder}': '{there}' is no folder; choose another --out"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(
            f"cannot write to '{there}': let this user write there, or choose another --out"
        )


def write_run_folder(
    folder: Path, spec: RunSpec, plan: Plan, results: Mapping[str, StageResult], store: Store
) -> None:
    """Copy tables and pictures out of the store and write ``run.json``, file by file; the page is
    made from them, see :func:`benchmark.reports.html.run_page.write_run_page`.

    A file of the contract that this run could not make is removed, so that no table of an earlier
    state stands beside a newer ``run.json``.
    """
    made = output_files(results, store)
    for name, path in made.items():
        write_atomically(folder / name, path.read_bytes())
    for path in (
        *(folder / name for name in (*TABLES, CLIPS, "samples.pkl", "samples.gif")),
        *folder.glob("plots/*.png"),
    ):
        if path.relative_to(folder).as_posix() not in made:
            path.unlink(missing_ok=True)
    record = run_record(spec, plan, results, store) | {"environment": environment()}
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    write_atomically(folder / "run.json", text.encode())


def unmade_run(folder: Path, spec: RunSpec, reason: str) -> RunFolder:
    """The record of a run that could not begin; nothing is written, and what an earlier run of the
    same spec has left behind stays.

    Args:
        folder: where it would stand; nothing does.
    """
    row = StageResult("fit", ERROR, "import", reason).row()
    values = {**spec.values(), "hash8": spec.hash8}
    return RunFolder(folder, {"spec": values, "status": ERROR, "stages": [row]})


def output_files(results: Mapping[str, StageResult], store: Store) -> dict[str, Path]:
    """Where each file of a run folder but ``run.json`` lies in the store, by its name."""
    made: dict[str, Path] = {}
    for name in ("tables", "pictures"):
        if results[name].status == OK:
            source = store.folder(name, results[name].key)
            files = (path for path in sorted(source.rglob("*")) if path.is_file())
            made |= {path.relative_to(source).as_posix(): path for path in files}
    return {name: path for name, path in made.items() if name not in (META, FACTS)}


def run_record(
    spec: RunSpec, plan: Plan, results: Mapping[str, StageResult], store: Store
) -> dict[str, Any]:
    """What ``run.json`` says of a run, but for where it was made."""
    facts: dict[str, Any] = {}
    if results["tables"].status == OK:
        path = store.folder("tables", results["tables"].key) / FACTS
        facts = json.loads(path.read_text(encoding="utf-8"))
        lineage = facts["lineage"]
        if "generator" in lineage:
            fit = store.meta("fit", results["fit"].key)
            lineage["generator"]["parts"] = fit.get("lineage", {}).get("parts", [])
        lineage["artefacts"] = {
            name: result.key for name, result in results.items() if result.status == OK
        }
    return {
        "spec": {**spec.values(), "hash8": spec.hash8},
        "status": status_of(results.values()),
        **facts,
        "cost": cost_of(results, plan, store),
        "stages": [result.row() for result in results.values()],
    }
