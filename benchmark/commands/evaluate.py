"""The command ``evaluate``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
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
from benchmark.experiment.exit_codes import BAD_INPUT, DONE, SOME_FAILED

if TYPE_CHECKING:
    from benchmark.experiment.evaluation import Evaluation
    from skeletons.foreign import Foreign

NOT_OF_SAMPLES = (
    *("generator", "settings", "samples", "generator_seed", "generator_data", "made_elsewhere"),
    *("setting", "allow"),
)
"""Fields of a run that clips made elsewhere cannot have."""


def evaluate_fields() -> tuple[str, ...]:
    """Fields of ``RunSpec`` that have an option here."""
    from benchmark.spec import RunSpec

    return tuple(name for name in RunSpec.model_fields if name not in NOT_OF_SAMPLES)


def evaluate(
    fields: Mapping[str, Any],
    samples: Annotated[
        Path,
        typer.Argument(
            metavar="SAMPLES",
            help="A .npz, a PYSKL pickle, a folder of .npy, MDM's results.npy, or a .zip of one.",
            show_default=False,
        ),
    ],
    name: Annotated[
        str, typer.Option(help="What tables call the clips; without: the file's name.")
    ] = "",
    mapping: Annotated[
        Path | None,
        typer.Option(help="YAML: 'joints', names in the file's order; 'classes', theirs: ours."),
    ] = None,
    fps: Annotated[
        float | None, typer.Option(min=0.1, help="Frames a second, where the file does not say.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only look: every finding, none is the last.")
    ] = False,
    real: Annotated[
        Path | None,
        typer.Option(
            help="Your own real clips, sent through the same path: do they reach the floor?"
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, and nothing else.")
    ] = False,
    sink: SinkOption = None,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    devices: DevicesOption = 1,
    workers: WorkersOption = None,
    executor: ExecutorOption = "local",
    needs: NeedsOption = None,
) -> int:
    """Judge clips that were made somewhere else, like those of any generator.

    Layout, unit, vertical axis and labels are found and said; what cannot be is one line that says
    what to type. Then every metric, judge and training as in `run`, a run folder and a row of the
    leaderboard. What the clips were learnt from is not known, and every table says so.

    [bold]Examples[/bold]

        python -m benchmark evaluate samples.npz --dataset kinematic12 --split 10pct

        python -m benchmark evaluate samples.npz --check

        python -m benchmark evaluate results.npy --mapping classes.yaml --name mdm --recognizer none

        python -m benchmark evaluate samples.zip --real my_real_clips.npz
    """
    from benchmark.commands.progress import watcher_for
    from benchmark.experiment.evaluation import check_samples, evaluate_samples
    from benchmark.experiment.foreign_clips import read_mapping
    from benchmark.reports.evaluation_terminal import print_findings, print_floor
    from benchmark.reports.run_terminal import print_run

    workplace = workplace_of(out, data_root, device, workers, executor, needs, devices)
    names = read_mapping(mapping)
    screen = console(stderr=as_json)
    if check:
        found = [
            (path, check_samples(path, fields, workplace, mapping=names, fps=fps))
            for path in (samples, real)
            if path is not None
        ]
        if as_json:
            _print_json({str(path): _findings(foreign) for path, foreign in found})
        else:
            for path, foreign in found:
                print_findings(str(path), foreign, screen)
        return DONE if all(foreign.clips is not None for _, foreign in found) else BAD_INPUT
    sinks = sinks_of(sink, out)
    watcher = watcher_for(console(stderr=True))
    floor = None
    if real is not None:
        # First: where real clips do not match themselves, no other number means anything.
        alone = {**fields, "recognizers": (), "two_sample": ()}
        floor = evaluate_samples(
            real, alone, workplace, watcher, name=f"{real.stem}-real", mapping=names, fps=fps
        )
    result = evaluate_samples(
        samples, fields, workplace, watcher, name=name, mapping=names, fps=fps
    )
    print_failures(result.run.stages)
    if as_json:
        _print_json(_result(samples, result, floor))
    else:
        print_findings(str(samples), result.foreign, screen)
        if (result.run.folder / "summary.csv").exists():
            print_run(result.run.folder, screen)
        if real is not None and floor is not None:
            print_floor(str(real), floor.beyond_the_floor, screen)
    unreached = floor is not None and bool(floor.beyond_the_floor)
    code = result.run.exit_code or (SOME_FAILED if unreached else DONE)
    return tell_sinks(sinks, [result.run.folder], code)


def _findings(foreign: Foreign) -> dict[str, Any]:
    return {
        "accepted": foreign.clips is not None,
        "clips": 0 if foreign.clips is None else len(foreign.clips),
        "findings": [asdict(one) for one in foreign.findings],
    }


def _result(samples: Path, result: Evaluation, floor: Evaluation | None) -> dict[str, Any]:
    told = {
        "samples": str(samples),
        **_findings(result.foreign),
        "run": str(result.run.folder),
        "status": result.run.status,
        "summary": _rows(result.summary),
        "downstream": _rows(result.downstream),
    }
    if floor is not None:
        told["real"] = {
            **_findings(floor.foreign),
            "summary": _rows(floor.summary),
            "beyond_the_floor": floor.beyond_the_floor,
        }
    return told


def _rows(frame: Any) -> list[dict[str, Any]]:
    """Rows of a table, an undefined number as null."""
    rows: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=15))
    return rows


def _print_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))
