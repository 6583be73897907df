"""A training in the store, as a command of its own, for a test that kills it; its one argument is
the store's folder."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmark.engine.executors.inline import InlineExecutor
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.job import Job, Lineage
from benchmark.engine.scheduler import Scheduler
from benchmark.engine.task import Surroundings

STEPS = 6000


def train(job: Job) -> Lineage:
    """Train a small network with dropout, batch statistics, momentum and a moving average."""
    import torch
    from safetensors.torch import save_file

    from recognizers.recipes import Optimisation
    from recognizers.training import TrainingRun
    from recognizers.training import train as train_network

    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = (torch.nn.Linear(16, 64), torch.nn.BatchNorm1d(64), torch.nn.Dropout(0.3))
        model = torch.nn.Sequential(*layers, torch.nn.Linear(64, 1))

    def loss(model: torch.nn.Module, step: int) -> torch.Tensor:
        return model(torch.randn(16, 16)).square().mean()

    first: list[int] = []

    def progress(done: int, total: int) -> None:
        if not first:
            first.append(done)
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


def main() -> None:
    """Carry the stage out, whatever an earlier attempt has left."""
    target = "tests.benchmark.engine.killed_training:train"
    plan = Plan((Stage("fit", "fit", target, {}, code="1"),), ("fit",))
    results = Scheduler(plan, Surroundings(Path(sys.argv[1]))).run(lambda count: InlineExecutor())
    print(results["fit"].status, results["fit"].reason)


if __name__ == "__main__":
    main()
