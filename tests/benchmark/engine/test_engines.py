"""Engines that take seconds to start: Ray, dask, loky, and a real Slurm of one node, where they are
installed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmark.engine.executors.submitit_jobs import SubmititEngine
from benchmark.engine.graph import Plan
from tests.benchmark.engine.one_node_slurm import is_installed, one_node_slurm
from tests.benchmark.engine.processes import alive, wait_until
from tests.benchmark.engine.steps import plan, stage
from tests.benchmark.engine.test_apart import Impatient, bytes_of, carry_out, some_stages
from tests.benchmark.engine.test_scheduler import numbers

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
HERE = "tests.benchmark.engine.test_engines"
PACKAGES = {"ray": "ray", "loky:get_reusable_executor": "loky", f"{HERE}:dask_pool": "distributed"}


def dask_pool() -> Any:
    """As docs/clusters.md has it, with a cluster on this machine."""
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    return Client(cluster).get_executor(retries=0, pure=False)


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    if not is_installed():
        pytest.skip("there is no Slurm here, or only for root")
    with (
        one_node_slurm(tmp_path_factory.mktemp("slurm")) as environment,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("SLURM_CONF", environment["SLURM_CONF"])
        yield


@pytest.fixture(params=["slurm", *PACKAGES])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name == "slurm":
        request.getfixturevalue("slurm")
    else:
        pytest.importorskip(PACKAGES[name])
    return name


def test_it_leaves_the_same_store_and_rows_as_worker_processes_here(
    engine: str, tmp_path: Path
) -> None:
    expected = carry_out(some_stages(), tmp_path / "local", "local")
    results = carry_out(some_stages(), tmp_path / "other", engine, workers=8)
    for name, row in expected.items():
        found = results[name]
        assert (found.status, found.reason, found.key) == (row.status, row.reason, row.key)
    assert bytes_of(tmp_path / "other") == bytes_of(tmp_path / "local")


def test_a_stage_that_takes_too_long_is_ended(engine: str, tmp_path: Path) -> None:
    note = tmp_path / "note"
    stages = plan(stage("long", "brood", parameters={"note": str(note)}))
    results = carry_out(stages, tmp_path / "store", engine, {"minutes": 0.05})
    assert results["long"].status == "timeout"
    for pid in note.read_text().split():
        wait_until(lambda pid=pid: not alive(int(pid)))


def test_a_stage_whose_babysitter_is_killed_is_begun_again(engine: str, tmp_path: Path) -> None:
    note = tmp_path / "note"
    lost = stage("lost", "lose", parameters={"note": str(note), "times": 1, "number": 5})
    results = carry_out(Plan((lost, *numbers(a=3)), ("lost", "a")), tmp_path / "store", engine)
    assert {name: one.status for name, one in results.items()} == {"lost": "ok", "a": "ok"}
    (worker,) = note.read_text().split()
    assert not alive(int(worker))


def test_ctrl_c_leaves_nothing_queued_or_under_way(engine: str, tmp_path: Path) -> None:
    note, store = tmp_path / "note", tmp_path / "store"
    long = stage("long", "wait", parameters={"note": str(note)}, weight=9.0)
    with pytest.raises(KeyboardInterrupt):
        carry_out(Plan((long, *numbers(a=3)), ("long", "a")), store, engine, watcher=Impatient())
    wait_until(lambda: not alive(int(note.read_text())))
    assert not (store / "wait").exists()
    if engine == "slurm":
        wait_until(lambda: not queued())
    assert carry_out(plan(*numbers(a=3)), store, engine)["a"].status == "ok"


def queued() -> list[str]:
    """Ids of Slurm's jobs."""
    command = ["squeue", "--me", "--noheader", "--array", "--format=%i"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.usefixtures("slurm")
def test_what_is_ready_together_and_needs_the_same_is_one_job_array(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SubmititEngine, "close", lambda engine: engine._closing.set())
    stages = Plan(tuple(numbers(a=1, b=2, c=3)), ("a", "b", "c"))
    results = carry_out(stages, tmp_path, "slurm", {"cores": 1, "memory_gb": 1}, workers=5)
    assert {one.status for one in results.values()} == {"ok"}
    (script,) = tmp_path.glob("jobs/*/*_submission.sh")
    assert {"#SBATCH --array=0-2%3", "#SBATCH --mem=1GB", "#SBATCH --cpus-per-task=1"} <= set(
        script.read_text().splitlines()
    )


@pytest.mark.usefixtures("slurm")
def test_a_job_whose_node_slurm_takes_away_comes_again(tmp_path: Path) -> None:
    note = tmp_path / "note"

    class Preempting(Impatient):
        def noted(self, stage: str, text: str) -> None:
            if not first:
                first.append(int(note.read_text()))
                (job,) = queued()
                subprocess.run(["scancel", "--signal=USR2", job], check=True)

    first: list[int] = []
    stages = plan(stage("long", "wait", parameters={"note": str(note), "seconds": 8}))
    results = carry_out(stages, tmp_path / "store", "slurm", watcher=Preempting())
    assert results["long"].status == "ok"
    assert not alive(first[0])
    assert int(note.read_text()) != first[0]


@pytest.mark.usefixtures("slurm")
def test_a_partition_that_there_is_not_is_the_reason_of_every_row(tmp_path: Path) -> None:
    results = carry_out(plan(*numbers(a=3)), tmp_path, "slurm:nowhere")
    assert results["a"].status == "lost"
    assert "invalid partition" in results["a"].reason
