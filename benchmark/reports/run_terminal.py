"""What the terminal shows at the end of a run: a short table, four answers, where the files are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.comparisons.arm_gains import CONTROL, arm_accuracy, arm_gains
from benchmark.records.display_names import (
    ARROWS,
    GROUP_WORDS,
    arm_words,
    interval,
    metric_direction,
    metric_groups,
    metric_order,
    metric_words,
    points,
    points_interval,
    reference_words,
    shown,
)
from benchmark.records.run_folder import MAIN_REFERENCES, RunFolder, read_run
from benchmark.records.tables import NO_JUDGE, UNDEFINED, is_undefined
from benchmark.reports.arm_tables import arms_cells, has_more_arms, rows_of_runs
from benchmark.reports.rich_tables import plain, print_paths, print_sentences, table_with
from benchmark.reports.sweep_axis import runs_by_name
from benchmark.reports.verdicts import judge_sentences, verdicts
from benchmark.statistics.pairing import rows_of_arm

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from benchmark.comparisons.run_scores import SweepPoint


def print_run(folder: Path, console: Console) -> None:
    """Print a run: metrics beside their floors, arms beside their control, answers, files.

    Raises:
        InputError: the folder holds no readable run.
    """
    run = read_run(folder)
    spec = run.spec
    console.print()
    console.print(
        f"[bold]{plain(spec.get('generator'))}[/bold] on {plain(spec.get('dataset'))}"
        f"{f' ({plain(run.data_protocol)})' if run.data_protocol else ''}, "
        f"split {plain(spec.get('split'))}: {plain(run.status)}",
        highlight=False,
    )
    rows = run.main_rows
    pairs = arm_gains(run.predictions, CONTROL)
    for group, names in metric_groups(rows["metric"].tolist()).items():
        if names:
            console.print(_metrics(run, names, GROUP_WORDS.get(group, "")))
    if len(rows):
        console.print(_caption(rows), highlight=False)
    if len(run.downstream):
        console.print(_arms(run, pairs))
    print_sentences(console, [*verdicts(run, pairs), *judge_sentences(run)])
    print_sentences(console, run.caveats, "Note")
    print_sentences(console, run.problems, "Not done", "red")
    console.print()
    for name, what in FILES.items():
        if (folder / name).exists():
            console.print(f"{what:<{LABEL}}{plain(folder / name)}", highlight=False, soft_wrap=True)


FILES = {
    "report.html": "all of this as a page",
    "summary.csv": "metrics",
    "classes.csv": "class by class",
    "confusion.csv": "what is recognized",
    "feature_map.csv": "maps of features",
    "two_sample.csv": "told from real clips",
    "downstream.csv": "accuracy by arm",
    "plots": "plots",
    "samples.gif": "clips in motion",
    "samples.pkl": "the synthetic clips",
    "run.json": "the whole record",
}
LABEL = 1 + max(map(len, FILES.values()))


def print_sweep(folder: Path, points: Sequence[SweepPoint], console: Console) -> None:
    """Print a sweep: a table of means for each axis, all arms where there is no metric or they tell
    more than the gains, what failed, files."""
    for axis in dict.fromkeys(point.axis for point in points):
        along = [point for point in points if point.axis == axis]
        metrics = metric_order(list({name for point in along for name in point.scores.metrics}))
        heads = [f"{metric_words(name).short} {ARROWS[metric_direction(name)]}" for name in metrics]
        gains = [{row["recognizer"]: row for row in point.scores.gains} for point in along]
        recognizers = dict.fromkeys(name for of_point in gains for name in of_point)
        heads += [f"gain of {name}, points [95 %]" for name in recognizers]
        table = table_with(plain(axis), *heads, whole=len(heads))
        for point, gained in zip(along, gains, strict=True):
            means = [
                _short(metric_words(metric).shown(point.scores.metrics.get(metric, {}).get("mean")))
                for metric in metrics
            ]
            table.add_row(
                plain(point.name), *means, *(_gain(gained.get(name)) for name in recognizers)
            )
        console.print()
        console.print(table)
    _print_arms(points, console)
    told = dict.fromkeys(
        f"{point.value}: {problem}" for point in points for problem in point.scores.run.problems[:1]
    )
    print_sentences(console, told, "Not done", "red")
    held = {str(row.get("reference")) for point in points for row in point.scores.metrics.values()}
    against = f" against {reference_words(name for name in MAIN_REFERENCES if name in held)}"
    shown_means = f"means{against}; intervals and real clips" if held else "all numbers"
    console.print(f"{shown_means} are in the files")
    console.print()
    print_paths(console, sorted(path for path in folder.rglob("*") if path.is_file()))


def _print_arms(points: Sequence[SweepPoint], console: Console) -> None:
    """A row for each run and recognizer, its accuracy on real clips and the other arms' gains."""
    runs = runs_by_name(points)
    measured = any(point.scores.metrics for point in points)
    if (rows := rows_of_runs(runs)) and (not measured or has_more_arms(list(runs.values()))):
        headings, lines = arms_cells(rows, "trained on")
        table = table_with(*map(plain, headings), whole=len(headings))
        table.columns[0].no_wrap = False
        table.title = "All arms"
        table.caption = "accuracy of the control; for other arms the difference, points [95 %]"
        for cells in lines:
            table.add_row(*(plain(" ".join(filter(None, (c.text, c.bounds)))) for c in cells))
        console.print()
        console.print(table)


