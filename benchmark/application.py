"""Carry a spec out and leave a run folder. The command line and Python call the same function."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.cost import cost_of
from benchmark.devices import check_device_option
from benchmark.environment import environment
from benchmark.executors import OK, Executor, Surroundings
from benchmark.executors.local import LocalPool
from benchmark.plan import Plan, plan, pretrain_plan
from benchmark.progress import Silent
from benchmark.scheduler import Scheduler, StageResult, Watcher
from benchmark.spec import RunSpec
from benchmark.stages.tables import FACTS
from benchmark.store import META, Store, write_atomically

DATA_ROOT_VARIABLE = "SKELGENBENCH_DATA"
RESULTS = Path("results")
TABLES = ("metrics.csv", "summary.csv", "downstream.csv", "predictions.csv")
DONE, SOME_FAILED, BAD_INPUT = 0, 1, 2


@dataclass(frozen=True)
class RunResult:
    """What a run came to.

    Attributes:
        folder: the run folder, with ``run.json`` and what else could be made.
        status: ``ok``, or that of the first stage that is not.
        stages: a row for each stage, in the plan's order.
        exit_code: 0 done, 1 some stages failed, 2 some failed for input that the user can mend.
    """

    folder: Path
    status: str
    stages: tuple[StageResult, ...]
    exit_code: int


@dataclass(frozen=True)
class Workplace:
    """Where and how to work; no result depends on it but through the device's arithmetic.

    Attributes:
        out: folder of runs, leaderboard and store.
        data_root: folder of data sets; None takes ``SKELGENBENCH_DATA``.
        device: ``auto`` or a torch device.
        workers: processes; None takes one a core, eight at most.
        preload: modules that every worker imports first.
        executor: makes the executor for a number of stages; None takes a pool of processes.
    """

    out: Path = RESULTS
    data_root: Path | None = None
    device: str = "auto"
    workers: int | None = None
    preload: tuple[str, ...] = ()
    executor: Callable[[Surroundings, int], Executor] | None = None

    @property
    def store(self) -> Store:
        """The store under ``out``."""
        return Store(self.out / "store")

    def data_folder(self) -> Path | None:
        """``data_root``, or what the environment says, or None."""
        text = os.environ.get(DATA_ROOT_VARIABLE)
        return self.data_root or (Path(text) if text else None)

    def make_executor(self, stages: int) -> Executor:
        """An executor for a number of stages."""
        surroundings = Surroundings(
            self.store.root.absolute(), self.device, self.data_folder(), self.preload
        )
        if self.executor is not None:
            return self.executor(surroundings, stages)
        return LocalPool(surroundings, self.workers)


def run(
    spec: RunSpec, workplace: Workplace | None = None, watcher: Watcher | None = None
) -> RunResult:
    """Carry out a run, or what is missing of it, and write its folder and the leaderboard.

    Raises:
        InputError: a name, a setting or a folder is wrong; raised before any work.
    """
    workplace = workplace or Workplace()
    check_device_option(workplace.device)
    spec = spec.resolved()
    stages = plan(spec, workplace.data_folder())
    results = carry_out_plan(stages, workplace, watcher)
    folder = workplace.out / "runs" / spec.folder_name
    write_run_folder(folder, spec, results, workplace.store)
    if results["tables"].status == OK:
        from benchmark.reports.leaderboard import write_leaderboard

        write_leaderboard(workplace.out)
    rows = tuple(results.values())
    return RunResult(folder, status_of(rows), rows, exit_code_of(rows))


def pretrain(
    dataset: str,
    data_protocol: str = "",
    workplace: Workplace | None = None,
    watcher: Watcher | None = None,
) -> tuple[Path | None, tuple[StageResult, ...]]:
    """Train the extractor of a data set by its recipe.

    Returns:
        its folder in the store, None if that failed, and a row for each stage.
    """
    workplace = workplace or Workplace()
    check_device_option(workplace.device)
    stages = pretrain_plan(dataset, data_protocol, workplace.data_folder())
    results = carry_out_plan(stages, workplace, watcher)
    extractor = results["extractor"]
    folder = workplace.store.folder("pretrain", extractor.key)
    return (folder if extractor.status == OK else None), tuple(results.values())


def carry_out_plan(
    stages: Plan, workplace: Workplace, watcher: Watcher | None = None
) -> dict[str, StageResult]:
    """Make what is missing of a plan; a row for each stage."""
    workplace.store.prepare()
    return Scheduler(stages, workplace.store, watcher or Silent()).run(workplace.make_executor)


def status_of(rows: tuple[StageResult, ...]) -> str:
    """``ok``, or the status of the first stage that did not end well."""
    return next((row.status for row in rows if row.status != OK), OK)


def exit_code_of(rows: tuple[StageResult, ...]) -> int:
    """0 done, 1 some stages failed, 2 some failed for bad input."""
    if any(row.bad_input for row in rows):
        return BAD_INPUT
    return DONE if status_of(rows) == OK else SOME_FAILED


def write_run_folder(
    folder: Path, spec: RunSpec, results: Mapping[str, StageResult], store: Store
) -> None:
    """Copy tables and pictures out of the store and write ``run.json``, file by file.

    A file of the contract that this run could not make is removed, so that no table of an earlier
    state stands beside a newer ``run.json``.
    """
    made: dict[str, Path] = {}
    facts: dict[str, Any] = {}
    for name in ("tables", "pictures"):
        result = results[name]
        if result.status != OK:
            continue
        source = store.folder(name, result.key)
        files = (path for path in sorted(source.rglob("*")) if path.is_file())
        made |= {path.relative_to(source).as_posix(): path for path in files}
        if name == "tables":
            facts = json.loads((source / FACTS).read_text(encoding="utf-8"))
    for name, path in made.items():
        if name not in (META, FACTS):
            write_atomically(folder / name, path.read_bytes())
    for path in (
        *(folder / name for name in (*TABLES, "samples.pkl", "samples.gif")),
        *folder.glob("plots/*.png"),
    ):
        if path.relative_to(folder).as_posix() not in made:
            path.unlink(missing_ok=True)
    rows = tuple(results.values())
    record = {
        "spec": {**spec.values(), "hash8": spec.hash8},
        "status": status_of(rows),
        **facts,
        "cost": cost_of(results, store),
        "environment": environment(),
        "stages": [row.row() for row in rows],
    }
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    write_atomically(folder / "run.json", text.encode())
