"""Carry a spec out and leave a run folder. The command line and Python call the same function."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.commands.progress import Silent
from benchmark.engine.devices import check_device_option
from benchmark.engine.executors import OK, Executor, Surroundings
from benchmark.engine.executors.local import LocalPool
from benchmark.engine.graph import Plan
from benchmark.engine.merging import merged_plan
from benchmark.engine.scheduler import Scheduler, StageResult, Watcher
from benchmark.engine.store import META, Store, write_atomically
from benchmark.experiment.cost import cost_of
from benchmark.experiment.plan import plan, pretrain_plan
from benchmark.experiment.stages.tables import FACTS
from benchmark.experiment.sweep import Point, Sweep
from benchmark.records.environment import environment
from benchmark.spec import RunSpec

if TYPE_CHECKING:
    from benchmark.comparisons.run_scores import SweepPoint

DATA_ROOT_VARIABLE = "SKELGENBENCH_DATA"
RESULTS = Path("results")
TABLES = (
    "metrics.csv",
    "summary.csv",
    "classes.csv",
    "confusion.csv",
    "downstream.csv",
    "predictions.csv",
)
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


@dataclass(frozen=True)
class SweepResult:
    """What a sweep came to.

    Attributes:
        folder: with ``sweep.md``, ``sweep.csv``, ``cost.csv``, ``sweep.yaml`` and plots.
        points: every point with what came of its run.
        stages: a row for each stage of all runs.
        exit_code: as of a run.
    """

    folder: Path
    points: tuple[SweepPoint, ...]
    stages: tuple[StageResult, ...]
    exit_code: int


def run_sweep(
    sweep: Sweep, workplace: Workplace | None = None, watcher: Watcher | None = None
) -> SweepResult:
    """Carry out all runs of a sweep as one plan, and write their folders, tables and plots.

    Raises:
        InputError: a run cannot be; raised before any work.
    """
    workplace = workplace or Workplace()
    check_device_option(workplace.device)
    points = sweep.points()
    labels = {point.spec.hash8: point.label for point in reversed(points)}
    specs = {labels[point.spec.hash8]: point.spec for point in points}
    data_root = workplace.data_folder()
    stages, names = merged_plan({label: plan(spec, data_root) for label, spec in specs.items()})
    results = carry_out_plan(stages, workplace, watcher)
    for label, spec in specs.items():
        own = {name: replace(results[there], stage=name) for name, there in names[label].items()}
        write_run_folder(workplace.out / "runs" / spec.folder_name, spec, own, workplace.store)
    folder = workplace.out / "sweeps" / sweep.name
    rows = tuple(results.values())
    shown = write_sweep_folder(folder, sweep, points, workplace.out)
    return SweepResult(folder, shown, rows, exit_code_of(rows))


def write_sweep_folder(
    folder: Path, sweep: Sweep, points: tuple[Point, ...], out: Path
) -> tuple[SweepPoint, ...]:
    """Write what a sweep leaves behind, and the leaderboard, from the folders of the runs."""
    import yaml

    from benchmark.comparisons.run_scores import SweepPoint, run_scores
    from benchmark.records.run_folder import read_run
    from benchmark.reports.leaderboard import write_leaderboard
    from benchmark.reports.sweep_tables import write_sweep

    write_leaderboard(out)
    text = yaml.safe_dump(sweep.values(), sort_keys=False, allow_unicode=True)
    write_atomically(folder / "sweep.yaml", text.encode())
    folders = {point.spec.folder_name for point in points}
    entries = {name: run_scores(read_run(out / "runs" / name)) for name in folders}
    shown = tuple(
        SweepPoint(
            point.axis, point.value, point.number, point.base, entries[point.spec.folder_name]
        )
        for point in points
    )
    write_sweep(folder, sweep.title, shown)
    return shown


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
