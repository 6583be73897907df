"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WHERE = "Where to work"

DatasetOption = Annotated[
    str,
    typer.Option(
        help="Name, pyskl:FILE, humanact12:FOLDER, ntu:FOLDER or package.module:Class: where real "
        "clips come from."
    ),
]
SkeletonOption = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE.yaml",
        help="Skeleton of a data set's file; without: its number of joints decides.",
    ),
]
DataProtocolOption = Annotated[
    str, typer.Option(help="How the data set chooses train and test clips; without: its first way.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A generator parameter; repeatable."),
]
CsvOption = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write all that is found.")
]
OutOption = Annotated[
    Path, typer.Option(help="Folder of runs, leaderboard and store.", rich_help_panel=WHERE)
]
DataRootOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder with one folder a data set.",
        envvar="SKELGENBENCH_DATA",
        rich_help_panel=WHERE,
    ),
]
DeviceOption = Annotated[
    str, typer.Option(help="auto, cpu, cuda, cuda:<n> or mps.", rich_help_panel=WHERE)
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Processes; the default is one a core, eight at most.",
        rich_help_panel=WHERE,
    ),
]


PersonsOption = Annotated[
    int,
    typer.Option(min=1, max=2, help="Bodies of a clip of a data set's file, of most motion."),
]


def names_given(given: list[str] | None) -> tuple[str, ...] | None:
    """Names of a repeatable option, each possibly several with commas."""
    if not given:
        return None
    names = (name.strip() for text in given for name in text.split(","))
    return tuple(name for name in names if name)
