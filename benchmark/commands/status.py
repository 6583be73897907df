"""The command ``status``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.commands.console import console
from benchmark.commands.options import DataRootOption, OutOption, WorkersOption, run_folder
from benchmark.experiment.exit_codes import DONE, SOME_FAILED
from skeletons.errors import InputError

if TYPE_CHECKING:
    from benchmark.experiment.api import Workplace
    from benchmark.experiment.sweep_status import SweepStatus


def status(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SWEEP_OR_RUN...]",
            help="Sweeps, by name or YAML file, and runs, by name or folder; without: all sweeps "
            "that were begun.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
    workers: WorkersOption = None,
) -> int:
    """How far sweeps and runs are: done, running, failed, waiting, and the time left.

    Reads run folders and the store only: it works from any terminal, while another process is at
    work. Exit code 1 where runs failed.

    [bold]Examples[/bold]

        python -m benchmark status

        python -m benchmark status generators

        python -m benchmark status experiments/generation.yaml --json
    """
    from benchmark.experiment.api import Workplace

    workplace = Workplace(out=out, data_root=data_root, workers=workers)
    found = [_status(name, workplace) for name in names or _begun(out)]
    if as_json:
        print(json.dumps({"sweeps": [_plain(one) for one in found]}))
    else:
        for one in found:
            _print(one)
    return SOME_FAILED if any(one.counts["failed"] for one in found) else DONE


def _begun(out: Path) -> list[str]:
    names = sorted(path.parent.name for path in out.glob("sweeps/*/sweep.yaml"))
    if not names:
        raise InputError(f"'{out}' holds no sweep that was begun: name one, or a run")
    return names


def _status(name: str, workplace: Workplace) -> SweepStatus:
    """Of a sweep as it was begun, of a run, or of a sweep that nobody began."""
    from benchmark.experiment.api import SWEEP_FILE
    from benchmark.experiment.sweep import Sweep, find_sweep, sweep_name
    from benchmark.experiment.sweep_status import status_of_points, status_of_runs
    from benchmark.records.run_folder import read_run
    from benchmark.spec import RunSpec, read_yaml_mapping

    place = (workplace.out, workplace.data_folder(), workplace.slots)
    given = Path(name)
    begun = workplace.out / "sweeps" / sweep_name(given) / SWEEP_FILE
    if begun.is_file() and (given.suffix in (".yaml", ".yml") or given.name == name):
        sweep = Sweep.parse(read_yaml_mapping(begun), begun.parent.name)
    elif (given / "run.json").is_file() or (workplace.out / "runs" / name / "run.json").is_file():
        run = read_run(run_folder(name, workplace.out))
        values = {key: value for key, value in run.spec.items() if key != "hash8"}
        spec = RunSpec.parse(values, run.name)
        return status_of_runs(run.name, [(run.name, spec, "")], *place)
    else:
        sweep = find_sweep(name)
    points = sweep.with_data(workplace.data_folder()).points()
    return status_of_points(sweep.name, points, *place)


def _print(found: SweepStatus) -> None:
    from benchmark.commands.work_left import left_sentences, print_runs
    from benchmark.experiment.sweep_status import DONE as MADE
    from benchmark.experiment.sweep_status import WAITING
    from benchmark.reports.rich_tables import plain, print_sentences

    screen = console()
    counts = ", ".join(f"{count:,} {state}" for state, count in found.counts.items() if count)
    screen.print(f"[bold]{plain(found.name)}[/bold]: {counts}", highlight=False)
    print_runs(found.runs, screen, (MADE, WAITING))
    if found.counts["running"] or found.counts["waiting"]:
        print_sentences(screen, left_sentences(found.forecast))


def _plain(found: SweepStatus) -> dict[str, Any]:
    forecast = found.forecast
    return {
        "name": found.name,
        **found.counts,
        "seconds_left": round(forecast.seconds, 1),
        "stages_to_do": sum(forecast.to_do.values()),
        "stages_without_cost": sum(forecast.unmeasured.values()),
        "runs": [{**vars(run), "folder": str(run.folder)} for run in found.runs],
    }
