"""The command ``compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import (
    LatexOption,
    OutOption,
    RunsArgument,
    check_file,
    command_line,
    run_folder,
)
from benchmark.experiment.exit_codes import DONE
from skeletons.errors import InputError

SHOW = "What to write"


def compare(
    context: typer.Context,
    runs: RunsArgument,
    control: Annotated[
        str, typer.Option(help="The arm that the others are compared with.")
    ] = "real",
    detect: Annotated[
        float,
        typer.Option(help="Difference in points: how many seeds would it take to see it?"),
    ] = 2.0,
    csv: Annotated[
        Path | None,
        typer.Option(help="Write every number to this file.", rich_help_panel=SHOW),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the differences into this PNG file.", rich_help_panel=SHOW),
    ] = None,
    latex: LatexOption = None,
    out: OutOption = Path("results"),
) -> int:
    """Compare the arms of a run, or several runs: what can be told apart, and what cannot.

    Differences are paired by test clip and training seed and adjusted for their number (Holm).
    Runs that differ in their generator seed only count as repetitions of one. Runs of different
    data, protocols, extractors or references are refused.

    [bold]Examples[/bold]

        python -m benchmark compare kinematic12-10pct-ddpm-cc65387b

        python -m benchmark compare results/runs/*-10pct-* --csv comparison.csv

        python -m benchmark compare RUN --control classical --detect 1.5 --plot comparison.png

        python -m benchmark compare RUN OTHER_RUN --latex comparison.tex
    """
    from benchmark.comparisons.compare_runs import compare_runs
    from benchmark.records.run_folder import read_run
    from benchmark.reports.comparison_terminal import print_comparison

    if not detect > 0.0:
        raise InputError(f"--detect {detect:g}: a difference to be seen is above 0 points")
    if latex is not None:
        check_file("--latex", latex, ".tex")
    folders = dict.fromkeys(run_folder(run, out).resolve() for run in runs)
    comparison = compare_runs([read_run(folder) for folder in folders], control, detect)
    print_comparison(comparison, console())
    if csv is not None:
        from benchmark.records.tables import write_table
        from benchmark.reports.comparison_csv import COMPARISON_COLUMNS, comparison_rows

        write_table(csv, COMPARISON_COLUMNS, comparison_rows(comparison))
        print(csv)
    if latex is not None:
        from benchmark.reports.comparison_latex import comparison_latex
        from benchmark.reports.latex import write_latex

        print(write_latex(latex, comparison_latex(comparison), command_line(context)))
    if plot is not None:
        from benchmark.reports.figures.forest_plot import plot_comparison

        print(plot_comparison(comparison, plot))
    return DONE
