"""The files of a sweep, from the folders of its runs: tables, plots and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.comparisons.run_scores import SweepPoint
from benchmark.records.display_names import REFERENCE_WORDS, metric_groups, metric_order
from benchmark.records.fingerprint import files_fingerprint
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import NO_JUDGE, SCORE_COLUMNS, undefined, write_table, write_text
from benchmark.reports.arm_tables import has_more_arms, rows_of_runs, write_arms
from benchmark.reports.figures.sweep import plot_axis
from benchmark.reports.html.sweep import sweep_html
from benchmark.reports.leaderboard import fraction
from benchmark.reports.score_tables import (
    GAIN_LEGEND,
    LEGEND,
    NOT_FAIR,
    gain_markdown,
    incomplete_markdown,
    incomplete_rows,
    judged_by,
    metric_markdown,
    notes_list,
)
from benchmark.reports.sweep_axis import runs_by_name, sweep_axis

PLACE_COLUMNS = (
    "axis", "value", "run", "dataset", "split", "generator", "generator_seed", "status",
)  # fmt: skip
SWEEP_COLUMNS = (
    *PLACE_COLUMNS, "extractor", "reference", "metric", "mean", "ci95_low", "ci95_high",
    "real_floor", "reason",
)  # fmt: skip
COST_COLUMNS = (
    *PLACE_COLUMNS, "fit_seconds", "sampling_seconds", "sampling_ms_per_clip", "peak_memory_mb",
    "device", "resumed",
)  # fmt: skip


def write_sweep(folder: Path, title: str, points: Sequence[SweepPoint]) -> list[Path]:
    """Write tables and plots of a sweep; equal run folders give equal bytes.

    Returns:
        The files written: ``sweep.md``, ``sweep.html``, ``sweep.csv``, ``cost.csv`` and
        ``plots/<axis>.png``; ``arms.csv`` and ``plots/arms.png`` where runs have arms beyond real
        and synthetic clips.
    """
    axes = {point.axis: [one for one in points if one.axis == point.axis] for point in points}
    plots: dict[str, list[str]] = {}
    drawn: list[Path] = []
    for number, (axis, along) in enumerate(axes.items(), start=1):
        groups = metric_groups(list({name for point in along for name in point.scores.metrics}))
        for group, metrics in groups.items():
            if not metrics:
                continue
            end = "" if group in ("", "classic") else f"_{group}"
            path = folder / "plots" / f"{slug(axis)}{end}.png"
            if path in drawn:
                path = path.with_stem(f"{path.stem}_{number}")
            drawn.append(plot_axis(along, path, f"{title}: {axis}", metrics))
            plots.setdefault(axis, []).append(path.name)
    by_value = runs_by_name(points)
    more_arms = has_more_arms(list(by_value.values()))
    rows = rows_of_runs(by_value) if more_arms else []
    arms = write_arms(folder, rows, "run", title) if more_arms else []
    drawn += [folder / "plots" / "arms.png"] if more_arms else []
    for path in set((folder / "plots").glob("*.png")) - set(drawn):
        path.unlink()  # of an axis that the sweep once had
    page, table, costs = (folder / name for name in ("sweep.md", "sweep.csv", "cost.csv"))
    write_table(table, SWEEP_COLUMNS, (row for point in points for row in _rows(point)))
    write_table(costs, COST_COLUMNS, (row for point in points for row in _cost_rows(point)))
    write_text(page, _page(title, axes, plots, arms))
    shown = folder / "sweep.html"
    made_from = files_fingerprint((page, table, costs))
    write_text(shown, sweep_html(title, axes, rows, folder, made_from))
    return [page, shown, table, costs, *([folder / "arms.csv"] if more_arms else []), *drawn]


def slug(axis: str) -> str:
    """An axis as part of a file name."""
    return re.sub(r"[^a-z0-9]+", "_", axis.lower().replace("×", "x")).strip("_") or "axis"


def _place(point: SweepPoint, run: RunFolder) -> dict[str, Any]:
    names = ("dataset", "split", "generator", "generator_seed")
    spec = {name: run.spec.get(name) for name in names}
    return {
        "axis": point.axis,
        "value": point.value,
        "run": run.name,
        **spec,
        "status": run.status,
    }


def _rows(point: SweepPoint) -> Iterator[dict[str, Any]]:
    """Of each run a row for each judge, metric and reference, all as stored, or a single one for a
    run that ended before there was a judge; and of the point one for each recognizer's gain, over
    all its trainings."""
    for run in point.scores.runs:
        place = {**_place(point, run), "reason": "; ".join(run.problems)}
        missing = undefined(run.problems[0] if run.problems else "not measured")
        for judge in [str(one.get("name", one.get("kind"))) for one in run.judges]:
            yield from ({**place, **row} for row in _judged(run, judge, missing))
        if not run.judges and run.problems and not point.scores.gains:
            empty: dict[str, Any] = dict.fromkeys(SCORE_COLUMNS, missing)
            yield {**place, "extractor": "", "reference": run.part, "metric": "", **empty}
    first = point.scores.run
    for row in point.scores.gains:
        gain = {"mean": row["gain"], "ci95_low": row["low"], "ci95_high": row["high"]}
        yield {
            **_place(point, first),
            "reason": "; ".join(first.problems),
            "extractor": "",
            "reference": first.part,
            "metric": f"gain of {row['recognizer']}",
            **{name: fraction(cell) for name, cell in gain.items()},
            "real_floor": None,
        }


def _judged(run: RunFolder, judge: str, missing: str) -> Iterator[dict[str, Any]]:
    """What a judge says of a run; metrics of the body, which have no judge, among the first's."""
    summary = run.summary
    first = judge == str(run.judges[0].get("name", run.judges[0].get("kind")))
    seen = summary[summary["extractor"].isin([judge, *([NO_JUDGE] if first else [])])]
    of_body = set(summary.loc[summary["extractor"] == NO_JUDGE, "metric"])
    for metric in metric_order(list(run.spec.get("metrics", ()))):
        rows = seen[seen["metric"] == metric]
        if rows.empty and metric not in of_body:
            empty: dict[str, Any] = dict.fromkeys(SCORE_COLUMNS, missing)
            for reference in (run.part, "train"):
                yield {"extractor": judge, "reference": reference, "metric": metric, **empty}
        for reference in REFERENCE_WORDS:
            for _, row in rows[rows["reference"] == reference].iterrows():
                cells = {name: row[name] for name in ("extractor", "reference", "metric")}
                yield {**cells, **{name: row[name] for name in SCORE_COLUMNS}}


