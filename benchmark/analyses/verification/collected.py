"""The tables over many runs, built again from run folders as they should be."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from benchmark.analyses.verification.differences import NOT_THERE, Comparison
from benchmark.analyses.verification.file_comparison import compare_files
from benchmark.analyses.verification.finding import CHANGED_CODE, MISSING, WRONG, Finding
from benchmark.analyses.verification.record import Record
from benchmark.analyses.verification.rederivation import Rederivation, findings_of
from benchmark.analyses.verification.run_check import Checked, told_again
from benchmark.analyses.verification.stage_keys import code_today
from benchmark.engine.graph import Plan
from benchmark.experiment.api import write_sweep_folder
from benchmark.experiment.run_outputs import TABLES
from benchmark.experiment.sweep import Sweep
from benchmark.reports.leaderboard import write_leaderboard
from benchmark.spec import read_yaml_mapping
from skeletons.errors import InputError

LEADERBOARD = "leaderboard"
PICTURES = (".png", ".gif")
"""Drawn by libraries that change from release to release: not compared."""


def rebuild_run(record: Record, today: Plan | None, again: Rederivation, truth: Path) -> None:
    """Write a run's record and tables as they should be under ``truth``.

    What the store cannot tell is taken from the run folder as it is.
    """
    folder = truth / "runs" / record.run.name
    folder.mkdir(parents=True)
    told = {**record.run.record, **told_again(record, today, again)}
    text = json.dumps(told, ensure_ascii=False)
    (folder / "run.json").write_text(text, encoding="utf-8")
    link_tables(again.folder(record.keys.get("tables", "")) or record.run.path, folder)


def link_tables(source: Path, folder: Path) -> None:
    """Let a folder show the tables of another one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        if (source / name).is_file():
            (folder / name).symlink_to((source / name).absolute())


def check_leaderboard(out: Path, truth: Path, other_code: bool) -> Checked:
    """Compare the leaderboard with the one that the runs under ``truth`` give.

    Args:
        other_code: whether tables of these runs were made by other code than today's; then columns
            and sentences that differ are a sign of that, cells that differ are wrong all the same.
    """
    timings = out / "timings.json"
    if timings.is_file():
        (truth / timings.name).symlink_to(timings.absolute())
    paths = write_leaderboard(truth)
    return _checked(LEADERBOARD, out, truth, paths, other_code)


def check_sweep(folder: Path, out: Path, truth: Path, other_code: bool) -> Checked:
    """Compare the tables of a sweep with those that the runs under ``truth`` give."""
    name = f"sweep {folder.name}"
    place = folder.relative_to(out).as_posix()
    try:
        sweep = Sweep.parse(read_yaml_mapping(folder / "sweep.yaml"), folder.name)
        points = sweep.points()
        again = truth / "sweeps" / folder.name
        write_sweep_folder(again, sweep, points, truth)
    except InputError as error:
        text = f"cannot be derived again: {error}".replace(str(truth), out.name)
        return Checked(name, (Finding(MISSING, place, text, "the runs of all its points"),))
    paths = [
        path for path in sorted(again.rglob("*")) if path.is_file() and path.suffix not in PICTURES
    ]
    return _checked(name, out, truth, paths, other_code)


def has_other_code(records: Iterable[Record], again: Rederivation) -> bool:
    """Whether the tables of a run were made by other code than today's."""
    keys = (record.keys.get("tables", "") for record in records)
    codes = {again.artefacts[key].meta.get("code") for key in keys if key}
    return bool(codes - {None, code_today("tables", {})})


def _checked(name: str, out: Path, truth: Path, paths: Iterable[Path], other_code: bool) -> Checked:
    findings: list[Finding] = []
    compared = 0
    for path in paths:
        place = path.relative_to(truth)
        one = compare_files(out / place, path, "a table over all runs")
        compared += one.compared
        for difference in one.differences:
            severity = WRONG if difference.is_cell or not other_code else CHANGED_CODE
            severity = MISSING if difference.says == NOT_THERE else severity
            findings += findings_of(Comparison((difference,)), severity, place.as_posix())
    return Checked(name, tuple(findings), compared=compared)
