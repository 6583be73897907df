"""What more worker processes bring where stages do not wait for one another: a ratio of times."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.executors.local import LocalPool, available_cores
from benchmark.engine.graph import Plan
from benchmark.engine.scheduler import Scheduler
from benchmark.engine.task import Surroundings
from tests.benchmark.engine.steps import stage

pytestmark = pytest.mark.slow
STAGES = 32
SECONDS = 0.5
ROUNDS = 6_000_000
MODULES = ("benchmark.engine.task", "tests.benchmark.engine.steps")


def independent(function: str, **parameters: Any) -> Plan:
    stages = [
        stage(f"{function}/{number}", function, parameters={"number": number, **parameters})
        for number in range(STAGES)
    ]
    return Plan(tuple(stages), tuple(one.name for one in stages))


def seconds(stages: Plan, root: Path, workers: int) -> float:
    """How long a pool takes whose workers have started, as those of a long sweep have."""
    pool = LocalPool(workers, MODULES)
    try:
        started = [pool.submit(time.sleep, 0.5) for _ in range(workers)]
        for future in started:
            future.result()
        start = time.perf_counter()
        results = Scheduler(stages, Surroundings(root)).run(lambda count: pool)
        took = time.perf_counter() - start
    finally:
        pool.shutdown(cancel_futures=True)
    assert {row.status for row in results.values()} == {"ok"}
    return took


def speed_up(benchmark: Any, make: Callable[[], Plan], folder: Path, workers: int) -> float:
    one = seconds(make(), folder / "one", 1)
    several = benchmark.pedantic(seconds, (make(), folder / "several", workers), rounds=1)
    benchmark.extra_info.update({"workers": workers, "one": one, "ratio": one / several})
    print(f"\n{workers} workers: {one:.1f} s by one, {several:.1f} s, ratio {one / several:.2f}")
    return float(one / several)


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_stages_that_wait_are_done_side_by_side(benchmark, tmp_path, workers):
    def make() -> Plan:
        return independent("sleep", seconds=SECONDS)

    assert speed_up(benchmark, make, tmp_path, workers) > 0.7 * workers


def test_stages_that_compute_share_the_cores(benchmark, tmp_path):
    """Beside other work the ratio says how much of the cores was to be had."""
    workers = min(2, available_cores())
    if workers < 2:
        pytest.skip("this process has one core")

    def make() -> Plan:
        return independent("compute", rounds=ROUNDS)

    assert speed_up(benchmark, make, tmp_path, workers) > 1.2
