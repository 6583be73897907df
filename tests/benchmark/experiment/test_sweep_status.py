"""How far a sweep is and what is left of it, on a tiny data set and with quick stand-ins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.scheduler import StageResult, Watcher
from benchmark.engine.store import write_atomically
from benchmark.experiment.api import Workplace, run_sweep
from benchmark.experiment.forecast import Forecast, MeasuredCosts
from benchmark.experiment.plan import plan
from benchmark.experiment.sweep import Sweep
from benchmark.experiment.sweep_status import SweepStatus, status_of_points
from tests.benchmark import fakes
from tests.benchmark.experiment.test_sweep import BASE

pytestmark = pytest.mark.usefixtures("stand_ins")

OUR_BASE = {**BASE, "metrics": "none"}


def sweep(**grid: Any) -> Sweep:
    return Sweep.parse({"base": OUR_BASE, "grid": grid or {"set.noise": [1, 2, 4]}}, "tiny")


def status(of: Sweep, here: Workplace, **options: Any) -> SweepStatus:
    return status_of_points(of.name, of.points(), here.out, None, 2, **options)


def test_before_it_begins_all_runs_wait_and_nothing_is_written(here: Workplace) -> None:
    found = status(sweep(), here)
    assert found.counts == {"done": 0, "running": 0, "failed": 0, "waiting": 3}
    forecast = found.forecast
    assert forecast.distinct["data"] == 1
    assert forecast.asked["data"] == 3
    assert forecast.to_do == forecast.distinct
    assert sum(forecast.unmeasured.values()) == sum(forecast.to_do.values())
    assert not here.out.exists()


def test_what_is_told_beforehand_is_what_is_made(here: Workplace) -> None:
    run_sweep(sweep(**{"set.noise": [1]}), here)
    whole = sweep()
    told = status(whole, here, anew=True).forecast
    result = run_sweep(whole, here)
    made: dict[str, int] = {}
    for stage in result.stages:
        if not stage.cached:
            folder = next(here.store.root.glob(f"*/{stage.key}/meta.json")).parent.parent
            made[folder.name] = made.get(folder.name, 0) + 1
    assert dict(+told.to_do) == made
    assert sum(told.distinct.values()) == len(result.stages)
    assert not status(whole, here, anew=True).forecast.to_do
    assert status(whole, here).counts["done"] == 3


def test_time_and_memory_are_medians_of_stages_alike(here: Workplace) -> None:
    run_sweep(sweep(**{"set.noise": [1, 2]}), here)
    for path in here.store.root.glob("*/*/meta.json"):  # what tests are made in is large
        meta = json.loads(path.read_text())
        path.write_text(json.dumps({**meta, "peak_memory_mb": 256}))
    for number, path in enumerate(sorted(here.store.root.glob("fit/*/meta.json"))):
        meta = json.loads(path.read_text())
        path.write_text(json.dumps({**meta, "seconds": 100 + 20 * number, "peak_memory_mb": 512}))
    costs = MeasuredCosts(here.store)
    cost = costs.of("fit", fakes.GENERATOR)
    assert cost is not None
    assert (cost.seconds, cost.memory_mb) == (110, 512)
    assert costs.of("fit", "ddpm") is None
    forecast = Forecast.of(here.store, workers=2)
    for seed in range(4):
        spec = sweep(**{"set.noise": [8], "seed": [seed]}).points()[0].spec
        stages = plan(spec)
        forecast.add(stages, forecast.inventory.missing(stages))
    assert forecast.seconds_of["fit"] == 440
    assert not forecast.unmeasured
    assert 220 <= forecast.seconds < 230
    assert 1024 <= forecast.memory_mb < 1024 + 512
    forecast.workers = 100
    assert 110 <= forecast.seconds < 115, "no faster than its longest chain"


def test_what_was_never_made_here_is_told_apart(here: Workplace) -> None:
    run_sweep(sweep(**{"set.noise": [1]}), here)
    other = sweep(generator=[f"{fakes.HERE}:OtherShaker"])
    unmeasured = status(other, here).forecast.unmeasured
    assert {kind for kind, _ in unmeasured} == {"fit", "sample"}
    assert {name for _, name in unmeasured} == {f"{fakes.HERE}:OtherShaker"}


def test_runs_are_written_as_they_end_and_failures_are_seen_meanwhile(here: Workplace) -> None:
    whole = sweep(generator=[f"{fakes.HERE}:Raises", fakes.GENERATOR])
    seen: list[dict[str, int]] = []

    class Asks(Watcher):
        def finished(self, result: StageResult) -> None:
            seen.append(status(whole, here).counts)

    run_sweep(whole, here, Asks())
    assert {"done": 0, "running": 0, "failed": 1, "waiting": 1} in seen
    assert status(whole, here).counts == {"done": 1, "running": 0, "failed": 1, "waiting": 0}
    failed = next(run for run in status(whole, here).runs if run.state == "failed")
    assert "the moon is" in failed.told


def test_a_run_with_a_stage_under_way_is_running(here: Workplace) -> None:
    whole = sweep(**{"set.noise": [1]})
    stages = plan(whole.points()[0].spec)
    news = here.store.news(stages["data"].key({}))
    write_atomically(news, json.dumps({"done": 3, "total": 4, "note": ""}).encode())
    (run,) = status(whole, here).runs
    assert (run.state, run.told) == ("running", "data 75 %")
    assert run.silent is not None
    assert 0 <= run.silent < 60


def test_the_sweeps_file_is_there_while_it_runs(here: Workplace) -> None:
    there: list[bool] = []

    class Looks(Watcher):
        def finished(self, result: StageResult) -> None:
            there.append((here.out / "sweeps" / "tiny" / "sweep.yaml").is_file())

    result = run_sweep(sweep(**{"set.noise": [1]}), here, Looks())
    assert there
    assert all(there)
    assert isinstance(result.folder, Path)
