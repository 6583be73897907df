"""What the training loop and the plan cost beside what they are for."""

from __future__ import annotations

import statistics
import time

import numpy as np

from benchmark.engine import keys
from benchmark.experiment.plan import plan
from benchmark.spec import RunSpec
from recognizers import training
from recognizers.training import Batches

CLIPS, SIZE, STEPS = 40_000, 16, 40


def test_the_order_of_an_epoch_is_made_once(benchmark):
    batches = Batches(CLIPS, SIZE, seed=0)

    def draw_all():
        return [batches.rows(step) for step in range(STEPS)]

    def draw_all_anew():
        drawn = []
        for step in range(STEPS):
            training._order_of_epoch.cache_clear()
            drawn.append(batches.rows(step))
        return drawn

    ratios = []
    for _ in range(5):
        start = time.perf_counter()
        anew = draw_all_anew()
        middle = time.perf_counter()
        kept = draw_all()
        ratios.append((middle - start) / (time.perf_counter() - middle))
        assert np.array_equal(anew, kept)
    benchmark.extra_info["times_as_long_with_a_new_order_each"] = round(
        statistics.median(ratios), 1
    )
    benchmark(draw_all)
    assert statistics.median(ratios) > 2.0


def test_planning_a_run_reads_every_source_once(benchmark):
    spec = RunSpec(generator="st_guided_ddpm", split="10pct").resolved()

    def plan_afresh():
        keys.read_sources_again()
        keys._parsed.cache_clear()
        return plan(spec)

    made = benchmark(plan_afresh)
    assert keys._read.cache_info().misses == keys._read.cache_info().currsize
    assert len(made.stages) > 20
