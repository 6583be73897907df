"""The command ``predictors``."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import OutOption, RunsArgument, run_folder
from benchmark.experiment.exit_codes import DONE

if TYPE_CHECKING:
    from rich.table import Table

    from benchmark.comparisons.gain_predictors import GainPredictors

SHOW = "What to write"
SHOWN = 12
"""Rows on the terminal for each recognizer; the file has all."""


def predictors(
    runs: RunsArgument,
    csv: Annotated[
        Path | None,
        typer.Option(help="Write every correlation to this file.", rich_help_panel=SHOW),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw gains by metric into this PNG file, and all correlations beside it.",
            rich_help_panel=SHOW,
        ),
    ] = None,
    out: OutOption = Path("results"),
) -> int:
    """Which metric, under which judge, tells beforehand what samples are worth?

    Rank correlation of each metric with the gain of real + synthetic clips over real ones, over
    generators and their settings: five runs or more that differ in nothing else, each with metrics
    and the arms real and real+synthetic.

    [bold]Examples[/bold]

        python -m benchmark predictors results/runs/*-10pct-*

        python -m benchmark predictors results/runs/* --csv predictors.csv --plot predictors.png
    """
    from benchmark.comparisons.gain_predictors import PREDICTOR_COLUMNS, gain_predictors
    from benchmark.records.run_folder import read_run

    folders = dict.fromkeys(run_folder(run, out).resolve() for run in runs)
    found = gain_predictors([read_run(folder) for folder in folders])
    shown = console()
    for recognizer in found.reliability:
        shown.print(_table(found, recognizer))
    if csv is not None:
        from benchmark.records.tables import write_table

        write_table(csv, PREDICTOR_COLUMNS, [one.row() for one in found.predictors])
        print(csv)
    if plot is not None:
        from benchmark.reports.figures.gain_predictors import plot_gain_predictors

        for recognizer in found.reliability:
            several = len(found.reliability) > 1
            name = f"{plot.stem}-{recognizer}{plot.suffix}" if several else plot.name
            print(plot_gain_predictors(found, recognizer, plot.with_name(name)))
    return DONE


def _table(found: GainPredictors, recognizer: str) -> Table:
    from benchmark.records.display_names import metric_words
    from benchmark.reports.rich_tables import plain, table_with

    own = [one for one in found.predictors if one.recognizer == recognizer]
    told = [one for one in own if not isnan(one.correlation)]
    table = table_with("metric", "judge", "rank correlation [95 %]", "p (Holm)", "entries")
    table.title = f"What tells the gain of {plain(recognizer)}"
    for one in told[:SHOWN]:
        bounds = "" if isnan(one.low) else f" [{one.low:+.2f}, {one.high:+.2f}]"
        table.add_row(
            *map(
                plain,
                (
                    metric_words(one.metric).short,
                    one.judge or "bodies",
                    f"{one.correlation:+.2f}{bounds}",
                    f"{one.p_holm:.2g}",
                    one.entries,
                ),
            )
        )
    trust = found.reliability[recognizer]
    bound = (
        ""
        if isnan(trust)
        else f" Gains agree with themselves measured once more at {trust:.2f}: no metric can "
        f"be expected to correlate with them by more than {trust**0.5:.2f}."
    )
    table.caption = (
        f"{len(told)} of {len(own)} metrics and judges have values; the strongest "
        f"{min(SHOWN, len(told))}. Positive: better values go with larger gains.{bound}"
    )
    return table
