"""The command ``leaderboard``."""

from __future__ import annotations

from pathlib import Path

import typer

from benchmark.commands.options import LatexOption, OutOption, check_file, command_line
from benchmark.experiment.exit_codes import DONE
from skeletons.errors import InputError


def leaderboard(
    context: typer.Context, latex: LatexOption = None, out: OutOption = Path("results")
) -> int:
    """Write the leaderboard of all runs under a folder again.

    [bold]Examples[/bold]

        python -m benchmark leaderboard --out results

        python -m benchmark leaderboard --latex tables.tex
    """
    from benchmark.reports.leaderboard import write_leaderboard

    if not (out / "runs").is_dir() and not (out / "timings.json").is_file():
        raise InputError(f"'{out}' holds no runs: start one with `run --out {out}`")
    if latex is not None:
        check_file("--latex", latex, ".tex")
    for path in write_leaderboard(out, anew=True):
        print(path)
    if latex is not None:
        from benchmark.reports.latex import write_latex
        from benchmark.reports.latex_tables import leaderboard_latex
        from benchmark.reports.leaderboard import over_trainings, read_entries
        from benchmark.reports.leaderboard_sections import leaderboard_sections

        entries, _ = read_entries(out)
        tables = leaderboard_latex(leaderboard_sections(over_trainings(entries)))
        print(write_latex(latex, tables, command_line(context)))
    return DONE
