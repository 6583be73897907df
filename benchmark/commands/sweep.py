"""The command ``sweep``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmark.commands.console import console, print_failures
from benchmark.commands.options import (
    DataRootOption,
    DeviceOption,
    ExecutorOption,
    LatexOption,
    NeedsOption,
    OutOption,
    WorkersOption,
    check_file,
    command_line,
)

BASE = "Another base"
BASE_FIELDS = (
    "generator",
    "dataset",
    "skeleton",
    "split",
    "recognizers",
    "profile",
    "settings",
    "metrics",
    "judges",
    "part",
    "samples",
    "seeds",
    "repetitions",
    "seed",
)
"""What the command line can change of a sweep's base."""


def sweep(
    fields: Mapping[str, Any],
    context: typer.Context,
    sweep: Annotated[
        str,
        typer.Argument(
            metavar="NAME_OR_FILE",
            help="A name of `list sweeps`, or a YAML file.",
            show_default=False,
        ),
    ],
    latex: LatexOption = None,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    executor: ExecutorOption = "local",
    needs: NeedsOption = None,
) -> int:
    """Vary a run along axes; end with a table and a plot for each axis.

    Every point is a run like any other, in the same store and on the same leaderboard. A sweep
    that was stopped goes on where it was.

    [bold]Examples[/bold]

        python -m benchmark sweep generators

        python -m benchmark sweep generators --split 10pct --samples 240

        python -m benchmark sweep my_ablation.yaml --dataset nw_ucla --latex tables.tex
    """
    from benchmark.commands.progress import watcher_for
    from benchmark.experiment.api import Workplace, run_sweep
    from benchmark.experiment.executors import parse_needs
    from benchmark.experiment.sweep import find_sweep
    from benchmark.reports.run_terminal import print_sweep

    if latex is not None:
        check_file("--latex", latex, ".tex")
    workplace = Workplace(
        out=out,
        data_root=data_root,
        device=device,
        workers=workers,
        executor=executor,
        needs=parse_needs(needs or ()),
    )
    asked = find_sweep(sweep).around(fields)
    result = run_sweep(asked, workplace, watcher_for(console(stderr=True)))
    print_failures(result.stages)
    print_sweep(result.folder, result.points, console())
    if latex is not None:
        from benchmark.reports.latex import write_latex
        from benchmark.reports.latex_tables import sweep_latex

        print(write_latex(latex, sweep_latex(asked.title, result.points), command_line(context)))
    return result.exit_code
