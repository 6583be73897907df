"""A sweep of 108 cells that is killed, shared and sent elsewhere: the same bytes, nothing twice.

Each test begins with a sweep that nobody disturbs, minutes long on two cores.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.engine.store import Store
from skeletons.seeds import named_rng
from tests.benchmark.engine.processes import wait_until
from tests.benchmark.experiment.counted_sweep import SEEDS, WORKERS, cells
from tests.benchmark.experiment.ledger import BEGUN, PLACED, interrupted, lines_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
ROOT = Path(__file__).parents[3]
COMMAND = "tests.benchmark.experiment.counted_sweep"
WORKER = b"benchmark.engine.executors.worker"
KILLS = 20
FEW_SEEDS = 1
TRIES_OF_RAY = 3


def start(
    out: Path, executor: str = "local", seeds: int = SEEDS, **environment: str
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", COMMAND, str(out), executor, str(seeds)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )


def finish(out: Path, executor: str = "local", seeds: int = SEEDS) -> None:
    with start(out, executor, seeds) as process:
        assert process.wait() == 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed")
    finish(out)
    assert len(list(out.glob("runs/*/run.json"))) == cells() >= 100
    return out


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cells of the first seed alone."""
    out = tmp_path_factory.mktemp("few")
    finish(out, seeds=FEW_SEEDS)
    assert len(list(out.glob("runs/*/run.json"))) == cells(FEW_SEEDS)
    return out


def tables_of(out: Path) -> dict[str, bytes]:
    """Every CSV file but those of costs."""
    paths = (path for path in sorted(out.rglob("*.csv")) if path.name != "cost.csv")
    inside = (path for path in paths if path.relative_to(out).parts[0] != "store")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in inside}


def contents_of(out: Path) -> dict[tuple[str, str], str]:
    """What every artefact of a store holds, as a hash, by its kind and key; without tables that
    tell of a stage that was killed: they are artefacts of their own, which a run has till then."""
    store = Store(out / "store")
    folders = (path.parent for path in (out / "store").glob("*/*/meta.json"))
    found = {(folder.parent.name, folder.name): store.find(folder.parent.name, folder.name)
             for folder in folders}  # fmt: skip
    assert all(found.values()), "an artefact is damaged"
    return {
        place: artefact.meta["content"]
        for place, artefact in found.items()
        if artefact and not artefact.meta["parameters"].get("failed")
    }


def check_equal(out: Path, expected: Path) -> None:
    found, should = tables_of(out), tables_of(expected)
    assert {"leaderboard.csv", "sweeps/counted/sweep.csv"} <= should.keys()
    assert found.keys() == should.keys()
    assert [name for name in should if found[name] != should[name]] == []
    assert contents_of(out) == contents_of(expected)


def lost_beginnings(out: Path) -> list[int]:
    """Processes whose stage was begun for nothing; all else was made once."""
    store = Store(out / "store")
    lost = interrupted(lines_of(store.root), lambda *place: store.find(*place) is not None)
    return [line.pid for line in lost]


def stages_of(out: Path) -> int:
    return sum(line.what == PLACED for line in lines_of(out / "store"))


def workers_of(parent: int) -> list[int]:
    found = []
    for file in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            pids = [int(pid) for pid in file.read_text().split()]
            found += [pid for pid in pids if WORKER in Path(f"/proc/{pid}/cmdline").read_bytes()]
        except OSError:  # it has ended meanwhile
            continue
    return found


def kill_one(parent: subprocess.Popen[bytes], chance: np.random.Generator) -> tuple[str, set[int]]:
    """Kill the sweep or one of its workers; whose processes end by it."""
    parent.send_signal(signal.SIGSTOP)  # so that it starts none while they are counted
    workers = workers_of(parent.pid)
    if workers and chance.random() < 0.6:
        victim = int(chance.choice(sorted(workers)))
        os.kill(victim, signal.SIGKILL)
        parent.send_signal(signal.SIGCONT)
        return "worker", {victim}
    parent.kill()
    parent.wait()
    return "parent", {*workers}


