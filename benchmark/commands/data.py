"""The command ``data``."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import (
    CsvOption,
    DataProtocolOption,
    DataRootOption,
    PersonsOption,
    SkeletonOption,
    check_file,
)
from benchmark.experiment.exit_codes import DONE
from skeletons.errors import InputError

if TYPE_CHECKING:
    from skeletons.datasets import Data
    from skeletons.duplicates import Duplicate


def data(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="Name, pyskl:FILE, humanact12:FOLDER, ntu:FOLDER, pair:FILE.yaml or "
            "package.module:Class; none: list the data sets.",
            show_default=False,
        ),
    ] = None,
    skeleton: SkeletonOption = "",
    persons: PersonsOption = 1,
    data_protocol: DataProtocolOption = "",
    tolerance: Annotated[
        float,
        typer.Option(help="Round coordinates to multiples of it before frames are compared."),
    ] = 0.0,
    csv_file: CsvOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the same as one JSON object and nothing else.")
    ] = False,
    png_file: Annotated[
        Path | None, typer.Option("--png", metavar="FILE", help="Draw it: one picture.")
    ] = None,
    data_root: DataRootOption = None,
) -> int:
    """What a data set holds, and which test clips are in its training set.

    Clips by class, people and views, ranges, unit, up axis, what was repaired and by which rule,
    caveats; test clips that a training clip repeats whole, in part or nearly. A file whose
    skeleton is not known: a YAML file to start from. Without a name: the data sets, and whether
    their files are there.

    [bold]Examples[/bold]

        python -m benchmark data

        python -m benchmark data nw_ucla --data-protocol official --csv copies.csv

        python -m benchmark data pyskl:mine.pkl --skeleton mine.yaml --png mine.png
    """
    if name is None:
        given = (csv_file, png_file, data_protocol, tolerance, as_json, skeleton, persons != 1)
        if any(given):
            raise InputError("these options need the name of a data set: see `data` without any")
        return _list(data_root)
    from benchmark.reports.data_facts import data_facts
    from benchmark.reports.data_page import print_data
    from skeletons.datasets import dataset_named
    from skeletons.duplicates import find_duplicates
    from skeletons.formats.reading import UnknownSkeletonError

    dataset = dataset_named(name, skeleton, persons)
    try:
        loaded = dataset.load(data_protocol, data_root)
    except UnknownSkeletonError as error:
        if not as_json:
            print(_starting_yaml(error.joints, error.dimensions))
        raise
    found = find_duplicates(loaded.train, loaded.test, tolerance=tolerance)
    if csv_file is not None:
        _write(found.pairs, csv_file)
    if png_file is not None:
        _draw(loaded, png_file, dataset.name)
    if as_json:
        facts = data_facts(dataset, loaded, found, dataset.identity(loaded.protocol, data_root))
        print(json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False))
        return DONE
    print_data(dataset, loaded, found, console())
    for path, what in ((csv_file, "duplicates"), (png_file, "picture")):
        if path is not None:
            print(f"{what} in {path}")
    return DONE


def _draw(loaded: Data, path: Path, name: str) -> None:
    from benchmark.reports.figures.data_sheet import data_sheet

    check_file("--png", path, ".png")
    data_sheet(loaded, path, name)


def _starting_yaml(joints: int, dimensions: int) -> str:
    """A skeleton of so many joints in a row, to be renamed and put into a tree."""
    from dataclasses import replace

    from skeletons.skeleton import chain
    from skeletons.skeleton_files import skeleton_yaml

    row = replace(chain(joints), name="mine", dimensions=dimensions)
    if dimensions == 2:
        row = replace(row, unit="px", up=(1, -1))
    return (
        "# A skeleton to start from: name the joints in the file's order, give each its parent,\n"
        "# e.g. left_knee: left_hip; centre, pairs and facing are found by names if left out.\n"
        + skeleton_yaml(row)
    )


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
