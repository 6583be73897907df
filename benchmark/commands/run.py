"""The command ``run``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.commands.console import console, print_failures
from benchmark.commands.options import (
    DataRootOption,
    DeviceOption,
    DevicesOption,
    ExecutorOption,
    NeedsOption,
    OutOption,
    SinkOption,
    WorkersOption,
    workplace_of,
)
from benchmark.commands.sinks import sinks_of, tell_sinks
from skeletons.errors import InputError

if TYPE_CHECKING:
    from benchmark.spec import RunSpec


def run(
    fields: Mapping[str, Any],
    spec: Annotated[
        Path | None,
        typer.Option(help="YAML file with these options as fields; options given here win."),
    ] = None,
    sink: SinkOption = None,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    devices: DevicesOption = 1,
    workers: WorkersOption = None,
    executor: ExecutorOption = "local",
    needs: NeedsOption = None,
) -> int:
    """Fit, sample, score and train on the samples; end with a table.

    A run that was stopped goes on where it was; one that is done is read from the store.

    [bold]Examples[/bold]

        python -m benchmark run --generator st_guided_ddpm --split 10pct

        python -m benchmark run --generator ddpm --set sampling_steps=25

        python -m benchmark run --generator ddpm --metrics all --recognizer none

        python -m benchmark run --generator mdm --arms real,real+synthetic@2,oracle@2 --seeds 5

        python -m benchmark run --generator ddpm --dataset nw_ucla

        python -m benchmark run --generator ddpm --recognizer stgcn++@2s,ctrgcn,pyskl:aagcn

        python -m benchmark run --generator ddpm --recipe batch=32 --recipe augmentation.yaw=0.5

        python -m benchmark run --generator ddpm --profile paper --weights stgcn++=ntu60_j.pth
    """
    from benchmark.commands.progress import watcher_for
    from benchmark.experiment import api
    from benchmark.reports.run_terminal import print_run

    workplace = workplace_of(out, data_root, device, workers, executor, needs, devices)
    sinks = sinks_of(sink, out)
    result = api.run(spec_of(fields, spec), workplace, watcher_for(console(stderr=True)))
    print_failures(result.stages)
    if (result.folder / "summary.csv").exists():
        print_run(result.folder, console())
    return tell_sinks(sinks, [result.folder], result.exit_code)


def spec_of(fields: Mapping[str, Any], path: Path | None) -> RunSpec:
    """A spec file, changed by the fields that were given; of settings and the like, entry by
    entry."""
    from benchmark.spec import RunSpec, read_yaml_mapping

    values = {} if path is None else read_yaml_mapping(path)
    for name, value in fields.items():
        both = isinstance(value, Mapping) and isinstance(values.get(name), Mapping)
        values[name] = {**values[name], **value} if both else value
    if "generator" not in values:
        raise InputError(
            "run needs --generator: a name (see `list generators`) or package.module:Class"
        )
    return RunSpec.parse(values)
