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
    WorkersOption,
)


def pretrain(
    dataset: DatasetOption,
    data_protocol: DataProtocolOption = "",
    install: Annotated[
        bool, typer.Option("--install", help="Make it the one that comes with the package.")
    ] = False,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
) -> int:
    """Train a data set's extractor by its recipe and compare it with the bundled one.

    [bold]Example[/bold]

        python -m benchmark pretrain --dataset kinematic12
    """
    from benchmark.commands.progress import watcher_for
    from benchmark.experiment import api

    workplace = api.Workplace(out=out, data_root=data_root, device=device, workers=workers)
    watcher = watcher_for(console(stderr=True))
    folder, rows = api.pretrain(dataset, data_protocol, workplace, watcher)
    print_failures(rows)
    if folder is not None:
        _print_extractor(folder, dataset, install)
    return api.exit_code_of(rows)


def _print_extractor(folder: Path, dataset: str, install: bool) -> None:
    """Name, accuracy, whether it equals the bundled one; put it there if asked to."""
    from benchmark.experiment.artefacts.extractor import install_extractor, stored_accuracy
    from recognizers.extractors.kinds import bundled_extractor, extractor_id

    name, bundled = extractor_id(folder), bundled_extractor(dataset)
    print(f"{name}: accuracy {stored_accuracy(folder):.4f} on the test clips of {dataset}")
    print(f"in {folder}")
    if install:
        print(f"installed in {install_extractor(folder, dataset)}")
    elif bundled is None:
        print(f"{dataset} has no bundled extractor; runs find this one in the store")
    elif extractor_id(bundled) == name:
        print("equal to the bundled one")
    else:
        print(f"differs from the bundled one, {extractor_id(bundled)}")
