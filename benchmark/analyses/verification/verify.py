"""Verification of a results folder: its runs, its leaderboard and its sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark.analyses.verification.artefacts import artefact_folder
from benchmark.analyses.verification.collected import (
    check_leaderboard,
    check_sweep,
)
from benchmark.analyses.verification.finding import (
    MISSING,
    SEVERITIES,
    UNFINISHED,
    WRONG,
    Checked,
    Finding,
)
from benchmark.analyses.verification.record import Record, read_record
from benchmark.analyses.verification.rederivation import Rederivation
from benchmark.analyses.verification.run_check import check_run, link_as_it_is
from benchmark.analyses.verification.stage_keys import code_today, key_findings
from benchmark.analyses.verification.unfinished import (
    UnfinishedSweep,
    not_told_yet,
    unfinished_sweeps,
)
from benchmark.analyses.verification.without_store import (
    check_collected,
    check_folder,
    place_of,
    run_folders,
)
from benchmark.engine.scheduler import Watcher
from benchmark.experiment.api import Workplace
from benchmark.experiment.plan import plan
from benchmark.records.environment import environment
from benchmark.records.fingerprint import RECORD
from skeletons.errors import InputError

ALL_FOLLOWS, SOMETHING_DOES_NOT = 0, 1


@dataclass(frozen=True)
class Verification:
    """What came of it, a line for each run, for the leaderboard and for each sweep."""

    checked: tuple[Checked, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, each once, the worst first."""
        every = dict.fromkeys(finding for one in self.checked for finding in one.findings)
        return tuple(sorted(every, key=lambda finding: SEVERITIES.index(finding.severity)))

    def exit_code(self, allow_missing: bool = False) -> int:
        """0 if every number follows, 1 if one does not or, unless allowed, cannot be derived."""
        bad = {WRONG} if allow_missing else {WRONG, MISSING}
        severities = {finding.severity for finding in self.findings}
        return SOMETHING_DOES_NOT if severities & bad else ALL_FOLLOWS


def verify(
    workplace: Workplace,
    runs: Sequence[str] = (),
    quick: bool = False,
    watcher: Watcher | None = None,
) -> Verification:
    """Derive again what can be, and compare it with what stands in the results folder.

    Nothing is written there. With ``runs`` given, the leaderboard and the sweeps are left out.

    Args:
        runs: run folders, or their names below ``runs``; none for everything.
        quick: believe stored features and body measures as far as their hashes go.

    Raises:
        InputError: there is nothing to verify, or no such run.
    """
    out = workplace.out
    folders = list(dict.fromkeys(_folder(name, out) for name in runs)) or _all_folders(out)
    unfinished = [] if runs else unfinished_sweeps(out, workplace.data_folder())
    tables = [] if runs else _collected(out, unfinished)
    if not folders and not tables and not unfinished:
        raise InputError(f"'{out}' holds no runs: start one with `run --out {out}`")
    with TemporaryDirectory(prefix="verify-") as temporary:
        scratch = replace(workplace, out=Path(temporary) / "again")
        truth = Path(temporary) / (out.resolve().name or "results")
        again = Rederivation(workplace.store, scratch, quick)
        unmade = {name for sweep in unfinished for name in sweep.unmade}
        begun = [folder for folder in folders if folder.name in unmade]
        folders = [folder for folder in folders if folder not in begun]
        checked = _check_runs(workplace, folders, again, truth, watcher or Watcher())
        checked += [_begun(folder, out) for folder in begun]
        if tables and not any((out / "runs").glob("*/run.json")):
            checked += [check_collected(table, out) for table in tables]
        elif tables:
            checked += _check_collected(workplace, truth, tables, again, unfinished)
        checked += [sweep.checked(out) for sweep in unfinished]
    return Verification(tuple(checked))


def _check_runs(
    workplace: Workplace,
    folders: Sequence[Path],
    again: Rederivation,
    truth: Path,
    watcher: Watcher,
) -> list[Checked]:
    """A line for each run; the runs as they should be are written below ``truth``."""
    out, store, here = workplace.out, workplace.store, environment()
    checked: list[Checked] = []
    records: list[tuple[Record, list[Finding], Path]] = []
    for number, folder in enumerate(folders):
        # a run from elsewhere may have the name of another
        home = truth if folder.parent == out / "runs" else truth / str(number)
        should = home / "runs" / folder.name
        if not (folder / RECORD).is_file():
            checked.append(check_folder(folder, out, f"no {RECORD}"))
            continue
        record, found = read_record(folder, place_of(folder, out))
        if record is None:
            checked.append(Checked(folder.name, tuple(found)))
        elif record.keys and not any(artefact_folder(store, key) for key in record.keys.values()):
            bare = check_folder(folder, out, "no store")
            checked.append(replace(bare, findings=(*found, *bare.findings)))
        else:
            again.look_at(record, record.made_in(here))
            records.append((record, found, should))
            continue
        link_as_it_is(folder, should)
    again.carry_out(watcher)
    for record, found, should in records:
        today = None
        try:
            today = plan(record.spec, workplace.data_folder())
            found += key_findings(record, today, again.artefacts, store)
        except InputError as error:
            where, text = f"{record.place}/{RECORD}", f"today's plan cannot be made: {error}"
            found.append(Finding(MISSING, where, "keys of stages", text, column="stages"))
        lines = check_run(record, today, again, should)
        checked.append(Checked.together(record.run.name, (Checked("", tuple(found)), *lines)))
    return sorted(checked, key=lambda one: one.name)


def _begun(folder: Path, out: Path) -> Checked:
    """A run folder that a sweep had begun to write."""
    says = Finding(UNFINISHED, place_of(folder, out), f"no {RECORD} yet", "the run of its sweep")
    return Checked(folder.name, (says,))


def _check_collected(
    workplace: Workplace,
    truth: Path,
    tables: Sequence[Path],
    again: Rederivation,
    unfinished: Sequence[UnfinishedSweep],
) -> list[Checked]:
    """Leaderboard and sweeps, built again from the runs as they should be."""
    out, data_root = workplace.out, workplace.data_folder()
    other_code = any(
        one.meta.get("code") != code_today("tables", one.meta.get("parameters", {}))
        for one in again.artefacts.values()
        if one.kind == "tables"
    )
    return [
        check_leaderboard(out, truth, other_code, not_told_yet(unfinished, table))
        if table.stem == "leaderboard"
        else check_sweep(table.parent, out, truth, other_code, data_root)
        for table in tables
    ]


def _folder(name: str, out: Path) -> Path:
    """The run folder of a path or of a name below ``runs``."""
    for folder in (Path(name), out / "runs" / name):
        if (folder / "run.json").is_file() or (folder / "summary.csv").is_file():
            return folder
    raise InputError(f"there is no run '{name}': neither a run folder nor a name below {out}/runs")


def _all_folders(out: Path) -> list[Path]:
    recorded = {path.parent.name: path.parent for path in sorted(out.glob("runs/*/run.json"))}
    return list({**run_folders(out), **recorded}.values())


def _collected(out: Path, unfinished: Sequence[UnfinishedSweep]) -> list[Path]:
    """Tables over many runs: the leaderboard, also where it should be and is not, and those of
    sweeps that are finished."""
    leaderboard, going_on = out / "leaderboard.csv", {sweep.folder for sweep in unfinished}
    found = sorted(path for path in out.glob("sweeps/*/sweep.csv") if path.parent not in going_on)
    if leaderboard.is_file() or any(out.glob("runs/*/run.json")):
        found.insert(0, leaderboard)
    return found
