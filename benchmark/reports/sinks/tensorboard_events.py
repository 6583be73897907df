"""Finished runs as event files of TensorBoard, a folder each."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.comparisons.run_scores import run_scores
from benchmark.records.run_folder import RunFolder
from benchmark.reports.score_tables import gain_markdown, metric_markdown, notes_list
from benchmark.reports.sinks.numbers import numbers_of, parameters_of

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

IN_TABLE = "summary/"
"""Numbers that stand in the table of hyper-parameters."""


class TensorBoardSink:
    """Writes ``<folder>/<run>/``: every number, the tables, the pictures, and the specification
    with the summary as hyper-parameters. What stood there of the same run is replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self, run: RunFolder) -> None:
        """Write the events of a run; readers see the old ones or all of the new ones.

        Raises:
            OSError: they cannot be written.
        """
        from torch.utils.tensorboard import SummaryWriter

        place = self._folder / run.name
        partial = self._folder / f".{run.name}.{os.getpid()}"
        try:
            with SummaryWriter(str(partial)) as writer:
                _write(run, writer)
            shutil.rmtree(place, ignore_errors=True)
            partial.rename(place)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _write(run: RunFolder, writer: SummaryWriter) -> None:
    numbers = numbers_of(run)
    for one in numbers:
        writer.add_scalar(one.name, one.value, one.step)
    writer.add_text("tables", tables_of(run))
    for path in sorted(run.path.glob("plots/*.png")):
        writer.add_image(f"plots/{path.stem}", _pixels(path), dataformats="HWC")
    shown = {one.name: one.value for one in numbers if one.name.startswith(IN_TABLE)}
    writer.add_hparams(parameters_of(run), shown, run_name=".")


def tables_of(run: RunFolder) -> str:
    """Status, the tables of the leaderboard with this run alone, and what must be said of it, in
    Markdown."""
    entry, names = run_scores(run), [str(run.spec.get("generator")).rpartition(":")[2]]
    blocks = [f"{run.name}: {run.status}. {run.measured_on}"]
    if entry.metrics:
        blocks.append(metric_markdown([entry], names, ranked=False))
    if entry.gains:
        blocks.append(gain_markdown([entry], names, ranked=False))
    blocks += notes_list([*run.caveats, *run.problems])
    return "\n\n".join(blocks)


def _pixels(path: Path) -> object:
    """An RGB picture ``[H, W, 3]``, uint8."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
