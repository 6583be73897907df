"""The command line. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.compare import compare
from benchmark.commands.console import console, print_failures
from benchmark.commands.data import data
from benchmark.commands.doctor import doctor
from benchmark.commands.options import (
    DataRootOption,
    DeviceOption,
    OutOption,
    WorkersOption,
)
from benchmark.commands.run import run
from benchmark.commands.sweep import sweep
from benchmark.commands.validate_metrics import validate_metrics
from benchmark.commands.verify import verify
from skeletons.errors import InputError

DONE, SOME_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="skelgenbench",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Listing(StrEnum):
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


app.command("run")(run)
app.command("sweep")(sweep)
app.command("compare")(compare)
app.command("data")(data)
app.command("validate-metrics")(validate_metrics)
app.command("verify")(verify)
app.command("doctor")(doctor)


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
    from benchmark.commands.progress import watcher_for
    from benchmark.experiment.api import Workplace, exit_code_of, pretrain

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
    from benchmark.commands.check_generator import Question, check, check_overfit
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


def _known(what: Listing) -> list[tuple[str, str]]:
    """Name and summary of everything of a kind."""
    if what is Listing.generators:
        from generators.registry import generator_names

        return list(generator_names().items())
    if what is Listing.recognizers:
        from recognizers.registry import offered_names

        return list(offered_names().items())
    if what is Listing.metrics:
        from metrics.registry import metric_names

        return list(metric_names().items())
    if what is Listing.datasets:
        from skeletons.datasets import BUILT_IN, dataset_named

        return [(name, dataset_named(name).summary) for name in BUILT_IN]
    if what is Listing.sweeps:
        from benchmark.experiment.sweep import sweep_names

        return list(sweep_names().items())
    if what is Listing.splits:
        return [
            ("full", "all training clips"),
            ("<p>pct", "p percent of each class, such as 10pct; 5pct lies inside 10pct"),
            ("<k>shot", "k clips of each class, such as 5shot"),
        ]
    return _known_protocols()


def _known_protocols() -> list[tuple[str, str]]:
    from metrics.evaluation.protocols import PROTOCOLS
    from skeletons.datasets import BUILT_IN, dataset_named

    names = [(name, f"--protocol: {protocol.summary}") for name, protocol in PROTOCOLS.items()]
    for dataset in BUILT_IN:
        for place, protocol in enumerate(dataset_named(dataset).protocols):
            default = ", its default" if place == 0 else ""
            names.append((protocol, f"--data-protocol of {dataset}{default}"))
    return names


def _tell_about_extractor(folder: Path, dataset: str, install: bool) -> None:
    """Name, accuracy, whether it equals the bundled one; put it there if asked to."""
    from benchmark.experiment.artefacts.extractor import install_extractor, stored_accuracy
    from recognizers.extractors.st_trans import bundled_extractor, extractor_id

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
