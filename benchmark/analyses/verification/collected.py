"""The tables over many runs, built again from run folders as they should be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from benchmark.analyses.verification.differences import compare_folders
from benchmark.analyses.verification.finding import (
    CHANGED_CODE,
    MISSING,
    UNFINISHED,
    WRONG,
    Checked,
    Finding,
)
from benchmark.analyses.verification.unfinished import read_sweep
from benchmark.experiment.api import write_sweep_folder
from benchmark.reports.leaderboard import write_leaderboard
from skeletons.errors import InputError

LEADERBOARD = "leaderboard"
MADE_FROM = re.compile(r'name="made-from" content="sha256:([0-9a-f]{64})"')
PICTURES = (".png", ".gif")
"""Drawn by libraries that change from release to release: not compared."""


def check_leaderboard(
    out: Path, truth: Path, other_code: bool, not_told: Collection[str] = ()
) -> Checked:
    """Compare the leaderboard with the one that the runs under ``truth`` give.

    Args:
        not_told: names of runs that ended after it was written, since their sweep goes on.
        other_code: whether tables of these runs were made by other code than today's; then columns
            and sentences that differ are a sign of that, cells that differ are wrong all the same.
    """
    if not_told:
        text = f"it lacks {len(not_told):,} that unfinished sweeps have made"
        later = Checked(LEADERBOARD, (Finding(UNFINISHED, "leaderboard.csv", text, "their rows"),))
        if not (out / "leaderboard.csv").is_file():
            return later
        before = _without(truth, not_told)
        return Checked.together(LEADERBOARD, (later, check_leaderboard(out, before, other_code)))
    timings = out / "timings.json"
    if timings.is_file():
        (truth / timings.name).symlink_to(timings.absolute())
    paths = write_leaderboard(truth)
    return _checked(LEADERBOARD, out, truth, paths, other_code)


def _without(truth: Path, names: Collection[str]) -> Path:
    """The same results folder without some of its runs."""
    before = truth.parent / "before" / truth.name
    (before / "runs").mkdir(parents=True)
    for run in (truth / "runs").iterdir():
        if run.name not in names:
            (before / "runs" / run.name).symlink_to(run, target_is_directory=True)
    return before


def check_sweep(
    folder: Path, out: Path, truth: Path, other_code: bool, data_root: Path | None
) -> Checked:
    """Compare the tables of a sweep with those that the runs under ``truth`` give."""
    name = f"sweep {folder.name}"
    place = folder.relative_to(out).as_posix()
    try:
        sweep = read_sweep(folder, data_root)
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


def _page(path: Path, out: Path, truth: Path) -> Checked:
    """Whether a page whose tables are as they should be was made from these. Its charts are drawn
    by libraries that change, so that the page itself is not compared."""
    place = path.relative_to(truth).as_posix()
    made_from = MADE_FROM.search(path.read_text("utf-8"))
    assert made_from is not None, "every page tells what it was made from"
    there = out / place
    if not there.is_file() or made_from[0] in there.read_text("utf-8", errors="replace"):
        return Checked("")
    text = f"the page of tables whose fingerprint is {made_from[1]}"
    return Checked("", (Finding(WRONG, place, "a page of other tables", text),))


def _checked(name: str, out: Path, truth: Path, paths: Iterable[Path], other_code: bool) -> Checked:
    pages = {path for path in paths if path.suffix == ".html"}
    names = [path.relative_to(truth).as_posix() for path in paths if path not in pages]
    checked = compare_folders(out, truth, names)
    if not checked.findings:
        checked = Checked.together(name, (checked, *(_page(one, out, truth) for one in pages)))
    found = tuple(
        replace(one, severity=CHANGED_CODE)
        if other_code and one.severity == WRONG and not (one.row and one.column)
        else one
        for one in checked.findings
    )
    return replace(checked, name=name, findings=found)
