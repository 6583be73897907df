"""The command ``data fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import DataRootOption
from benchmark.experiment.exit_codes import DONE, SOME_FAILED
from skeletons.errors import unknown_name

if TYPE_CHECKING:
    from skeletons.datasets.published import Expected, Published, PublishedFile
    from skeletons.fetching import Fetched


def fetch(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="Of a published set; none: list them.", show_default=False
        ),
    ] = None,
    data_root: DataRootOption = None,
) -> int:
    """Fetch a published data set below the data root, or say who gives it and what goes where.

    A transfer that was cut goes on where it was. Files are checked by their SHA-256; where none is
    published, that of the first fetch is kept in FILE.sha256 and later ones are held against it.

    [bold]Examples[/bold]

        python -m benchmark data fetch

        python -m benchmark data fetch ntu60_3danno --data-root data
    """
    from skeletons.datasets.published import PUBLISHED
    from skeletons.fetching import folder_of, source_of

    if name is None:
        width = max(map(len, PUBLISHED))
        for known, one in PUBLISHED.items():
            given = "" if one.files else " (on request)"
            print(f"{known:<{width}}  {one.summary}{given}")
        return DONE
    if name not in PUBLISHED:
        raise unknown_name("data set to fetch", name, PUBLISHED)
    published = PUBLISHED[name]
    folder = folder_of(name, data_root)
    if published.terms:
        print(f"{name}: {published.terms}: {published.page}")
    for file in published.files:
        _tell(_fetched(file, folder))
    there = [_is_there(published, expected, folder) for expected in published.expected]
    if not all(there):
        return SOME_FAILED
    print(f"use it with --dataset {source_of(name, published, folder)}")
    return DONE


def _fetched(file: PublishedFile, folder: Path) -> Fetched:
    """Fetch a file, with a bar on a terminal."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    from skeletons.fetching import fetch_file

    screen = console(stderr=True)
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task(file.name, total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        return fetch_file(file, folder, progress)


def _tell(fetched: Fetched) -> None:
    """What was done, and what is known of the hash."""
    print(f"{fetched.path}: {f'fetched from {fetched.url}' if fetched.url else 'was there'}")
    about = {
        "published": "as published",
        "pinned": f"as when it was first fetched ({fetched.path.name}.sha256)",
        "": "none is published that we know: "
        + (f"kept in {fetched.path.name}.sha256" if fetched.url else "not compared"),
    }
    print(f"SHA-256 {fetched.sha256}, {about[fetched.known]}")


def _is_there(published: Published, expected: Expected, folder: Path) -> bool:
    """Say of files that somebody puts into place whether they are there, and what to do."""
    from skeletons.fetching import missing_files

    missing = missing_files(expected, folder)
    if missing:
        print(f"not there: {missing}; ask at {published.page} and unpack them there")
    else:
        print(f"there: {expected.what}, in '{folder}'")
    return not missing
