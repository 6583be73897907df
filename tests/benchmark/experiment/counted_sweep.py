"""A sweep as a command of its own, whose workers keep a ledger: ``OUT [EXECUTOR [SEEDS]]``.

Data, generators and trainings are the tests' quick stand-ins; plan, store, scheduler, workers,
tables and leaderboard are the real ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmark.experiment.api import Workplace, run_sweep
from benchmark.experiment.sweep import Sweep
from tests.benchmark import fakes

GENERATORS = tuple(f"{fakes.HERE}:{name}" for name in ("Shaker", "OtherShaker", "Confesses"))
SPLITS = ("20pct", "50pct")
SEEDS = 18
WORKERS = 2
LEDGER = "tests.benchmark.experiment.counted_stages"


def counted_sweep(seeds: int = SEEDS) -> Sweep:
    base = {
        "dataset": fakes.DATASET,
        "part": "dev",
        "samples": 24,
        "metrics": "none",
        "recognizers": ["stgcn++"],
        "seeds": 1,
    }
    grid = {"generator": list(GENERATORS), "split": list(SPLITS), "seed": list(range(seeds))}
    return Sweep.parse({"title": "Killed and counted", "base": base, "grid": grid}, "counted")


def cells(seeds: int = SEEDS) -> int:
    return len(GENERATORS) * len(SPLITS) * seeds


if __name__ == "__main__":
    import tests.benchmark.conftest  # noqa: F401  # what counts as code of the stand-ins

    fakes.put_in_place()
    executor = sys.argv[2] if len(sys.argv) > 2 else "local"
    workplace = Workplace(
        out=Path(sys.argv[1]),
        device="cpu",
        workers=WORKERS,
        preload=(LEDGER,),
        executor=executor,
        needs={} if executor == "local" else {"memory_gb": 1, "minutes": 10},
    )
    sweep = counted_sweep(int(sys.argv[3]) if len(sys.argv) > 3 else SEEDS)
    sys.exit(run_sweep(sweep, workplace).exit_code)
