"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skeletons.errors import InputError, unknown_name

if TYPE_CHECKING:
    from benchmark.experiment.api import Workplace

WHERE = "Where to work"

DatasetOption = Annotated[
    str,
    typer.Option(
        help="Name, pyskl:FILE, humanact12:FOLDER, ntu:FOLDER, pair:FILE.yaml or "
        "package.module:Class: where real clips come from."
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
LatexOption = Annotated[
    Path | None,
    typer.Option(
        "--latex", metavar="FILE.tex", help="Write the tables for a paper (LaTeX, booktabs)."
    ),
]
RunsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...", help="Run folders, or names under --out/runs.", show_default=False
    ),
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
DevicesOption = Annotated[
    int,
    typer.Option(
        min=1,
        help="Devices that one training or sampling uses at once, from --device on.",
        rich_help_panel=WHERE,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Processes; the default is one a core, eight at most. With another executor: stages "
        "queued or under way.",
        rich_help_panel=WHERE,
    ),
]
ExecutorOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Who carries stages out: local, ray\\[:ADDRESS], slurm\\[:PARTITION], submitit-local, "
        "or package.module:Name, which makes what concurrent.futures calls an executor.",
        rich_help_panel=WHERE,
    ),
]
NeedsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--needs",
        metavar="KEY=VALUE",
        help="What such an executor is asked for a stage, and its limits: cores, gpus, memory_gb, "
        "minutes; without: as measured. Repeatable.",
        rich_help_panel=WHERE,
    ),
]
SinkOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sink",
        metavar="NAME",
        help="Where finished runs are told, too: tensorboard\\[:FOLDER], mlflow\\[:URI], or "
        "package.module:Name. Repeatable.",
    ),
]


PersonsOption = Annotated[
    int,
    typer.Option(min=1, max=2, help="Bodies of a clip of a data set's file, of most motion."),
]


def workplace_of(
    out: Path,
    data_root: Path | None,
    device: str,
    workers: int | None,
    executor: str,
    needs: list[str] | None,
    devices: int = 1,
) -> Workplace:
    """Where the options say that work is done."""
    from benchmark.experiment import api
    from benchmark.experiment.executors import parse_needs

    return api.Workplace(
        out=out,
        data_root=data_root,
        device=device,
        devices=devices,
        workers=workers,
        executor=executor,
        needs=parse_needs(needs or ()),
    )


def names_given(given: list[str] | None) -> tuple[str, ...] | None:
    """Names of a repeatable option, each possibly several with commas."""
    if not given:
        return None
    names = (name.strip() for text in given for name in text.split(","))
    return tuple(name for name in names if name)


def command_line(context: typer.Context) -> str:
    """What was typed, as one line that a shell takes again."""
    return f"python -m benchmark {shlex.join(context.obj or ())}"


def check_file(option: str, path: Path, *endings: str) -> None:
    """Refuse a file to be written before any work is done for it.

    Raises:
        InputError: a name with another ending, or a folder that cannot be written.
    """
    folder = next(one for one in (path.resolve(), *path.resolve().parents) if one.exists())
    known = path.suffix.lower() in endings and not path.is_dir()
    writable = os.access(folder, os.W_OK) and (folder == path.resolve() or folder.is_dir())
    if not known or not writable:
        raise InputError(
            f"{option} '{path}': give a {' or '.join(endings)} file in a folder that can be written"
        )


def run_folder(run: str, results: Path) -> Path:
    """The folder of a run that was given as a path, or by its name under ``results/runs``.

    Raises:
        InputError: there is none; the nearest known name.
    """
    for folder in (Path(run), results / "runs" / run):
        if (folder / "run.json").is_file():
            return folder
    known = [path.parent.name for path in results.glob("runs/*/run.json")]
    if not known or Path(run).is_dir():
        raise InputError(f"'{run}' is no run folder and '{results}' holds no run of that name")
    raise unknown_name(f"run in '{results}'", run, known)
