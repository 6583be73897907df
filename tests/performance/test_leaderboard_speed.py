"""What a long leaderboard costs: all runs read for the first time, and after one more run."""

from __future__ import annotations

import csv
import json
import shutil
import time
from itertools import product
from pathlib import Path

import pytest

from benchmark.reports.leaderboard import write_leaderboard
from tests.benchmark.run_folders import make_run

JUDGES = ("st_trans", "stgcn++", "gru")
RECOGNIZERS = ("stgcn++", "ctrgcn", "gru", "agcn")
ROWS_A_RUN = len(JUDGES) * len(RECOGNIZERS)
MOST_SECONDS = 5.0
ROWS = 100_000


def many_runs(results: Path, count: int) -> None:
    """Run folders that differ in settings, generator seed and scores, two trainings each."""
    template = make_run(
        results / "template", judges=JUDGES, recognizers=RECOGNIZERS, seeds=1, clips=24
    )
    record = json.loads((template / "run.json").read_text())
    tables = {path.name: path.read_text() for path in template.glob("*.csv")}
    for number, seed in product(range((count + 1) // 2), range(2)):
        folder = results / "runs" / f"run-{number:06d}-{seed}"
        folder.mkdir(parents=True)
        spec = {**record["spec"], "generator_seed": seed, "settings": {"noise": number}}
        (folder / "run.json").write_text(json.dumps({**record, "spec": spec}))
        for name, text in tables.items():
            told = text.replace("30.0", f"{30 + number / 1000 + seed / 100!r}")
            (folder / name).write_text(told)
    shutil.rmtree(template)


@pytest.mark.parametrize("rows", [1_200, pytest.param(ROWS, marks=pytest.mark.slow)])
@pytest.mark.timeout(1800)
def test_a_leaderboard_after_one_more_run(benchmark, tmp_path, rows):
    many_runs(tmp_path, rows // ROWS_A_RUN + 2)
    start = time.perf_counter()
    table, *_ = write_leaderboard(tmp_path)
    first = time.perf_counter() - start
    last = max((tmp_path / "runs").iterdir())
    shutil.copytree(last, last.with_name("run-one-more"))
    benchmark.pedantic(write_leaderboard, (tmp_path,), rounds=1)
    took = benchmark.stats.stats.max if benchmark.stats else None
    benchmark.extra_info.update({"rows": rows, "first": first})
    with table.open(newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) >= rows
    print(f"\n{rows:,} rows: {first:.1f} s at first, {took} s after one more run")
