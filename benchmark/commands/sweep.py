"""The command ``sweep``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.commands.console import console, print_failures
from benchmark.commands.options import (
    DataRootOption,
    DeviceOption,
    DevicesOption,
    ExecutorOption,
    LatexOption,
    NeedsOption,
    OutOption,
    SinkOption,
    WorkersOption,
    check_file,
    command_line,
    workplace_of,
)
from benchmark.commands.sinks import sinks_of, tell_sinks
from benchmark.experiment.exit_codes import BAD_INPUT, DONE

if TYPE_CHECKING:
    from benchmark.experiment.api import Workplace
    from benchmark.experiment.sweep import Sweep

MOST_PROBLEMS = 20
"""Cells that cannot be, named one by one."""
MOST_RUNS = 1000
"""Of a grid, whose stages a dry run looks at."""
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
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only tell runs, stages, hours and memory; nothing runs."),
    ] = False,
    latex: LatexOption = None,
    sink: SinkOption = None,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    devices: DevicesOption = 1,
    workers: WorkersOption = None,
    executor: ExecutorOption = "local",
    needs: NeedsOption = None,
) -> int:
    """Vary a run along axes or over a grid; end with a table and a plot for each axis.

    Every point is a run like any other, in the same store and on the same leaderboard. A sweep
    that was stopped goes on where it was; `status` tells from another terminal how far it is.

    [bold]Examples[/bold]

        python -m benchmark sweep generators

        python -m benchmark sweep generators --split 10pct --samples 240

        python -m benchmark sweep experiments/generation.yaml --dry-run

        python -m benchmark sweep my_ablation.yaml --dataset nw_ucla --latex tables.tex
    """
    from benchmark.commands.progress import watcher_for
    from benchmark.experiment.api import run_sweep
    from benchmark.experiment.sweep import find_sweep
    from benchmark.reports.run_terminal import print_sweep

    if latex is not None:
        check_file("--latex", latex, ".tex")
    workplace = workplace_of(out, data_root, device, workers, executor, needs, devices)
    asked = find_sweep(sweep).around(fields)
    if dry_run:
        return _dry_run(asked, workplace)
    sinks = sinks_of(sink, out)
    result = run_sweep(asked, workplace, watcher_for(console(stderr=True)))
    print_failures(result.stages)
    print_sweep(result.folder, result.points, console())
    if latex is not None:
        from benchmark.reports.latex import write_latex
        from benchmark.reports.latex_tables import sweep_latex

        print(write_latex(latex, sweep_latex(asked.title, result.points), command_line(context)))
    runs = dict.fromkeys(run.path for point in result.points for run in point.scores.runs)
    return tell_sinks(sinks, runs, result.exit_code)


def _dry_run(asked: Sweep, workplace: Workplace) -> int:
    """Tell what would be done."""
    from benchmark.commands.work_left import print_runs, print_stages
    from benchmark.experiment.sweep_status import status_of_points
    from benchmark.reports.rich_tables import print_sentences

    screen = console()
    asked = asked.with_data(workplace.data_folder())
    count = asked.cells.count()
    for line in count.problems[:MOST_PROBLEMS]:
        print(f"error: {line}", file=sys.stderr)
    if len(count.problems) > MOST_PROBLEMS:
        more = len(count.problems) - MOST_PROBLEMS
        print(f"error: {more:,} other cells cannot be either", file=sys.stderr)
    if count.refused:
        return BAD_INPUT
    points = asked.points(MOST_RUNS)
    place = (workplace.out, workplace.data_folder(), workplace.slots)
    found = status_of_points(asked.name, points, *place, anew=True)
    several = f", each with {asked.trainings} trainings of the generator" * (asked.trainings > 1)
    if count.cells:
        told = f"{count.cells:,} cells, {count.runs:,} of them different runs{several}"
    else:
        told = f"{len(points):,} points{several}: {len(found.runs):,} runs"
    print_sentences(screen, [f"{asked.title}: {told}"])
    print_runs(found.runs, screen)
    if count.runs > MOST_RUNS:
        few = f"Stages are those of {len(found.runs):,} runs, spread evenly over the grid."
        print_sentences(screen, [few], "Note")
    print_stages(found.forecast, screen)
    return DONE
