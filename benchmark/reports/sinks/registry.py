"""Sinks by name: ``tensorboard[:FOLDER]``, ``mlflow[:URI]``, an entry point of the group
``skelgenbench.sinks``, or ``package.module:Name``. What one needs is imported when it records.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from benchmark.records.run_folder import RunFolder, read_run
from benchmark.reports.sinks.mlflow_tracking import URI_VARIABLE, MlflowSink
from benchmark.reports.sinks.tensorboard_events import TensorBoardSink
from skeletons.errors import InputError
from skeletons.plugins import PluginError, guarded, imported, target_of

TENSORBOARD, MLFLOW = "tensorboard", "mlflow"
BUILT_IN = (TENSORBOARD, MLFLOW)
"""Each needs the package of its name, which the extra of its name brings."""


class Sink(Protocol):
    """Takes finished runs to somewhere else. A class of somebody's own imports nothing of ours and
    is made without arguments."""

    def record(self, run: RunFolder) -> None:
        """Tell of one run; called again with the same one when its command is repeated. Whatever it
        raises is told in one line, and harms neither the run nor other sinks."""
        ...


def make_sinks(names: Iterable[str], out: Path) -> dict[str, Sink]:
    """The sinks of some names, before any work is done.

    Args:
        out: the folder of results, where TensorBoard's events lie unless it is told a folder.

    Raises:
        InputError: an unknown name, a package that is not installed, no address.
        PluginError: a class of somebody's own cannot be imported or made.
    """
    return {name: _made(name, out) for name in names}


def record_runs(sinks: Mapping[str, Sink], folders: Iterable[Path]) -> list[str]:
    """Give runs to every sink; a line for each that could not be recorded. A folder without a
    record, of a run that could not begin, is passed over."""
    problems = []
    for folder in folders:
        if not (folder / "run.json").exists():
            continue
        run = read_run(folder)
        for name, sink in sinks.items():
            what = f"sink '{name}' cannot record {run.name}"
            try:
                guarded(what, type(sink).__module__, sink.record, run)
            except PluginError as error:
                problems.append(str(error))
    return problems


def _made(name: str, out: Path) -> Sink:
    head, _, argument = name.partition(":")
    if head not in BUILT_IN:
        target = target_of("sink", name, {}, BUILT_IN)
        module = target.partition(":")[0]
        sink: Sink = guarded(
            f"sink '{name}' cannot be made", module, imported("sink", name, target)
        )
        if not callable(getattr(sink, "record", None)):
            raise InputError(f"sink '{name}' gives a {type(sink).__name__}, which has no record")
        return sink
    if importlib.util.find_spec(head) is None:
        raise InputError(
            f"sink '{head}' needs the package {head}: pip install 'skelgenbench[{head}]'"
        )
    if head == TENSORBOARD:
        return TensorBoardSink(Path(argument) if argument else out / TENSORBOARD)
    uri = argument or os.environ.get(URI_VARIABLE, "")
    if not uri:
        raise InputError(f"sink 'mlflow': give mlflow:URI or set {URI_VARIABLE}")
    return MlflowSink(uri)
