"""Carry a spec out and leave a run folder. The command line and Python call the same function."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.engine.devices import check_device_option
from benchmark.engine.executors import Executor
from benchmark.engine.executors.local import default_workers
from benchmark.engine.graph import Plan, merged
from benchmark.engine.outcomes import ERROR, OK, UsageError
from benchmark.engine.scheduler import Scheduler, StageResult, Watcher
from benchmark.engine.store import Store, write_atomically
from benchmark.engine.task import Surroundings
from benchmark.experiment.artefacts.clips import stored_split
from benchmark.experiment.executors import LOCAL, check_executor, make_executor
from benchmark.experiment.exit_codes import BAD_INPUT, DONE, SOME_FAILED
from benchmark.experiment.plan import plan, pretrain_plan
from benchmark.experiment.run_outputs import check_place, status_of, unmade_run, write_run_folder
from benchmark.experiment.runs_as_they_end import RunsAsTheyEnd
from benchmark.experiment.sweep import Point, Sweep
from benchmark.spec import RunSpec
from metrics.protocols import SKELGEN_V2
from recognizers.extractors.kinds import KINDS
from skeletons.errors import InputError, unknown_name

if TYPE_CHECKING:
    from benchmark.comparisons.run_scores import SweepPoint

DATA_ROOT_VARIABLE = "SKELGENBENCH_DATA"
RESULTS = Path("results")
SWEEP_FILE = "sweep.yaml"


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
        devices: how many such devices one training or sampling may use at once.
        workers: processes; None takes one a core, eight at most. With another executor, how many
            stages may be queued or under way at once.
        preload: modules that every worker imports first.
        executor: where stages are carried out, by name (``ray``, ``slurm:PARTITION``,
            ``package.module:Name``); or what makes an executor for a number of stages, anything
            that is what ``concurrent.futures`` calls one.
        needs: of every stage (``cores``, ``gpus``, ``memory_gb``, ``minutes``), in place of what is
            measured; for executors by name but ``local``.
    """

    out: Path = RESULTS
    data_root: Path | None = None
    device: str = "auto"
    devices: int = 1
    workers: int | None = None
    preload: tuple[str, ...] = ()
    executor: Callable[[int], Executor] | str = LOCAL
    needs: Mapping[str, float] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The store under ``out``."""
        return Store(self.out / "store")

    def data_folder(self) -> Path | None:
        """``data_root``, or what the environment says, or None."""
        text = os.environ.get(DATA_ROOT_VARIABLE)
        return self.data_root or (Path(text) if text else None)

    @property
    def slots(self) -> int:
        """How many processes share the work."""
        return self.workers or default_workers()

    def surroundings(self) -> Surroundings:
        """What every stage is told of the workplace."""
        return Surroundings(
            self.store.root.absolute(), self.device, self.data_folder(), self.devices
        )

    def make_executor(self, stages: int) -> Executor:
        """An executor for a number of stages.

        Raises:
            InputError: there is nowhere to put them; where nothing is missing a store need only be
                one that can be read.
        """
        self.check_store()
        if callable(self.executor):
            return self.executor(stages)
        return make_executor(
            self.executor,
            Store(self.store.root.absolute()),
            self.out.absolute() / "jobs",
            self.workers,
            self.preload,
            self.needs,
        )

    def check(self) -> None:
        """Raise :class:`InputError` for an unknown device or executor."""
        if isinstance(self.executor, str):
            check_executor(self.executor, self.needs)
        try:
            check_device_option(self.device, self.devices)
        except UsageError as error:
            raise InputError(str(error)) from error

    def check_store(self) -> None:
        """Raise :class:`InputError` where nothing can be put into the store."""
        try:
            self.store.prepare()
        except OSError as error:
            raise InputError(
                f"cannot write to '{self.store.root}' ({error.strerror or error}): choose another "
                "--out"
            ) from error


def run(
    spec: RunSpec, workplace: Workplace | None = None, watcher: Watcher | None = None
) -> RunResult:
    """Carry out a run, or what is missing of it, and write its folder and the leaderboard.

    Raises:
        InputError: a name, a setting or a folder is wrong; raised before any work.
    """
    workplace = workplace or Workplace()
    spec = spec.resolved()
    stages = plan(spec, workplace.data_folder())
    check_split(spec, stages, workplace.store)
    folder = workplace.out / "runs" / spec.folder_name
    check_place(folder)
    results = carry_out_plan(stages, workplace, watcher)
    write_run_folder(folder, spec, stages, results, workplace.store)
    write_page(folder)
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
        exit_code: as of a run; 1 where a generator of somebody's own could not be imported.
    """

    folder: Path
    points: tuple[SweepPoint, ...]
    stages: tuple[StageResult, ...]
    exit_code: int


