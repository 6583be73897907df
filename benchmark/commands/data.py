"""The command ``data``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import CsvOption, DataProtocolOption, DataRootOption
from benchmark.experiment.exit_codes import DONE
from skeletons.errors import InputError

if TYPE_CHECKING:
    from skeletons.duplicates import Duplicate


def data(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Name, or package.module:Class; none: list the data sets.",
            show_default=False,
        ),
    ] = None,
    data_protocol: DataProtocolOption = "",
    tolerance: Annotated[
        float,
        typer.Option(help="Round coordinates to multiples of it before frames are compared."),
    ] = 0.0,
    csv_file: CsvOption = None,
    data_root: DataRootOption = None,
) -> int:
    """What a data set holds, and which test clips are in its training set.

    Clips by class, people and views, quirks that were repaired, caveats; test clips that a
    training clip repeats whole, in part or nearly. Without a name: the data sets, and whether
    their files are there.

    [bold]Examples[/bold]

        python -m benchmark data

        python -m benchmark data kinematic12

        python -m benchmark data nw_ucla --data-protocol official --csv copies.csv
    """
    if name is None:
        if csv_file is not None or data_protocol or tolerance:
            raise InputError("these options need the name of a data set: see `data` without any")
        return _list(data_root)
    from benchmark.reports.data_page import print_data
    from skeletons.datasets import dataset_named
    from skeletons.duplicates import find_duplicates

    dataset = dataset_named(name)
    loaded = dataset.load(data_protocol, data_root)
    found = find_duplicates(loaded.train, loaded.test, tolerance=tolerance)
    if csv_file is not None:
        _write(found.pairs, csv_file)
    print_data(dataset, loaded, found, console())
    if csv_file is not None:
        print(f"duplicates in {csv_file}")
    return DONE


def _list(data_root: Path | None) -> int:
    """Each data set, its protocols, and whether it can be loaded or why not."""
    from benchmark.reports.data_page import print_datasets
    from skeletons.datasets import BUILT_IN, dataset_named

    rows = []
    for name in BUILT_IN:
        dataset, missing = dataset_named(name), ""
        try:
            dataset.identity(dataset.protocols[0], data_root)
        except InputError as error:
            missing = str(error)
        rows.append((dataset, missing))
    print_datasets(rows, console())
    return DONE


def _write(pairs: Sequence[Duplicate], path: Path) -> None:
    from skeletons.duplicates import Duplicate

    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            columns = [one.name for one in fields(Duplicate)]
            writer = csv.DictWriter(stream, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(asdict(pair) for pair in pairs)
    except OSError as error:
        raise InputError(f"cannot write '{path}': {error.strerror}") from error