def test_a_sweep_under_twenty_kills_ends_with_the_same_tables_and_makes_nothing_twice(
    undisturbed: Path, tmp_path: Path
) -> None:
    chance = named_rng("killer of sweeps")
    moments = iter(sorted(chance.uniform(0.0, 0.95, KILLS) * stages_of(undisturbed)))
    moment = next(moments)
    killed: set[int] = set()
    of: dict[str, int] = {"worker": 0, "parent": 0}
    starts, code = 0, None
    while code != 0:
        starts += 1
        assert starts <= KILLS + 2, "it does not end, though nobody kills it"
        with start(tmp_path) as process:
            while (code := process.poll()) is None:
                if moment is not None and stages_of(tmp_path) >= moment:
                    time.sleep(chance.uniform(0.0, 1.0))
                    if process.poll() is None:
                        who, pids = kill_one(process, chance)
                        of[who] += 1
                        killed |= pids
                        moment = next(moments, None)
                time.sleep(0.02)
    assert sum(of.values()) == KILLS
    assert min(of.values()) > 0
    lost = lost_beginnings(tmp_path)
    begun = sum(line.what == BEGUN for line in lines_of(tmp_path / "store"))
    print(f"\n{of} killed, {starts} starts, {begun} stages begun, {len(lost)} of them interrupted")
    assert set(lost) <= killed, "a stage was begun twice though nobody killed it"
    assert len(lost) <= of["worker"] + WORKERS * of["parent"]
    check_equal(tmp_path, undisturbed)


def test_two_sweeps_at_once_on_one_store_make_every_stage_once(
    undisturbed: Path, tmp_path: Path
) -> None:
    with start(tmp_path) as one, start(tmp_path) as other:
        assert (one.wait(), other.wait()) == (0, 0)
    assert lost_beginnings(tmp_path) == []
    lines = lines_of(tmp_path / "store")
    print(f"\n{stages_of(tmp_path)} artefacts by {len({line.pid for line in lines})} workers")
    assert len({line.pid for line in lines if line.what == PLACED}) > WORKERS
    check_equal(tmp_path, undisturbed)


def test_jobs_of_submitit_leave_the_same_tables(few: Path, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    finish(tmp_path, "submitit-local", FEW_SEEDS)
    assert lost_beginnings(tmp_path) == []
    check_equal(tmp_path, few)


@contextmanager
def two_nodes() -> Iterator[Any]:
    """A Ray cluster of two nodes, processes here. On a busy machine its own processes may miss the
    30 seconds that they have to come up, so that it is tried again."""
    from ray.cluster_utils import Cluster

    for left in reversed(range(TRIES_OF_RAY)):
        cluster = Cluster()
        try:
            for _ in range(2):
                cluster.add_node(num_cpus=1, include_dashboard=False)
            cluster.wait_for_nodes()
            break
        except Exception as error:
            cluster.shutdown()
            if not left:
                pytest.skip(f"no Ray cluster could be started: {error}")
    try:
        yield cluster
    finally:
        cluster.shutdown()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
@pytest.mark.parametrize("dies", [False, True], ids=["both nodes live", "a node is killed"])
def test_two_nodes_of_ray_leave_the_same_tables(
    dies: bool, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with two_nodes() as cluster, start(tmp_path, f"ray:{cluster.address}", FEW_SEEDS) as process:
        if dies:
            half = stages_of(few) / 2
            wait_until(lambda: stages_of(tmp_path) >= half or process.poll() is not None, 900)
            assert process.poll() is None, "it ended before a node was killed"
            cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
        assert process.wait() == 0
    lost = lost_beginnings(tmp_path)
    assert len(lost) <= int(dies), "more was begun again than the dead node had under way"
    check_equal(tmp_path, few)
