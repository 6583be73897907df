"""A training in a store, carried out by processes that are killed at random moments, or each time
after as long as the second argument says, in seconds of a processor.

A command of its own, whose first argument is the store's folder: what it forks would else have the
threads of other tests. It prints one JSON object.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from benchmark.engine.executors.inline import InlineExecutor
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.job import Job, Lineage
from benchmark.engine.scheduler import Scheduler
from benchmark.engine.task import Surroundings
from recognizers.recipes import Optimisation
from recognizers.training import TrainingRun
from recognizers.training import train as train_network
from skeletons.seeds import named_rng

STEPS = 1500
MOST_KILLS = 25


def train(job: Job) -> Lineage:
    """Train a small network with dropout, batch statistics, momentum and a moving average."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = (torch.nn.Linear(16, 64), torch.nn.BatchNorm1d(64), torch.nn.Dropout(0.3))
        model = torch.nn.Sequential(*layers, torch.nn.Linear(64, 1))

    def loss(model: torch.nn.Module, step: int) -> torch.Tensor:
        return model(torch.randn(16, 16)).square().mean()

    begun: list[int] = []

    def progress(done: int, total: int) -> None:
        if not begun:
            begun.append(done)
            with (job.store.root / "begun").open("a") as file:
                file.write(f"{done}\n")
        job.progress(done, total)

    trained = train_network(
        model,
        loss,
        name="it",
        steps=STEPS,
        seed=3,
        optimisation=Optimisation(learning_rate=0.001, ema=0.99),
        run=TrainingRun(checkpoint=job.scratch / "it.checkpoint", progress=progress),
    )
    save_file(trained.state_dict(), job.folder / "weights.safetensors")
    return {}


def attempt(root: Path) -> int:
    """Carry the stage out in a process of its own, whatever an earlier one has left; its number."""
    pid = os.fork()
    if pid:
        return pid
    target = "tests.benchmark.engine.killed_training:train"
    plan = Plan((Stage("fit", "fit", target, {}, code="1"),), ("fit",))
    results = Scheduler(plan, Surroundings(root)).run(lambda count: InlineExecutor())
    os._exit(0 if results["fit"].status == "ok" else 1)


def steps_begun_at(root: Path) -> list[int]:
    """The first step that each attempt came to."""
    try:
        return [int(line) for line in (root / "begun").read_text("utf-8").splitlines()]
    except OSError:
        return []


def processor_seconds(pid: int) -> float:
    """What a process has had of a processor: on a busy machine much less than time."""
    told = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def has_ended(pid: int) -> bool:
    """Whether a process is only waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def ends(pid: int, seconds: float) -> bool:
    """Whether a process ends well within so many seconds of a processor; it has no more."""
    begin = processor_seconds(pid)
    while processor_seconds(pid) - begin < seconds:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            if status:
                raise SystemExit(f"an attempt failed: {status}")
            return True
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1] == 0


def main() -> None:
    """Attempt it until it is done."""
    root, chance = Path(sys.argv[1]), named_rng("killer of trainings")
    every = float(sys.argv[2]) if len(sys.argv) > 2 else None
    for kills in range(MOST_KILLS):
        before = len(steps_begun_at(root))
        pid = attempt(root)
        while len(steps_begun_at(root)) == before and not has_ended(pid):
            time.sleep(0.005)
        lives = every or float(chance.uniform(0.1, 2.5))
        # the last of many is left alone
        if ends(pid, lives if kills < MOST_KILLS - 1 else 200.0):
            break
    print(json.dumps({"kills": kills, "begun": steps_begun_at(root)}))


if __name__ == "__main__":
    main()
