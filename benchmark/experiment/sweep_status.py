"""How far runs are, from their folders and the store alone: whoever carries them out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.engine.graph import Plan
from benchmark.engine.inventory import Missing
from benchmark.engine.store import Store
from benchmark.engine.task import news_of
from benchmark.experiment.forecast import Forecast
from benchmark.experiment.plan import plan
from benchmark.records.run_folder import RunFolder, read_run
from benchmark.spec import RunSpec
from skeletons.errors import InputError

if TYPE_CHECKING:
    from benchmark.experiment.sweep import Point

DONE, RUNNING, FAILED, WAITING = "done", "running", "failed", "waiting"
STATES = (DONE, RUNNING, FAILED, WAITING)


@dataclass(frozen=True)
class RunState:
    """How far a run is.

    Attributes:
        label: its place in the sweep.
        state: one of :data:`STATES`.
        made: stages that need not be made, of so many ``stages``.
        told: what it is at, or why it failed.
        silent: seconds since the stage under way was last heard of; a process that was killed
            leaves one that stays silent. None where none is under way.
    """

    label: str
    folder: Path
    state: str
    made: int = 0
    stages: int = 0
    told: str = ""
    silent: float | None = None


@dataclass(frozen=True)
class SweepStatus:
    """The states of all runs, and the forecast of what is left."""

    name: str
    runs: tuple[RunState, ...]
    forecast: Forecast

    @property
    def counts(self) -> dict[str, int]:
        """How many runs are in each state."""
        found = Counter(run.state for run in self.runs)
        return {state: found[state] for state in STATES}


def status_of_points(
    name: str,
    points: Iterable[Point],
    out: Path,
    data_root: Path | None,
    workers: int,
    *,
    anew: bool = False,
) -> SweepStatus:
    """How far the runs of a sweep are; nothing is written.

    Args:
        anew: the forecast is of what would be made if the sweep were started now, runs that are
            done or failed among them; else of runs that are under way or wait.
    """
    labelled: dict[str, tuple[str, RunSpec, str]] = {}
    for point in points:
        for number, spec in enumerate(point.specs):
            label = point.label if number == 0 else f"{point.label}#{number}"
            labelled.setdefault(spec.folder_name, (label, spec, point.problem))
    return status_of_runs(name, labelled.values(), out, data_root, workers, anew=anew)


def status_of_runs(
    name: str,
    runs: Iterable[tuple[str, RunSpec, str]],
    out: Path,
    data_root: Path | None,
    workers: int,
    *,
    anew: bool = False,
) -> SweepStatus:
    """How far runs are that are given with a label and what keeps them from being carried out."""
    store = Store(out / "store")
    forecast = Forecast.of(store, workers)
    states = []
    for label, spec, problem in runs:
        folder = out / "runs" / spec.folder_name
        if problem:
            states.append(RunState(label, folder, FAILED, told=problem))
            continue
        stages = plan(spec, data_root)
        state, missing = _state(label, folder, stages, forecast, store)
        if anew or state.state in (RUNNING, WAITING):
            forecast.add(stages, missing)
        states.append(state)
    return SweepStatus(name, tuple(states), forecast)


def _state(
    label: str, folder: Path, stages: Plan, forecast: Forecast, store: Store
) -> tuple[RunState, Missing]:
    missing = forecast.inventory.missing(stages)
    made, count = len(stages.stages) - len(missing.keys), len(stages.stages)
    running = _under_way(stages, missing, store)
    record = _record(folder)
    state, told, silent = WAITING, "", None
    if running is not None:
        state, (told, silent) = RUNNING, running
    elif record is not None and record.status != "ok":
        state, told = FAILED, record.problems[0] if record.problems else record.status
    elif record is not None or not missing.keys:
        state = DONE
    return RunState(label, folder, state, made, count, told, silent), missing


def _under_way(stages: Plan, missing: Missing, store: Store) -> tuple[str, float] | None:
    """What the stages of a run say that are being made, and how long ago the last one spoke."""
    told, spoken = [], []
    for name, key in missing.keys.items():
        if key is None:
            continue
        try:
            spoken.append(store.news(key).stat().st_mtime)
        except OSError:
            continue
        news = news_of(store, key)
        if news is None:
            continue
        share = f" {100 * news.done / news.total:.0f} %" if news.total else ""
        told.append(f"{stages[name].own_name}{share}{f' ({news.note})' if news.note else ''}")
    return (", ".join(told), max(time.time() - max(spoken), 0.0)) if told else None


def _record(folder: Path) -> RunFolder | None:
    try:
        return read_run(folder)
    except InputError:
        return None
