"""The command ``doctor``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchmark.commands.console import console
from benchmark.commands.options import DataRootOption, OutOption
from benchmark.experiment.exit_codes import DONE, SOME_FAILED


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the findings as JSON and nothing else.")
    ] = False,
    data_root: DataRootOption = None,
    out: OutOption = Path("results"),
) -> int:
    """Say what is here, what is missing, and the command that mends it.

    Python, torch and GPUs, packages and their versions, data sets, the extractor, room for results,
    and PYSKL. Exit code 1: something is wrong that nothing works without; what is optional
    and missing is told only.

    [bold]Examples[/bold]

        python -m benchmark doctor

        python -m benchmark doctor --json
    """
    from benchmark.analyses.doctor.examination import examine, show

    findings = examine(data_root, out)
    fit = not any(finding.fatal for finding in findings)
    if as_json:
        rows = [asdict(finding) for finding in findings]
        print(json.dumps({"fit": fit, "findings": rows}, indent=2))
    else:
        show(findings, fit, console())
    return DONE if fit else SOME_FAILED
