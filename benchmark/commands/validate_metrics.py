"""The command ``validate-metrics``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import (
    DataProtocolOption,
    DataRootOption,
    DatasetOption,
    OutOption,
    SkeletonOption,
    names_given,
)
from benchmark.experiment.exit_codes import DONE, SOME_FAILED


def validate_metrics(
    dataset: DatasetOption = "kinematic12",
    data_protocol: DataProtocolOption = "",
    skeleton: SkeletonOption = "",
    metrics: Annotated[
        list[str] | None,
        typer.Option(help="Names or groups; repeatable or with commas.", show_default="all"),
    ] = None,
    corruptions: Annotated[
        list[str] | None, typer.Option(help="Repeatable or with commas.", show_default="all")
    ] = None,
    repetitions: Annotated[
        int, typer.Option(min=2, help="Draws of each metric at each dose.")
    ] = 10,
    seed: Annotated[int, typer.Option(help="All other seeds derive from it.")] = 0,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            help="A kind, such as gru, or a folder that `pretrain` wrote; repeatable. `all`: every "
            "bundled one.",
            show_default="all",
        ),
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(
            help="A folder with a leaderboard.csv: do the metrics rank its generators as their "
            "downstream gain does?",
            show_default=False,
        ),
    ] = None,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
) -> int:
    """Send real clips down a ladder of corruptions: which metric sees what, through which judge?

    Held-back training clips are measured as a generator's samples are, at growing doses of noise,
    frozen frames, blends, swapped labels, copies and more. Exit code 1: a metric does not see what
    it promises through any judge, or a corruption is seen by none.

    [bold]Examples[/bold]

        python -m benchmark validate-metrics

        python -m benchmark validate-metrics --metrics fid,recall --corruptions dropped_modes

        python -m benchmark validate-metrics --judge all --judge results/old-judge

        python -m benchmark validate-metrics --runs results
    """
    from benchmark.analyses.validity.validation import ValidationRequest, validate
    from benchmark.commands.progress import watcher_for

    request = ValidationRequest(
        dataset=dataset,
        data_protocol=data_protocol,
        skeleton=skeleton,
        metrics=names_given(metrics) or ("all",),
        corruptions=names_given(corruptions) or ("all",),
        repetitions=repetitions,
        seed=seed,
        judges=tuple(judge or ()) or ("all",),
        runs=runs,
        data_root=data_root,
    )
    kept = validate(request, out, watcher_for(console(stderr=True)), console())
    return DONE if kept else SOME_FAILED
