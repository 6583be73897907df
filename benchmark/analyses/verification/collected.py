"""The tables over many runs, built again from run folders as they should be."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from benchmark.analyses.verification.again import code_today
from benchmark.analyses.verification.derivation import Derivation, findings_of
from benchmark.analyses.verification.differences import (
    NOT_THERE,
    Comparison,
    Difference,
    compare_bytes,
    compare_pages,
    compare_tables,
)
from benchmark.analyses.verification.finding import CHANGED_CODE, MISSING, WRONG, Finding
from benchmark.analyses.verification.record import Record
from benchmark.analyses.verification.run_check import Checked, corrected
from benchmark.experiment.api import TABLES, write_sweep_folder
from benchmark.experiment.sweep import Sweep
from benchmark.reports.leaderboard import write_leaderboard
from benchmark.spec import read_yaml_mapping
from skeletons.errors import InputError

LEADERBOARD = "leaderboard"
PICTURES = (".png", ".gif")
"""Drawn by libraries that change from release to release: not compared."""


def rebuild_run(record: Record, derivation: Derivation, truth: Path) -> None:
    """Write a run's record and tables as they should be under ``truth``.

    What the store cannot tell is taken from the run folder as it is.
    """
    folder = truth / "runs" / record.run.name
    folder.mkdir(parents=True)
    text = json.dumps(corrected(record, derivation), ensure_ascii=False)
    (folder / "run.json").write_text(text, encoding="utf-8")
    source = derivation.sources.get(record.keys.get("tables", ""), record.run.path)
    link_tables(source, folder)


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


def has_other_code(records: Iterable[Record], derivation: Derivation) -> bool:
    """Whether the tables of a run were made by other code than today's."""
    keys = (record.keys.get("tables", "") for record in records)
    codes = {derivation.artefacts[key].meta.get("code") for key in keys if key}
    return bool(codes - {None, code_today("tables", {})})


def _checked(name: str, out: Path, truth: Path, paths: Iterable[Path], other_code: bool) -> Checked:
    findings: list[Finding] = []
    compared = 0
    for path in paths:
        place = path.relative_to(truth)
        one = _compare(out / place, path)
        compared += one.compared
        for difference in one.differences:
            severity = WRONG if difference.is_cell or not other_code else CHANGED_CODE
            severity = MISSING if difference.says == NOT_THERE else severity
            findings += findings_of(Comparison((difference,)), severity, place.as_posix())
    return Checked(name, tuple(findings), compared=compared)


def _compare(here: Path, should: Path) -> Comparison:
    if not here.is_file():
        return Comparison((Difference(NOT_THERE, "a table over all runs"),))
    if should.suffix == ".csv":
        return compare_tables(here, should)
    if should.suffix in (".md", ".html", ".yaml"):
        return compare_pages(here, should)
    return compare_bytes(here, should)
