"""``leaderboard.csv``, ``.md``, ``.html``: every run of a results folder, compared where fair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from benchmark.comparisons.run_scores import RunScores, run_scores
from benchmark.records.display_names import metric_order
from benchmark.records.fingerprint import files_fingerprint
from benchmark.records.repetitions import trainings_of
from benchmark.records.run_folder import MAIN_REFERENCES, read_run
from benchmark.records.tables import is_undefined, number, write_table, write_text
from benchmark.reports.leaderboard_page import leaderboard_page
from benchmark.reports.leaderboard_sections import Leaderboard, leaderboard_sections
from benchmark.reports.score_tables import incomplete_rows
from benchmark.reports.timings import read_timings
from benchmark.setting import STANDARD, setting_of
from skeletons.errors import InputError

HEAD_COLUMNS = (
    "dataset", "data_protocol", "split", "generator", "generator_seed", "profile", "extractor",
    "reference", "n_samples",
)  # fmt: skip
TAIL_COLUMNS = (
    "recognizer", "real_top1", "augmented_top1", "gain", "gain_ci95_low", "gain_ci95_high", "seeds",
    "status", "run",
)  # fmt: skip


def write_leaderboard(results: Path, *, anew: bool = False) -> tuple[Path, Path, Path]:
    """Collect ``results/runs/*`` into ``leaderboard.csv``, ``.md`` and ``.html`` beside them.

    The CSV has a row for each run, judge and recognizer, everything as fractions (a ``gain`` of
    0.03 is three percentage points), and a column ``setting`` where not all are the standard one.
    The pages have one section for each set of runs that may be compared
    (:mod:`benchmark.records.comparable`), and one row for all trainings of a generator. A run
    without a readable record is listed and left out.

    Args:
        anew: draw the page also where it was made from the tables as they are.

    Returns:
        The paths of the three files. Equal run folders give equal bytes.
    """
    entries, unreadable = read_entries(results)
    trained = over_trainings(entries)
    metrics = metric_order(list({name for entry in entries for name in entry.metrics}))
    table = results / "leaderboard.csv"
    told = ("setting",) if {setting_of(entry.run.spec) for entry in entries} - {STANDARD} else ()
    columns = (*HEAD_COLUMNS, *told, *_metric_columns(metrics), *TAIL_COLUMNS)
    rows = (row for entry in entries for row in _rows(entry, metrics))
    write_table(table, columns, ({name: row[name] for name in columns} for row in rows))
    timings_file = results / "timings.json"
    timings, problem = None, ""
    if timings_file.exists():
        try:
            timings = read_timings(timings_file)
        except InputError as error:
            problem = str(error).replace(str(results), results.name)
    runs = [run for entry in trained for run in entry.runs]
    board = Leaderboard(
        sections=tuple(leaderboard_sections(trained)),
        measured=tuple(entry for entry in trained if entry.metrics or entry.gains),
        incomplete=tuple(incomplete_rows(runs, unreadable)),
        timings=timings,
        timings_problem=problem,
    )
    page = results / "leaderboard.md"
    write_text(page, leaderboard_page(board))
    shown = results / "leaderboard.html"
    made_from = files_fingerprint((table, page))
    if anew or not shown.exists() or made_from not in shown.read_text("utf-8", errors="replace"):
        from benchmark.reports.html.leaderboard import leaderboard_html  # lazy: it draws

        write_text(shown, leaderboard_html(board, results, made_from))
    return table, page, shown


def read_entries(results: Path) -> tuple[list[RunScores], dict[str, str]]:
    """Every run of a results folder, in the order of names; and why some cannot be read."""
    entries, unreadable = [], {}
    for folder in sorted(path.parent for path in results.glob("runs/*/run.json")):
        entry = _entry_or_reason(folder)
        if isinstance(entry, RunScores):
            entries.append(entry)
        else:
            unreadable[folder.name] = entry.replace(str(results), results.name)
    return entries, unreadable


def over_trainings(entries: Sequence[RunScores]) -> list[RunScores]:
    """One row for all trainings of a generator."""
    alone = {entry.run.path: entry for entry in entries}
    return [
        run_scores(*runs) if len(runs) > 1 else alone[runs[0].path]
        for runs in trainings_of([entry.run for entry in entries])
    ]


def _entry_or_reason(folder: Path) -> RunScores | str:
    try:
        return run_scores(read_run(folder))
    except InputError as error:
        return str(error)


def _metric_columns(metrics: Sequence[str]) -> list[str]:
    return [
        f"{metric}_{part}"
        for metric in metrics
        for part in ("mean", "ci95_low", "ci95_high", "floor")
    ]


def _rows(entry: RunScores, metrics: Sequence[str]) -> Iterator[dict[str, Any]]:
    run = entry.run
    head = {
        "dataset": run.spec.get("dataset"),
        "data_protocol": run.data_protocol,
        "split": run.spec.get("split"),
        "generator": run.spec.get("generator"),
        "profile": run.spec.get("profile"),
        "generator_seed": run.spec.get("generator_seed", 0),
        "reference": _reference(entry),
        "n_samples": run.n_samples,
        "setting": setting_of(run.spec),
    }
    for (judge, scores), arms in product((entry.judged or {"": {}}).items(), entry.gains or ({},)):
        yield {
            **head,
            "extractor": judge,
            **_cells(scores, metrics),
            "recognizer": arms.get("recognizer"),
            "real_top1": fraction(arms.get("real")),
            "augmented_top1": fraction(arms.get("augmented")),
            "gain": fraction(arms.get("gain")),
            "gain_ci95_low": fraction(arms.get("low")),
            "gain_ci95_high": fraction(arms.get("high")),
            "seeds": arms.get("seeds"),
            "status": run.status,
            "run": run.name,
        }


def _cells(scores: Mapping[str, Mapping[str, Any]], metrics: Sequence[str]) -> dict[str, Any]:
    """What a judge says, a column a metric and number."""
    found = ((metric, scores.get(metric, {})) for metric in metrics)
    return {
        f"{metric}_{part}": row.get("real_floor" if part == "floor" else part)
        for metric, row in found
        for part in ("mean", "ci95_low", "ci95_high", "floor")
    }


def _reference(entry: RunScores) -> str:
    """The real clips that most metrics of a row are held against: ``test`` or ``all``."""
    held = [str(row.get("reference")) for row in entry.metrics.values()]
    return next((name for name in MAIN_REFERENCES if name in held), "")


def fraction(percent: object) -> object:
    """Percent as a fraction; text that says why there is no number stays, NaN is an empty cell."""
    if isinstance(percent, str):
        return percent
    return None if is_undefined(percent) else number(percent) / 100.0