def _gain(row: Mapping[str, Any] | None) -> str:
    """A recognizer's gain with its interval; a dash where it is not known."""
    if row is None or is_undefined(row["gain"]):
        return "–"
    return f"{points(row['gain'])} {points_interval(row['low'], row['high'])}".rstrip()


def _metrics(run: RunFolder, names: Sequence[str], title: str) -> Table:
    """A row a metric and judge; of metrics of the body, which no judge sees, one."""
    table = table_with("metric", "judge", "synthetic [95 %]", "real clips", "what it says", whole=4)
    table.title = title or None
    tables = [(str(judge.get("kind")), run.rows_of(str(judge.get("name")))) for judge in run.judges]
    for name in names:
        words, first = metric_words(name), True
        for judge, rows in tables:
            for _, row in rows[rows["metric"] == name].iterrows():
                if row["extractor"] == NO_JUDGE and not first:
                    continue
                low, high = row["ci95_low"], row["ci95_high"]
                bounds = interval(low, high, words.digits, words.scale)
                table.add_row(
                    f"{words.short} {ARROWS[metric_direction(name)]}" if first else "",
                    "" if row["extractor"] == NO_JUDGE else judge,
                    plain(f"{_short(words.shown(row['mean']))} {bounds}".rstrip()),
                    plain(_short(words.shown(row["real_floor"]))),
                    words.meaning if first else "",
                )
                first = False
    return table


def _caption(rows: pd.DataFrame) -> str:
    """What the rows are held against, and what the arrows mean."""
    against = reference_words(rows["reference"].drop_duplicates())
    return (
        f"[dim]against {plain(against)} where a metric compares with any; ↓ lower is better, "
        "↑ higher, → nearest to real[/dim]"
    )


def _arms(run: RunFolder, pairs: pd.DataFrame) -> Table:
    headings = ("recognizer, trained on", "accuracy [95 %]", "difference, points", "clips")
    table = table_with(*headings, whole=len(headings))
    table.columns[0].no_wrap = False  # words may stand on two lines, numbers must not be cut
    arms = arm_accuracy(run.downstream, run.predictions)
    for _, row in arms.iterrows():
        found = rows_of_arm(pairs, row["recognizer"], row["arm"])
        difference = "control" if row["arm"] == CONTROL else "–"
        if len(found):
            pair = found.iloc[0]
            bounds = points_interval(pair["ci95_low"], pair["ci95_high"])
            known = not rows_of_arm(run.predictions, row["recognizer"], CONTROL).empty
            told = _short(points(pair["difference"])) if known else "no control"
            difference = f"{told} {bounds}".rstrip()
        top1 = row["top1"] if row["seeds"] else _first_reason(run, row["recognizer"], row["arm"])
        bounds = interval(row["ci95_low"], row["ci95_high"], 1)
        added = f" + {row['n_synthetic']:,}" if row["n_synthetic"] else ""
        table.add_row(
            plain(f"{row['recognizer']}, {arm_words(row['arm'])}"),
            plain(f"{_short(shown(top1, 1, ' %'))} {bounds}".rstrip()),
            plain(difference),
            f"{row['n_real']:,}{added}",
        )
    seeds, steps = (_range(arms[name].tolist()) for name in ("seeds", "steps"))
    clips = run.predictions["clip_id"].nunique()
    table.caption = f"{clips:,} real test clips, training seeds: {seeds}, training steps: {steps}"
    return table


def _short(text: str) -> str:
    """An undefined cell without its reason, which the sentences below the tables give."""
    return UNDEFINED if text.startswith(UNDEFINED) else text


def _range(values: list[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _first_reason(run: RunFolder, recognizer: str, arm: str) -> object:
    cells = rows_of_arm(run.downstream, recognizer, arm)["top1"]
    return next((cell for cell in cells if is_undefined(cell)), None)
