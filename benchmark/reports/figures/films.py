"""Pictures one after another as a file: GIF by Pillow, MP4 by ffmpeg where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError

import numpy as np
from PIL import Image

from skeletons.errors import InputError

FRAMES_PER_SECOND = 20
REST = 10
"""Frames for which the last pose stands before a film starts again."""
NO_FFMPEG = "there is no ffmpeg for '{path}': write a .gif, or install ffmpeg"


@dataclass(frozen=True)
class Film:
    """Pictures of one size, which can be gone through once.

    Attributes:
        images: RGB, 20 a second.
        count: how many they are.
        palette: the colours of a file that holds few.
    """

    images: Iterator[Image.Image]
    count: int
    palette: Image.Image


def write_film(film: Film, path: Path) -> Path:
    """Write a GIF or an MP4, as the name ends.

    Raises:
        InputError: another ending, no ffmpeg, or a file that cannot be written.
    """
    if path.suffix.lower() == ".mp4":
        return write_mp4(film, path)
    if path.suffix.lower() != ".gif":
        raise InputError(f"'{path}' is neither a .gif nor a .mp4")
    try:
        return write_gif(film, path)
    except OSError as error:
        raise InputError(f"cannot write '{path}' ({error.strerror or error})") from error


def write_gif(film: Film, path: Path) -> Path:
    """Write a GIF that is repeated for ever; equal films give equal bytes."""
    frames = (
        image.quantize(palette=film.palette, dither=Image.Dither.NONE) for image in film.images
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    duration = 1000 // FRAMES_PER_SECOND
    next(frames).save(
        partial,
        format="GIF",
        save_all=True,
        append_images=frames,
        duration=[duration] * (film.count - 1) + [duration * REST],
        loop=0,
        optimize=False,
    )
    partial.replace(path)
    return path


def find_ffmpeg() -> str:
    """The program that matplotlib is told to take, or that of the package ``imageio-ffmpeg``;
    empty where there is none."""
    import matplotlib

    found = shutil.which(str(matplotlib.rcParams["animation.ffmpeg_path"]))
    if found is not None:
        return found
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return ""


def write_mp4(film: Film, path: Path) -> Path:
    """Write an MP4 (H.264) of pictures with even numbers of pixels.

    Raises:
        InputError: there is no ffmpeg, or it cannot write the file.
    """
    import matplotlib
    from matplotlib.animation import FFMpegWriter
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    program = find_ffmpeg()
    if not program:
        raise InputError(NO_FFMPEG.format(path=path))
    first = next(film.images)
    dpi = 100
    figure = Figure(figsize=(first.width / dpi, first.height / dpi), dpi=dpi)
    FigureCanvasAgg(figure)
    shown = figure.figimage(np.asarray(first))
    partial = path.with_name(f".{path.stem}.partial.mp4")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with matplotlib.rc_context({"animation.ffmpeg_path": program}):
            writer = FFMpegWriter(fps=FRAMES_PER_SECOND, extra_args=["-pix_fmt", "yuv420p"])
            with writer.saving(figure, str(partial), dpi):
                writer.grab_frame()
                for image in film.images:
                    shown.set_data(np.asarray(image))
                    writer.grab_frame()
                for _ in range(REST - 1):
                    writer.grab_frame()
        partial.replace(path)
    except CalledProcessError as error:
        told = str(error.stderr or error.stdout or error).strip().splitlines()
        raise InputError(f"ffmpeg cannot write '{path}': {told[-1] if told else error}") from error
    except OSError as error:
        raise InputError(f"cannot write '{path}' ({error.strerror or error})") from error
    finally:
        partial.unlink(missing_ok=True)
    return path
