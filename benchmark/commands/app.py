"""The program: its commands put together, and exceptions turned into exit codes.

Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence

import typer

from benchmark.commands.animate import animate
from benchmark.commands.check_generator import check_generator
from benchmark.commands.claims import claims
from benchmark.commands.compare import compare
from benchmark.commands.data import data
from benchmark.commands.doctor import doctor
from benchmark.commands.evaluate import evaluate, evaluate_fields
from benchmark.commands.fetch import fetch
from benchmark.commands.frontier import FRONTIER_FIELDS, OF, frontier
from benchmark.commands.leaderboard import leaderboard
from benchmark.commands.list import list_names
from benchmark.commands.predictors import predictors
from benchmark.commands.pretrain import pretrain
from benchmark.commands.reproduce import reproduce
from benchmark.commands.run import run
from benchmark.commands.run_options import run_fields, with_run_options
from benchmark.commands.status import status
from benchmark.commands.store import store
from benchmark.commands.sweep import BASE, BASE_FIELDS, sweep
from benchmark.commands.validate_metrics import validate_metrics
from benchmark.commands.verify import verify
from benchmark.engine.files import why_unwritable
from benchmark.experiment.exit_codes import BAD_INPUT, DONE, INTERRUPTED, SOME_FAILED

COMMANDS: dict[str, Callable[..., int]] = {
    "animate": animate,
    "claims": claims,
    "compare": compare,
    "predictors": predictors,
    "data": data,
    "data fetch": fetch,
    "validate-metrics": validate_metrics,
    "verify": verify,
    "reproduce": reproduce,
    "doctor": doctor,
    "list": list_names,
    "pretrain": pretrain,
    "check-generator": check_generator,
    "leaderboard": leaderboard,
    "status": status,
    "store": store,
}


def program(asked: str = "") -> typer.Typer:
    """All commands; those with a run's options have them where they are ``asked`` for, since
    making these imports pydantic."""
    app = typer.Typer(
        name="skelgenbench",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)
    app.command("run")(with_run_options(run, run_fields() if asked == "run" else ()))
    app.command("sweep")(with_run_options(sweep, BASE_FIELDS if asked == "sweep" else (), BASE))
    frontier_fields = FRONTIER_FIELDS if asked == "frontier" else ()
    app.command("frontier")(with_run_options(frontier, frontier_fields, OF))
    asked_fields = evaluate_fields() if asked == "evaluate" else ()
    app.command("evaluate")(with_run_options(evaluate, asked_fields))
    for name, command in COMMANDS.items():
        app.command(name)(command)
    return app


def _program() -> None:
    """Measure generators of skeleton action clips.

    Are the samples natural, diverse and of the right class, and do they help a recognizer?

    [bold]Examples[/bold]

        python -m benchmark run --generator st_guided_ddpm --split 10pct

        python -m benchmark run --generator ddpm --dataset nw_ucla

        python -m benchmark run --generator my_module:MyGenerator

        python -m benchmark evaluate samples.npz --split 10pct

        python -m benchmark sweep generators --split 10pct

        python -m benchmark list generators
    """


def run_command_line(arguments: Sequence[str]) -> int:
    """Carry out a command and return the exit code."""
    from typer.exceptions import Abort, Exit, TyperException

    words = list(arguments)
    if words[:2] == ["data", "fetch"]:
        words[:2] = ["data fetch"]  # one command: beside its SOURCE `data` can have none below it
    asked = next((word for word in words if not word.startswith("-")), "")
    try:
        code = program(asked)(
            words, standalone_mode=False, prog_name="python -m benchmark", obj=words
        )
    except Exit as end:  # typer's word for Ctrl-C, too
        code = int(end.exit_code)
    except TyperException as error:
        message = getattr(error, "format_message", None)
        text = " ".join((message() if message else str(error)).split())
        return _fail(f"{text} (see --help)") if text else BAD_INPUT
    except (KeyboardInterrupt, Abort):
        code = INTERRUPTED
    except Exception as error:
        if getattr(error, "bad_input", False):
            return _fail(str(error))
        unwritable = why_unwritable(error)
        if unwritable is not None:
            return _fail(unwritable)
        traceback.print_exc()
        return SOME_FAILED
    if code == INTERRUPTED:
        print("interrupted: the same command goes on from here", file=sys.stderr)
    return int(code or DONE)


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return BAD_INPUT
