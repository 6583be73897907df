"""The command ``check-generator``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import (
    DataProtocolOption,
    DataRootOption,
    DatasetOption,
    DeviceOption,
    SetOption,
    SkeletonOption,
)
from benchmark.experiment.exit_codes import DONE, SOME_FAILED
from skeletons.errors import InputError


def check_generator(
    generator: Annotated[str, typer.Argument(help="Name, or package.module:Class.")],
    dataset: DatasetOption = "kinematic12",
    data_protocol: DataProtocolOption = "",
    skeleton: SkeletonOption = "",
    profile: Annotated[
        str | None,
        typer.Option(
            help="smoke (seconds), quick or paper.", show_default="smoke; quick with --overfit"
        ),
    ] = None,
    setting: SetOption = None,
    overfit: Annotated[
        bool,
        typer.Option("--overfit", help="Instead: train on 1 clip a class; are they given back?"),
    ] = False,
    overfit_limit: Annotated[
        float, typer.Option(help="Largest error, as a share of the distance between classes.")
    ] = 0.25,
    data_root: DataRootOption = None,
    device: DeviceOption = "auto",
) -> int:
    """Check that a generator does all that the benchmark relies on.

    [bold]Examples[/bold]

        python -m benchmark check-generator ddpm

        python -m benchmark check-generator my_module:MyGenerator

        python -m benchmark check-generator ddpm --overfit --set train_steps=3000
    """
    from benchmark.analyses.conformance.candidate import (
        Candidate,
        clips_for_checks,
        first_of_each_class,
    )
    from benchmark.analyses.conformance.display import show_checks, show_overfit
    from benchmark.engine.devices import check_device_option, torch_device
    from benchmark.spec import parse_settings
    from generators.registry import check_usable
    from skeletons.datasets import check_protocol, dataset_named

    if not overfit_limit > 0:  # nor NaN
        raise InputError(f"--overfit-limit {overfit_limit} is not above 0")
    profile = profile or ("quick" if overfit else "smoke")
    settings = parse_settings(setting or [])
    check_usable(generator, profile, settings)
    check_device_option(device)
    source = dataset_named(dataset, skeleton)
    train = source.load(check_protocol(source, data_protocol), data_root).train
    fitted, held_back = (first_of_each_class(train), train) if overfit else clips_for_checks(train)
    with tempfile.TemporaryDirectory() as folder:
        candidate = Candidate(
            generator, fitted, held_back, Path(folder), profile, settings, torch_device(device)
        )
        if overfit:
            passed = show_overfit(candidate, overfit_limit, dataset, console())
        else:
            passed = show_checks(candidate, dataset, console())
    return DONE if passed else SOME_FAILED
