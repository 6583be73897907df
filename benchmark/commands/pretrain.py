"""The command ``pretrain``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.console import console, print_failures
from benchmark.commands.options import (
    DataProtocolOption,
    DataRootOption,
    DatasetOption,
    DeviceOption,
    OutOption,
    PersonsOption,
    SkeletonOption,
    WorkersOption,
    names_given,
)


def pretrain(
    dataset: DatasetOption,
    data_protocol: DataProtocolOption = "",
    skeleton: SkeletonOption = "",
    persons: PersonsOption = 1,
    judges: Annotated[
        list[str] | None,
        typer.Option(
            "--judges",
            help="Kinds of judges; without: all that a run asks. Repeatable or with commas.",
            metavar="NAME[,NAME...]",
        ),
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", help="Make them those that come with the package.")
    ] = False,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
) -> int:
    """Train a data set's judges by their recipes and compare them with the bundled ones.

    [bold]Examples[/bold]

        python -m benchmark pretrain --dataset kinematic12

        python -m benchmark pretrain --dataset nw_ucla --judges st_trans,gru
    """
    from benchmark.commands.progress import watcher_for
    from benchmark.experiment import api

    workplace = api.Workplace(out=out, data_root=data_root, device=device, workers=workers)
    watcher = watcher_for(console(stderr=True))
    kinds = names_given(judges) or ()
    folders, rows = api.pretrain(
        dataset, data_protocol, kinds, workplace, watcher, skeleton, persons
    )
    print_failures(rows)
    for kind, folder in folders.items():
        _print_judge(kind, folder, dataset, install)
    return api.exit_code_of(rows)


def _print_judge(kind: str, folder: Path, dataset: str, install: bool) -> None:
    """Name, accuracy, whether it equals the bundled one; put it there if asked to."""
    from benchmark.experiment.artefacts.extractor import install_extractor, stored_accuracy
    from recognizers.extractors.kinds import bundled_extractor, extractor_id

    name, bundled = extractor_id(folder), bundled_extractor(dataset, kind)
    right = ", ".join(f"{value:.4f} on {part}" for part, value in stored_accuracy(folder).items())
    print(f"{name}: accuracy {right} clips of {dataset}")
    print(f"in {folder}")
    if install:
        print(f"installed in {install_extractor(folder, dataset)}")
    elif bundled is None:
        print(f"{dataset} has no bundled {kind}; runs find this one in the store")
    elif extractor_id(bundled) == name:
        print("equal to the bundled one")
    else:
        print(f"differs from the bundled one, {extractor_id(bundled)}")
