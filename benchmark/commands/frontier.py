"""The command ``frontier``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.commands.console import console, print_failures
from benchmark.commands.options import (
    DataRootOption,
    DeviceOption,
    ExecutorOption,
    NeedsOption,
    OutOption,
    WorkersOption,
    names_given,
    workplace_of,
)

if TYPE_CHECKING:
    from rich.table import Table

    from benchmark.comparisons.frontier import Judged

OF = "The generator and its judges"
FRONTIER_FIELDS = (
    "generator",
    "dataset",
    "skeleton",
    "data_protocol",
    "split",
    "profile",
    "settings",
    "judges",
    "two_sample",
    "part",
    "samples",
    "repetitions",
    "seed",
    "generator_seed",
)


def frontier(
    fields: Mapping[str, Any],
    samplers: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[,NAME...]",
            help="ddpm, ddim, dpm_solver++, flow, guidance; without: all that the generator has.",
        ),
    ] = None,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    executor: ExecutorOption = "local",
    needs: NeedsOption = None,
) -> int:
    """How few steps of sampling are enough? Quality against time of one fitted generator.

    All points share one fit, and a second one for rectified flow. Each is held against 1,000 steps
    of DDPM by every judge. Scored on dev unless --part says else.

    [bold]Examples[/bold]

        python -m benchmark frontier --generator ddpm --split 10pct

        python -m benchmark frontier --generator ddpm --samplers ddim,flow --two-sample stgcn++

        python -m benchmark frontier --generator st_guided_ddpm --samplers guidance --workers 1
    """
    from benchmark.commands.progress import watcher_for
    from benchmark.comparisons.frontier import FRONTIER_COLUMNS, Point, verdict
    from benchmark.comparisons.frontier import frontier as found_by
    from benchmark.experiment.api import run_sweep
    from benchmark.experiment.frontier_sweep import (
        evaluations,
        frontier_sweep,
        sampler_of,
        seconds_per_clip,
    )
    from benchmark.records.tables import write_table
    from benchmark.reports.figures.frontier import plot_frontier
    from benchmark.reports.rich_tables import print_paths, print_sentences

    workplace = workplace_of(out, data_root, device, workers, executor, needs)
    asked = frontier_sweep(fields, names_given(samplers) or ())
    result = run_sweep(asked, workplace, watcher_for(console(stderr=True)))
    print_failures(result.stages)
    specs = {point.value: point.spec for point in asked.points()}
    points = []
    for point in result.points:
        spec, run = specs[point.value], point.scores.run
        seconds = seconds_per_clip(run, workplace.store)
        points.append(
            Point(
                point.value,
                sampler_of(spec.settings),
                int(spec.settings["sampling_steps"]),
                evaluations(spec),
                nan if seconds is None else seconds,
                point.base,
                point.scores,
            )
        )
    rows = found_by(points)
    table = result.folder / "frontier.csv"
    write_table(table, FRONTIER_COLUMNS, (row.row() for row in rows))
    plot = plot_frontier(rows, result.folder / "plots" / "frontier.png")
    screen = console()
    screen.print(_table(asked.title, rows))
    print_sentences(screen, [verdict(rows)])
    print_paths(screen, [table, plot])
    return result.exit_code


def _table(title: str, rows: Sequence[Judged]) -> Table:
    from benchmark.records.display_names import seconds
    from benchmark.reports.rich_tables import plain, table_with

    kinds = list(dict.fromkeys(row.kind for row in rows))
    heads = [f"FID {kind}" for kind in kinds]
    table = table_with("point", "evaluations", "a clip", *map(plain, heads), whole=3)
    table.title = plain(title)
    table.caption = "in brackets: against the most steps, and right class; *: on the Pareto front"
    points = dict.fromkeys(row.point for row in rows)
    for point in sorted(points, key=lambda one: one.evaluations):
        cells = []
        for row in (row for row in rows if row.point == point):
            if isnan(row.fid):
                cells.append("–")
                continue
            told = f"{100 * (row.relative - 1):+.0f} %, {100 * row.accuracy:.0f} %"
            cells.append(f"{row.fid:.2f} ({told}){'*' if row.pareto else ''}")
        time = "–" if isnan(point.seconds) else seconds(point.seconds)
        table.add_row(*map(plain, (point.name, point.evaluations, time, *cells)))
    return table
