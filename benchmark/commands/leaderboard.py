"""The command ``leaderboard``."""

from __future__ import annotations

from pathlib import Path

from benchmark.commands.options import OutOption
from benchmark.experiment.exit_codes import DONE
from skeletons.errors import InputError


def leaderboard(out: OutOption = Path("results")) -> int:
    """Write the leaderboard of all runs under a folder again.

    [bold]Example[/bold]

        python -m benchmark leaderboard --out results
    """
    from benchmark.reports.leaderboard import write_leaderboard

    if not (out / "runs").is_dir() and not (out / "timings.json").is_file():
        raise InputError(f"'{out}' holds no runs: start one with `run --out {out}`")
    for path in write_leaderboard(out):
        print(path)
    return DONE
