"""The command line. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.compare_command import compare
from benchmark.console import console, print_failures
from benchmark.data_command import data
from benchmark.options import (
    DataRootOption,
    DeviceOption,
    OutOption,
    WorkersOption,
    names_given,
)
from benchmark.sweep_command import sweep
from benchmark.validate_command import validate_metrics
from benchmark.verify_command import verify
from skeletons.errors import InputError

if TYPE_CHECKING:
    from benchmark.spec import RunSpec

DONE, SOME_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="skelgenbench",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Listing(str, Enum):
    """What ``list`` can list."""

    generators = "generators"
    datasets = "datasets"
    recognizers = "recognizers"
    metrics = "metrics"
    splits = "splits"
    protocols = "protocols"
    sweeps = "sweeps"


@app.callback()
def _program() -> None:
    """Measure generators of skeleton action clips.

    Are the samples natural, diverse and of the right class, and do they help a recognizer?

    [bold]Examples[/bold]

        python -m benchmark run --generator st_guided_ddpm --split 10pct

        python -m benchmark run --generator ddpm --dataset nw_ucla

        python -m benchmark run --generator my_module:MyGenerator

        python -m benchmark sweep generators --split 10pct

        python -m benchmark list generators
    """


@app.command("run")
def _run(
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
            help="From `list recognizers`; repeatable. none: metrics only.",
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
    """
    from benchmark.application import Workplace, run
    from benchmark.progress import watcher_for
    from benchmark.reports.terminal import print_run

    given = {
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
        "allow": names_given(allow),
    }
    asked = _spec(
        spec, {name: value for name, value in given.items() if value is not None}, setting
    )
    workplace = Workplace(out=out, data_root=data_root, device=device, workers=workers)
    result = run(asked, workplace, watcher_for(console(stderr=True)))
    print_failures(result.stages)
    if (result.folder / "summary.csv").exists():
        print_run(result.folder, console())
    return result.exit_code


app.command("sweep")(sweep)
app.command("compare")(compare)
app.command("data")(data)
app.command("validate-metrics")(validate_metrics)
app.command("verify")(verify)


@app.command("list")
def _list(what: Annotated[Listing, typer.Argument(help="What to list.")]) -> int:
    """Names that ``run`` knows, each with a line about it.

    [bold]Examples[/bold]

        python -m benchmark list generators

        python -m benchmark list datasets
    """
    names = _known(what)
    width = max(len(name) for name, _ in names)
    for name, summary in names:
        print(f"{name:<{width}}  {summary}")
    return DONE


@app.command("pretrain")
def _pretrain(
    dataset: Annotated[str, typer.Option(help="Name, or package.module:Class.")],
    data_protocol: Annotated[
        str, typer.Option(help="How the data set chooses train and test clips.")
    ] = "",
    install: Annotated[
        bool, typer.Option("--install", help="Make it the one that comes with the package.")
    ] = False,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
) -> int:
    """Train a data set's extractor by its recipe and compare it with the bundled one.

    [bold]Example[/bold]

        python -m benchmark pretrain --dataset kinematic12
    """
    from benchmark.application import Workplace, exit_code_of, pretrain
    from benchmark.progress import watcher_for

    workplace = Workplace(out=out, data_root=data_root, device=device, workers=workers)
    folder, rows = pretrain(dataset, data_protocol, workplace, watcher_for(console(stderr=True)))
    print_failures(rows)
    if folder is not None:
        _tell_about_extractor(folder, dataset, install)
    return exit_code_of(rows)


