"""The command ``sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.console import console, print_failures
from benchmark.commands.options import (
    DataRootOption,
    DeviceOption,
    OutOption,
    WorkersOption,
    names_given,
)

BASE = "Another base"


def sweep(
    sweep: Annotated[
        str,
        typer.Argument(
            metavar="NAME_OR_FILE",
            help="A name of `list sweeps`, or a YAML file.",
            show_default=False,
        ),
    ],
    generator: Annotated[str | None, typer.Option(help="As of run.", rich_help_panel=BASE)] = None,
    dataset: Annotated[str | None, typer.Option(help="As of run.", rich_help_panel=BASE)] = None,
    split: Annotated[str | None, typer.Option(help="As of run.", rich_help_panel=BASE)] = None,
    recognizer: Annotated[
        list[str] | None,
        typer.Option(help="As of run; none: metrics only.", rich_help_panel=BASE),
    ] = None,
    profile: Annotated[str | None, typer.Option(help="As of run.", rich_help_panel=BASE)] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A generator parameter of the base; repeatable.",
            rich_help_panel=BASE,
        ),
    ] = None,
    metrics: Annotated[
        list[str] | None, typer.Option(help="As of run.", rich_help_panel=BASE)
    ] = None,
    samples: Annotated[int | None, typer.Option(help="As of run.", rich_help_panel=BASE)] = None,
    seeds: Annotated[int | None, typer.Option(help="As of run.", rich_help_panel=BASE)] = None,
    repetitions: Annotated[
        int | None, typer.Option(help="As of run.", rich_help_panel=BASE)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="As of run.", rich_help_panel=BASE)] = None,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
) -> int:
    """Vary a run along axes; end with a table and a plot for each axis.

    Every point is a run like any other, in the same store and on the same leaderboard. A sweep
    that was stopped goes on where it was.

    [bold]Examples[/bold]

        python -m benchmark sweep generators

        python -m benchmark sweep generators --split 10pct --samples 240

        python -m benchmark sweep my_ablation.yaml --dataset nw_ucla
    """
    from benchmark.commands.progress import watcher_for
    from benchmark.experiment.api import Workplace, run_sweep
    from benchmark.experiment.sweep import find_sweep
    from benchmark.reports.run_terminal import print_sweep
    from benchmark.spec import parse_settings

    given = {
        "generator": generator,
        "dataset": dataset,
        "split": split,
        "recognizers": names_given(recognizer),
        "profile": profile,
        "metrics": names_given(metrics),
        "samples": samples,
        "seeds": seeds,
        "repetitions": repetitions,
        "seed": seed,
    }
    fields = {name: value for name, value in given.items() if value is not None}
    asked = find_sweep(sweep).around(fields, parse_settings(setting or []))
    workplace = Workplace(out=out, data_root=data_root, device=device, workers=workers)
    result = run_sweep(asked, workplace, watcher_for(console(stderr=True)))
    print_failures(result.stages)
    print_sweep(result.folder, result.points, console())
    return result.exit_code
