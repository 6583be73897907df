"""The command ``animate``."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.commands.options import WHERE, check_file, names_given, run_folder
from benchmark.experiment.exit_codes import DONE
from skeletons.errors import InputError, unknown_name

if TYPE_CHECKING:
    from benchmark.reports.moving_clips_reader import MovingClips, MovingRow

MOST_CLASSES = 12
"""Classes that are shown where none is chosen."""
SPEEDS = (0.05, 20.0)


def animate(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Run folder, or a name under --results/runs.",
            show_default=False,
        ),
    ],
    classes: Annotated[
        list[str] | None,
        typer.Option(
            "--class",
            metavar="NAME[,NAME...]",
            help="Classes to show; without: all, twelve at most. Repeatable or with commas.",
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        int, typer.Option(min=1, help="Which of the clips of each class, as on the run's page.")
    ] = 1,
    speed: Annotated[
        float, typer.Option(help="1 shows 20 frames of a clip a second, 0.5 half as many.")
    ] = 1.0,
    view: Annotated[
        str,
        typer.Option(
            metavar="AZIMUTH,ELEVATION",
            help="Where the viewer stands, in degrees: to the side of the front, and above.",
        ),
    ] = "35,8",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A .gif, or a .mp4 where there is ffmpeg; without: RUN.gif in this folder.",
            show_default=False,
        ),
    ] = None,
    results: Annotated[
        Path,
        typer.Option(help="Folder of runs, --out of other commands.", rich_help_panel=WHERE),
    ] = Path("results"),
) -> int:
    """Real clips beside synthetic ones and the nearest training clips of a run, as GIF or MP4.

    It needs the run folder alone (its clips.json), which may come from another machine.

    [bold]Examples[/bold]

        python -m benchmark animate kinematic12-10pct-ddpm-cc65387b

        python -m benchmark animate RUN --class throw --class walk --out throw.gif

        python -m benchmark animate RUN --class jump --speed 0.5 --view 90,0 --out jump.mp4
    """
    from benchmark.records.fingerprint import CLIPS
    from benchmark.reports.moving_clips_reader import read_moving_clips

    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise InputError(f"--speed {speed:g} is not between {SPEEDS[0]:g} and {SPEEDS[1]:g}")
    azimuth, elevation = _angles(view)
    folder = run_folder(run, results)
    path = out or Path(f"{folder.resolve().name}.gif")
    check_file("--out", path, ".gif", ".mp4")
    moving = read_moving_clips(folder / CLIPS)
    rows = _rows(moving, classes or (), sample)
    from benchmark.reports.class_animation import animate_classes

    print(animate_classes(moving, rows, path, sample - 1, speed, (azimuth, elevation)))
    return DONE


def _angles(text: str) -> tuple[float, float]:
    """Azimuth and elevation in radians."""
    try:
        azimuth, elevation = (math.radians(float(part)) for part in text.split(","))
    except ValueError:
        azimuth = elevation = math.nan
    if not (math.isfinite(azimuth) and abs(elevation) <= math.pi / 2):
        raise InputError(
            f"--view '{text}': give two angles in degrees, the second from -90 to 90, as in 35,8"
        )
    return azimuth, elevation


def _rows(moving: MovingClips, chosen: Sequence[str], sample: int) -> list[MovingRow]:
    """Rows of the classes that were asked for, which have so many clips."""
    known = moving.named()
    names: list[str] = []
    for text in chosen:
        names += [text] if text in known else names_given([text]) or (text,)
    for name in names:
        if name not in known:
            raise unknown_name("class", name, known)
    names = list(dict.fromkeys(names or list(known)[:MOST_CLASSES]))
    if len(known) > len(names) and not chosen:
        print(f"{len(names)} of {len(known)} classes: choose others by --class", file=sys.stderr)
    for name in names:
        have = max(len(known[name].real), len(known[name].synthetic))
        if sample > have:
            raise InputError(f"--sample {sample}: class '{name}' has {have} to choose from")
    return [known[name] for name in names]