@app.command("check-generator")
def _check_generator(
    generator: Annotated[str, typer.Argument(help="Name, or package.module:Class.")],
    dataset: Annotated[
        str, typer.Option(help="Name, or package.module:Class: clips to check it on.")
    ] = "kinematic12",
    data_protocol: Annotated[
        str, typer.Option(help="How the data set chooses train and test clips.")
    ] = "",
    profile: Annotated[
        str | None,
        typer.Option(
            help="smoke (seconds), quick or paper.", show_default="smoke; quick with --overfit"
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A generator parameter; repeatable."),
    ] = None,
    overfit: Annotated[
        bool,
        typer.Option("--overfit", help="Instead: train on 1 clip a class; are they given back?"),
    ] = False,
    overfit_limit: Annotated[
        float, typer.Option(help="Largest error, as a share of the distance between classes.")
    ] = 0.25,
    data_root: DataRootOption = None,
    device: DeviceOption = "auto",
) -> int:
    """Check that a generator does all that the benchmark relies on.

    [bold]Examples[/bold]

        python -m benchmark check-generator ddpm

        python -m benchmark check-generator my_module:MyGenerator

        python -m benchmark check-generator ddpm --overfit --set train_steps=3000
    """
    from benchmark.conformance.command import Question, check, check_overfit
    from benchmark.spec import parse_settings

    question = Question(
        generator, dataset, data_protocol, data_root, profile, parse_settings(setting or []), device
    )
    if overfit:
        return check_overfit(question, overfit_limit, console())
    return check(question, console())


@app.command("leaderboard")
def _leaderboard(out: OutOption = Path("results")) -> int:
    """Write the leaderboard of all runs under a folder again.

    [bold]Example[/bold]

        python -m benchmark leaderboard --out results
    """
    from benchmark.reports.leaderboard import write_leaderboard

    if not (out / "runs").is_dir() and not (out / "timings.json").is_file():
        raise InputError(f"'{out}' holds no runs: start one with `run --out {out}`")
    for path in write_leaderboard(out):
        print(path)
    return DONE


def run_command_line(arguments: Sequence[str]) -> int:
    """Carry out a command and return the exit code: 0 done, 1 some rows failed, 2 bad input."""
    from typer.exceptions import Abort, Exit, TyperException

    try:
        code = app(list(arguments), standalone_mode=False, prog_name="python -m benchmark")
    except InputError as error:
        return _fail(str(error))
    except Exit as end:  # typer's word for Ctrl-C, too
        code = int(end.exit_code)
    except TyperException as error:
        message = getattr(error, "format_message", None)
        text = " ".join((message() if message else str(error)).split())
        return _fail(f"{text} (see --help)") if text else BAD_INPUT
    except (KeyboardInterrupt, Abort):
        code = INTERRUPTED
    except Exception:
        traceback.print_exc()
        return SOME_FAILED
    if code == INTERRUPTED:
        print("interrupted: the same command goes on from here", file=sys.stderr)
    return int(code or DONE)


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return BAD_INPUT


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


def _known(what: Listing) -> list[tuple[str, str]]:
    """Name and summary of everything of a kind."""
    if what is Listing.generators:
        from generators.registry import generator_names

        return list(generator_names().items())
    if what is Listing.recognizers:
        from recognizers.registry import recognizer_names

        return list(recognizer_names().items())
    if what is Listing.metrics:
        from metrics.registry import metric_names

        return list(metric_names().items())
    if what is Listing.datasets:
        from skeletons.datasets import BUILT_IN, dataset_named

        return [(name, dataset_named(name).summary) for name in BUILT_IN]
    if what is Listing.sweeps:
        from benchmark.sweep import sweep_names

        return list(sweep_names().items())
    if what is Listing.splits:
        return [
            ("full", "all training clips"),
            ("<p>pct", "p percent of each class, such as 10pct; 5pct lies inside 10pct"),
            ("<k>shot", "k clips of each class, such as 5shot"),
        ]
    return _known_protocols()


def _known_protocols() -> list[tuple[str, str]]:
    from metrics.protocols import PROTOCOLS
    from skeletons.datasets import BUILT_IN, dataset_named

    names = [(name, f"--protocol: {protocol.summary}") for name, protocol in PROTOCOLS.items()]
    for dataset in BUILT_IN:
        for place, protocol in enumerate(dataset_named(dataset).protocols):
            default = ", its default" if place == 0 else ""
            names.append((protocol, f"--data-protocol of {dataset}{default}"))
    return names


def _tell_about_extractor(folder: Path, dataset: str, install: bool) -> None:
    """Name, accuracy, whether it equals the bundled one; put it there if asked to."""
    from benchmark.stages.extractor import install_extractor, stored_accuracy
    from recognizers.extractor import bundled_extractor, extractor_id

    name, bundled = extractor_id(folder), bundled_extractor(dataset)
    print(f"{name}: accuracy {stored_accuracy(folder):.4f} on the test clips of {dataset}")
    print(f"in {folder}")
    if install:
        print(f"installed in {install_extractor(folder, dataset)}")
    elif bundled is None:
        print(f"{dataset} has no bundled extractor; runs find this one in the store")
    elif extractor_id(bundled) == name:
        print("equal to the bundled one")
    else:
        print(f"differs from the bundled one, {extractor_id(bundled)}")
