"""The command ``verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import CsvOption, DataRootOption, OutOption, WorkersOption


def verify(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...",
            help="Run folders, or their names; none: all runs, the leaderboard and the sweeps.",
            show_default=False,
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Do not featurise the clips again: trust their hashes."),
    ] = False,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing", help="Exit code 0 where something cannot be derived again."
        ),
    ] = False,
    csv_file: CsvOption = None,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    workers: WorkersOption = None,
) -> int:
    """Does every number still follow from what is stored?

    Compares artefacts with their hashes and keys, derives features, metrics, tables and the
    leaderboard again, and names every cell that says something else. Writes nothing. Exit code 1:
    a number is wrong or cannot be derived again.

    [bold]Examples[/bold]

        python -m benchmark verify

        python -m benchmark verify kinematic12-10pct-ddpm-be8ba021 --quick

        python -m benchmark verify --out results/reference --allow-missing
    """
    from benchmark.analyses.verification.display import show
    from benchmark.analyses.verification.finding import write_findings
    from benchmark.analyses.verification.verify import verify as verify_results
    from benchmark.commands.progress import watcher_for
    from benchmark.experiment.api import Workplace

    workplace = Workplace(out=out, data_root=data_root, device="cpu", workers=workers)
    verification = verify_results(
        workplace, runs or (), quick=quick, watcher=watcher_for(console(stderr=True))
    )
    if csv_file is not None:
        write_findings(csv_file, verification.findings)
    show(verification, console(), "" if csv_file is None else str(csv_file))
    return verification.exit_code(allow_missing)