def _cost_rows(point: SweepPoint) -> Iterator[dict[str, Any]]:
    for run in point.scores.runs:
        measured = [name for name in COST_COLUMNS if name not in PLACE_COLUMNS]
        yield {**_place(point, run), **{name: run.cost.get(name) for name in measured}}


def _page(
    title: str,
    axes: Mapping[str, Sequence[SweepPoint]],
    plots: Mapping[str, Sequence[str]],
    arms: Sequence[str],
) -> str:
    metrics = any(point.scores.metrics for points in axes.values() for point in points)
    blocks = [f"# {title}", *([LEGEND.strip()] if metrics else [])]
    blocks += ["## All arms", *arms] if arms else []
    for axis, points in axes.items():
        blocks += [f"## {axis}", *_axis(axis, points)]
        blocks += [f"![{axis}](plots/{name})" for name in plots.get(axis, ())]
    runs = {
        run.name: run for points in axes.values() for point in points for run in point.scores.runs
    }
    blocks += incomplete_markdown(incomplete_rows(list(runs.values())))
    blocks.append("Times and memory of each run are in `cost.csv`.")
    return "\n\n".join(blocks) + "\n"


def _axis(axis: str, points: Sequence[SweepPoint]) -> list[str]:
    along = sweep_axis(points)
    blocks = []
    if not along.fair:
        blocks.append(NOT_FAIR)
    elif along.measured:
        blocks.append(f"{along.measured.measured_on}. {judged_by(along.measured)}.")
    blocks.append(metric_markdown(along.entries, along.marked_names, axis, along.fair))
    if along.has_gains:
        blocks.append(GAIN_LEGEND.strip())
        blocks.append(gain_markdown(along.entries, along.marked_names, axis, along.fair))
    return [*blocks, *notes_list(along.notes)]