def run_sweep(
    sweep: Sweep, workplace: Workplace | None = None, watcher: Watcher | None = None
) -> SweepResult:
    """Carry out all runs of a sweep as one plan, and write their folders, tables and plots.

    A point whose generator cannot be imported or made is a row with its reason; the others run.

    Raises:
        InputError: a run cannot be; raised before any work.
    """
    workplace = workplace or Workplace()
    sweep = sweep.with_data(workplace.data_folder())
    points = sweep.points()
    usable = [point for point in points if not point.problem]
    labels = {
        spec.hash8: point.label if number == 0 else f"{point.label}#{number}"
        for point in reversed(usable)
        for number, spec in enumerate(point.specs)
    }
    specs = {labels[spec.hash8]: spec for point in usable for spec in point.specs}
    data_root = workplace.data_folder()
    plans = {label: plan(spec, data_root) for label, spec in specs.items()}
    for label, spec in specs.items():
        check_split(spec, plans[label], workplace.store)
    stages, names = merged(plans)
    workplace.check()
    folder = workplace.out / "sweeps" / sweep.name
    places = {label: workplace.out / "runs" / spec.folder_name for label, spec in specs.items()}
    for place in (folder, *places.values()):
        check_place(place)
    write_sweep_file(folder, sweep)

    def write(label: str, found: Mapping[str, StageResult]) -> None:
        own = {name: replace(found[there], stage=name) for name, there in names[label].items()}
        write_run_folder(places[label], specs[label], plans[label], own, workplace.store)

    stages_of = {label: tuple(own.values()) for label, own in names.items()}
    keeper = RunsAsTheyEnd(stages_of, write, watcher or Watcher())
    results = carry_out_plan(stages, workplace, keeper)
    keeper.write_rest(results, lambda label: write_page(places[label]))
    rows = tuple(results.values())
    shown = write_sweep_folder(folder, sweep, points, workplace.out)
    unmade = tuple(
        StageResult(f"{point.label}/fit", ERROR, "import", point.problem)
        for point in points
        if point.problem
    )
    return SweepResult(folder, shown, (*rows, *unmade), exit_code_of((*rows, *unmade)))


def write_sweep_folder(
    folder: Path, sweep: Sweep, points: tuple[Point, ...], out: Path
) -> tuple[SweepPoint, ...]:
    """Write what a sweep leaves behind, and the leaderboard, from the folders of the runs."""
    from benchmark.comparisons.run_scores import SweepPoint, run_scores
    from benchmark.records.run_folder import read_run
    from benchmark.reports.leaderboard import write_leaderboard
    from benchmark.reports.sweep_tables import write_sweep

    write_leaderboard(out)
    write_sweep_file(folder, sweep)
    entries = {
        point.spec.folder_name: run_scores(
            *(
                [unmade_run(folder / point.spec.folder_name, point.spec, point.problem)]
                if point.problem
                else [read_run(out / "runs" / spec.folder_name) for spec in point.specs]
            )
        )
        for point in points
    }
    shown = tuple(
        SweepPoint(
            point.axis, point.value, point.number, point.base, entries[point.spec.folder_name]
        )
        for point in points
    )
    write_sweep(folder, sweep.title, shown)
    return shown


def write_sweep_file(folder: Path, sweep: Sweep) -> None:
    """Write what is carried out, for whoever asks how far it is or carries it out again."""
    import yaml

    text = yaml.safe_dump(sweep.values(), sort_keys=False, allow_unicode=True)
    write_atomically(folder / SWEEP_FILE, text.encode())


def pretrain(
    dataset: str,
    data_protocol: str = "",
    kinds: Iterable[str] = (),
    workplace: Workplace | None = None,
    watcher: Watcher | None = None,
    skeleton: str = "",
    persons: int = 1,
) -> tuple[dict[str, Path], tuple[StageResult, ...]]:
    """Train the judges of a data set by their recipes.

    Args:
        kinds: of judges; without, those of the default protocol.
        skeleton: name or YAML file, for a data set that is a file.
        persons: bodies of a clip, for such a data set.

    Returns:
        the folder in the store of each kind that could be made, and a row for each stage.
    """
    workplace = workplace or Workplace()
    chosen = tuple(kinds) or SKELGEN_V2.judges
    for kind in chosen:
        if kind not in KINDS:
            raise unknown_name("judge", kind, KINDS)
    stages = pretrain_plan(
        dataset, data_protocol, chosen, workplace.data_folder(), skeleton, persons
    )
    results = carry_out_plan(stages, workplace, watcher)
    made = {kind: results[f"judges/{kind}"] for kind in chosen}
    folders = {
        kind: workplace.store.folder("pretrain", judge.key)
        for kind, judge in made.items()
        if judge.status == OK
    }
    return folders, tuple(results.values())


def write_page(folder: Path) -> None:
    """Write the page of a run folder, unless it shows what the folder holds already."""
    from benchmark.records.fingerprint import PAGE, folder_fingerprint

    page = folder / PAGE
    if not page.exists() or folder_fingerprint(folder) not in page.read_text("utf-8"):
        from benchmark.reports.html.run_page import write_run_page  # lazy: it draws

        write_run_page(folder)


def check_split(spec: RunSpec, stages: Plan, store: Store) -> None:
    """Raise :class:`InputError` for a split that the data cannot give, where the store has them;
    elsewhere the first stage that reads the split does."""
    found = store.find("data", stages["data"].key({}))
    if found is not None:
        stored_split(found.folder, spec.seen_split, spec.data_seed)


def carry_out_plan(
    stages: Plan, workplace: Workplace, watcher: Watcher | None = None
) -> dict[str, StageResult]:
    """Make what is missing of a plan; a row for each stage."""
    workplace.check()
    return Scheduler(stages, workplace.surroundings(), watcher).run(workplace.make_executor)


def exit_code_of(rows: tuple[StageResult, ...]) -> int:
    """0 done, 1 some stages failed, 2 some failed for bad input."""
    if any(row.bad_input for row in rows):
        return BAD_INPUT
    return DONE if status_of(rows) == OK else SOME_FAILED
