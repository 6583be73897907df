"""The command ``claims``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import (
    DataProtocolOption,
    DataRootOption,
    DatasetOption,
    DeviceOption,
    OutOption,
    SetOption,
    SkeletonOption,
    names_given,
)
from benchmark.experiment.exit_codes import DONE


def claims(
    classes: Annotated[
        list[str] | None,
        typer.Option(
            help="Names; repeatable or with commas.", show_default="the data set's first three"
        ),
    ] = None,
    dataset: DatasetOption = "kinematic12",
    data_protocol: DataProtocolOption = "",
    skeleton: SkeletonOption = "",
    generator: Annotated[str, typer.Option(help="Name, or package.module:Class.")] = "ddpm",
    profile: Annotated[str, typer.Option(help="Of the generator: quick, paper, smoke.")] = "quick",
    setting: SetOption = None,
    recognizer: Annotated[str, typer.Option(help="Of one stream, such as gru, stgcn++.")] = "gru",
    shots: Annotated[int, typer.Option(min=1, help="Real clips of each class.")] = 10,
    synthetic: Annotated[int, typer.Option(min=2, help="Synthetic clips in all.")] = 1090,
    epochs: Annotated[int, typer.Option(min=1, help="Of every training of equal epochs.")] = 20,
    seeds: Annotated[int, typer.Option(min=2, help="Trainings of each arm.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the ten clips, the generator, the samples.")] = 0,
    data_root: DataRootOption = None,
    device: DeviceOption = "auto",
    out: OutOption = Path("results"),
) -> int:
    """What is a published gain made of? Count it their way, then ours, a correction at a time.

    The geometry is that of KineMIC (arXiv 2512.11654): a few clips of three classes, equal epochs,
    so that synthetic clips bring 35 times as many steps, and the best epoch on the test clips.

    [bold]Examples[/bold]

        python -m benchmark claims --classes run,boxing,warm_up

        python -m benchmark claims --dataset nw_ucla --recognizer stgcn++ --seeds 3
    """
    from benchmark.analyses.claims.claim import ClaimRequest, recount
    from benchmark.analyses.claims.geometry import Geometry
    from benchmark.engine.devices import check_device_option, torch_device
    from benchmark.spec import parse_settings

    check_device_option(device)
    request = ClaimRequest(
        dataset=dataset,
        data_protocol=data_protocol,
        skeleton=skeleton,
        classes=names_given(classes) or (),
        geometry=Geometry(shots=shots, synthetic=synthetic, epochs=epochs),
        generator=generator,
        recognizer=recognizer,
        profile=profile,
        settings=parse_settings(setting or []),
        seeds=seeds,
        seed=seed,
        device=torch_device(device),
        data_root=data_root,
    )
    recount(request, out, console(), console(stderr=True))
    return DONE
