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
    OutOption,
    WorkersOption,
    names_given,
)
from skeletons.errors import InputError

if TYPE_CHECKING:
    from benchmark.spec import RunSpec


def run(
    generator: Annotated[
        str | None, typer.Option(help="Name, or package.module:Class.", show_default=False)
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Name, or package.module:Class.", show_default="kinematic12")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="full, <p>pct or <k>shot: training clips that may be seen.", show_default="full"
        ),
    ] = None,
    recognizer: Annotated[
        list[str] | None,
        typer.Option(
            help="From `list recognizers`, with @STREAM; repeatable. none: metrics only.",
            show_default="stgcn++",
        ),
    ] = None,
    arms: Annotated[
        list[str] | None,
        typer.Option(
            help="Downstream training sets; repeatable or with commas.",
            show_default="real,real+synthetic",
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Trainings of each recognizer and arm.", show_default="3")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(help="quick (two cores, minutes) or paper (a GPU).", show_default="quick"),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A generator parameter; repeatable."),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            help="Names, groups, all or none; repeatable or with commas.",
            show_default="the four classic ones",
        ),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(help="Synthetic clips.", show_default="600 quick, 3000 paper")
    ] = None,
    repetitions: Annotated[
        int | None, typer.Option(help="Draws of each metric.", show_default="20")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="How the metrics draw.", show_default="skelgen-v1")
    ] = None,
    data_protocol: Annotated[
        str | None, typer.Option(help="How the data set chooses train and test clips.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="All other seeds derive from it.", show_default="0")
    ] = None,
    data_seed: Annotated[
        int | None, typer.Option(help="Which clips the split takes.", show_default="0")
    ] = None,
    generator_seed: Annotated[
        int | None,
        typer.Option(help="Another training of the generator, all else alike.", show_default="0"),
    ] = None,
    generator_data: Annotated[
        str | None,
        typer.Option(
            help="full: the generator sees more than the split, and rows say so.",
            show_default="split",
        ),
    ] = None,
    step_budget: Annotated[
        str | None,
        typer.Option(
            help="Steps of every arm: as for real and synthetic clips, or as for real ones.",
            show_default="augmented",
        ),
    ] = None,
    extractor: Annotated[
        str | None,
        typer.Option(help="Folder of an extractor, or a published checkpoint of a GRU."),
    ] = None,
    random_state: Annotated[
        bool | None,
        typer.Option(
            "--random-state", help="The GRU extractor's noise, as published.", show_default="off"
        ),
    ] = None,
    recipe: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="An entry of the recognizers' recipes, as run.json shows them; repeatable.",
        ),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE",
            help="Checkpoint that a recognizer's trainings start from; repeatable.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Do what is else refused: same_architecture, guide_is_extractor."),
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option(help="YAML file with these options as fields; options given here win."),
    ] = None,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
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
    from benchmark.spec import parse_settings

    given: dict[str, Any] = {
        "generator": generator,
        "dataset": dataset,
        "split": split,
        "recognizers": names_given(recognizer),
        "arms": names_given(arms),
        "seeds": seeds,
        "profile": profile,
        "metrics": names_given(metrics),
        "samples": samples,
        "repetitions": repetitions,
        "protocol": protocol,
        "data_protocol": data_protocol,
        "seed": seed,
        "data_seed": data_seed,
        "generator_seed": generator_seed,
        "generator_data": generator_data,
        "step_budget": step_budget,
        "extractor": extractor,
        "random_state": random_state,
        "recipe": parse_settings(recipe, "--recipe") if recipe else None,
        "weights": _files_given(weights, names_given(recognizer)) if weights else None,
        "allow": names_given(allow),
    }
    asked = _spec(
        spec, {name: value for name, value in given.items() if value is not None}, setting
    )
    workplace = api.Workplace(out=out, data_root=data_root, device=device, workers=workers)
    result = api.run(asked, workplace, watcher_for(console(stderr=True)))
    print_failures(result.stages)
    if (result.folder / "summary.csv").exists():
        print_run(result.folder, console())
    return result.exit_code


def _files_given(texts: list[str], recognizers: tuple[str, ...] | None) -> dict[str, str]:
    """Recognizer -> file; a file without a name is for the one recognizer that was asked for."""
    files: dict[str, str] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not equals:
            if recognizers is None or len(recognizers) != 1:
                raise InputError(f"--weights {text}: say whose they are, as in stgcn++={text}")
            name, path = recognizers[0], text
        if name in files:
            raise InputError(f"--weights names {name} twice")
        files[name] = path
    return files


def _spec(path: Path | None, given: Mapping[str, Any], settings: list[str] | None) -> RunSpec:
    from benchmark.spec import RunSpec, parse_settings, read_yaml_mapping

    values = {} if path is None else read_yaml_mapping(path)
    values.update(given)
    if settings:
        values["settings"] = {**(values.get("settings") or {}), **parse_settings(settings)}
    if "generator" not in values:
        raise InputError(
            "run needs --generator: a name (see `list generators`) or package.module:Class"
        )
    return RunSpec.parse(values)
