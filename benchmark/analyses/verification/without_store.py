"""What can be checked where there is no store: tables against the tables beside them.

This is less than a derivation: it finds tables that contradict each other, not numbers that are
wrong in all of them alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.analyses.verification.differences import Pairs, compare_values
from benchmark.analyses.verification.finding import MISSING, WRONG, Checked, Finding
from benchmark.comparisons.arm_gains import AUGMENTED, CONTROL
from benchmark.records.display_names import metric_order
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import METRICS_COLUMNS, is_undefined, number, read_table
from skeletons.errors import InputError

TOLERANCE = 1e-12
"""Of a mean, whose last digit hangs on the order of its terms."""
SCORES = {"mean": "mean", "ci95_low": "ci95_low", "ci95_high": "ci95_high", "floor": "real_floor"}
"""Columns of the leaderboard, behind the metric's name, and those of ``summary.csv``."""
ARMS = {"real_top1": CONTROL, "augmented_top1": AUGMENTED}


def run_folders(out: Path) -> dict[str, Path]:
    """Folders with tables of a run, below ``out/runs`` or ``out`` itself, by name."""
    return {
        path.parent.name: path.parent
        for pattern in ("*/summary.csv", "runs/*/summary.csv")
        for path in sorted(out.glob(pattern))
    }


def check_folder(folder: Path, out: Path, missing: str) -> Checked:
    """The tables of a run folder against each other; ``missing`` says why no more can be done."""
    place = place_of(folder, out)
    gone = Finding(MISSING, place, f"cannot be re-derived ({missing})", "run.json and the store")
    run = RunFolder(folder, {})
    checks = (
        _checked(_top1(run), f"{place}/downstream.csv"),
        _checked(_means(run), f"{place}/summary.csv"),
    )
    return Checked.together(folder.name, (Checked("", (gone,)), *checks))


def check_collected(table: Path, out: Path) -> Checked:
    """``leaderboard.csv`` or ``sweep.csv`` against the tables of those runs that are here."""
    place = place_of(table, out)
    name = "leaderboard" if table.stem == "leaderboard" else f"sweep {table.parent.name}"
    try:
        rows = pd.read_csv(table, dtype=str, keep_default_na=False, encoding="utf-8")
        runs = set(rows["run"])
    except (ValueError, KeyError) as error:
        broken = Finding(WRONG, place, f"no table of runs: {error}", "a CSV file with runs")
        return Checked(name, (broken,))
    here = run_folders(out)
    found: list[Finding] = []
    absent = sorted(runs - here.keys())
    if absent:
        text = f"{len(absent)} of its {len(runs)} runs are not here, {absent[0]} among them"
        found.append(Finding(MISSING, place, text, "the tables of all its runs"))
    if len(absent) < len(runs):
        text = "gains and their intervals were not compared"
        found.append(Finding(MISSING, place, text, "runs with run.json and predictions.csv"))
    pairs = (
        (number, *pair)
        for number, cells in enumerate(rows.to_dict("records"), start=1)
        if cells["run"] in here
        for pair in _pairs(cells, RunFolder(here[cells["run"]], {}))
    )
    return Checked.together(name, (_checked(pairs, place), Checked("", tuple(found))))


def place_of(path: Path, out: Path) -> str:
    """A path as findings name it: below the results folder, or as it is."""
    try:
        return path.absolute().relative_to(out.absolute()).as_posix()
    except ValueError:
        return path.as_posix()


def _pairs(cells: Mapping[Any, Any], run: RunFolder) -> Iterator[tuple[str, str, str]]:
    """Column, cell and what the run's own tables say."""
    if "metric" in cells:
        rows = _summary_rows(run, cells["reference"], cells["metric"])
        for column in SCORES.values():
            if len(rows):
                yield column, cells[column], str(rows.iloc[0][column])
        return
    for metric in metric_order(list(set(run.summary["metric"]))):
        rows = _summary_rows(run, cells["reference"], metric)
        for end, column in SCORES.items():
            if len(rows) and f"{metric}_{end}" in cells:
                yield f"{metric}_{end}", cells[f"{metric}_{end}"], str(rows.iloc[0][column])
    table = run.downstream
    for column, arm in ARMS.items():
        of_arm = table[(table["recognizer"] == cells["recognizer"]) & (table["arm"] == arm)]
        if len(of_arm) and column in cells:
            yield column, cells[column], repr(float(of_arm["top1"].mean()))


def _summary_rows(run: RunFolder, reference: str, metric: str) -> pd.DataFrame:
    table = run.summary
    return table[(table["reference"] == reference) & (table["metric"] == metric)]


def _top1(run: RunFolder) -> Pairs:
    """Each accuracy of ``downstream.csv`` beside that of ``predictions.csv``."""
    if not (run.path / "predictions.csv").exists():
        return
    predictions = run.predictions
    right = predictions["label"] == predictions["predicted"]
    names = ["recognizer", "arm", "seed"]
    shares = right.groupby([predictions[name] for name in names]).mean()
    for number_of_row, (_, row) in enumerate(run.downstream.iterrows(), start=1):
        key = tuple(row[name] for name in names)
        should = repr(float(shares[key])) if key in shares.index else "no predictions"
        yield number_of_row, "top1", str(row["top1"]), should


def _means(run: RunFolder) -> Pairs:
    """Each mean of ``summary.csv`` beside that of the repetitions in ``metrics.csv``."""
    path = run.path / "metrics.csv"
    if not path.exists():
        return
    metrics = read_table(path, METRICS_COLUMNS)
    groups = {
        key: list(values) for key, values in metrics.groupby(["reference", "metric"])["value"]
    }
    for number_of_row, (_, row) in enumerate(run.summary.iterrows(), start=1):
        values = groups.get((row["reference"], row["metric"]), [])
        undefined = [str(value) for value in values if is_undefined(value)]
        if values and not undefined:
            should = repr(math.fsum(number(value) for value in values) / len(values))
        else:
            should = undefined[0] if undefined else "no repetitions"
        yield number_of_row, "mean", str(row["mean"]), should


def _checked(pairs: Pairs, place: str) -> Checked:
    """Cells that another table tells, too, compared as numbers where they are numbers."""
    try:
        numbers = ((row, column, _number(a), _number(b)) for row, column, a, b in pairs)
        return compare_values(numbers, place, WRONG, TOLERANCE)
    except InputError as error:
        return Checked(place, (Finding(WRONG, place, str(error), "tables of a run"),))


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
