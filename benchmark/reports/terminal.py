"""What the terminal shows at the end of a run: a short table, four answers, where the files are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.reports.paired import arm_accuracy, paired_or_reason
from benchmark.reports.run_folder import RunFolder, read_run
from benchmark.reports.tables import UNDEFINED, is_undefined
from benchmark.reports.verdicts import verdicts
from benchmark.reports.wording import (
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
    shown,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from benchmark.reports.sweep_tables import SweepPoint

CAPTION = (
    "[dim]against real test clips where a metric compares with any; ↓ lower is better, ↑ higher, "
    "→ nearest to real[/dim]"
)
CONTROL = "real"


def print_run(folder: Path, console: Console) -> None:
    """Print a run: metrics beside their floors, arms beside their control, answers, files.

    Raises:
        InputError: the folder holds no readable run.
    """
    run = read_run(folder)
    spec = run.spec
    console.print()
    console.print(
        f"[bold]{_plain(spec.get('generator'))}[/bold] on {_plain(spec.get('dataset'))}"
        f"{f' ({_plain(run.data_protocol)})' if run.data_protocol else ''}, "
        f"split {_plain(spec.get('split'))}: {_plain(run.status)}",
        highlight=False,
    )
    rows = run.main_rows
    pairs = paired_or_reason(run.predictions, CONTROL)
    for group, names in metric_groups(rows["metric"].tolist()).items():
        if names:
            console.print(_metrics(rows, names, GROUP_WORDS.get(group, "")))
    if len(rows):
        console.print(CAPTION, highlight=False)
    if len(run.downstream):
        console.print(_arms(run))
    for sentence in verdicts(rows, pairs):
        console.print(_plain(sentence), highlight=False)
    for sentence in run.caveats:
        console.print(f"[yellow]Note:[/yellow] {_plain(sentence)}", highlight=False)
    for sentence in run.problems:
        console.print(f"[red]Not done:[/red] {_plain(sentence)}", highlight=False)
    console.print()
    for name, what in FILES.items():
        if (folder / name).exists():
            console.print(f"{what:<20}{_plain(folder / name)}", highlight=False, soft_wrap=True)


FILES = {
    "summary.csv": "metrics",
    "classes.csv": "class by class",
    "confusion.csv": "what is recognized",
    "downstream.csv": "accuracy by arm",
    "plots": "plots",
    "samples.gif": "clips in motion",
    "samples.pkl": "the synthetic clips",
    "run.json": "the whole record",
}


def print_sweep(folder: Path, points: Sequence[SweepPoint], console: Console) -> None:
    """Print a sweep: a table of means for each axis, what failed, files."""
    from benchmark.reports.sweep_tables import point_names

    for axis in dict.fromkeys(point.axis for point in points):
        along = [point for point in points if point.axis == axis]
        metrics = metric_order(list({name for point in along for name in point.entry.metrics}))
        heads = [f"{metric_words(name).short} {ARROWS[metric_direction(name)]}" for name in metrics]
        table = _table(_plain(axis), *heads)
        for name, point in zip(point_names(along), along, strict=True):
            means = [
                _short(metric_words(metric).shown(point.entry.metrics.get(metric, {}).get("mean")))
                for metric in metrics
            ]
            table.add_row(_plain(name), *means)
        console.print()
        console.print(table)
    told = dict.fromkeys(
        f"{point.value}: {problem}" for point in points for problem in point.entry.run.problems[:1]
    )
    for sentence in told:
        console.print(f"[red]Not done:[/red] {_plain(sentence)}", highlight=False)
    console.print("means against real test clips; intervals and real clips are in the files")
    console.print()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            console.print(_plain(path), highlight=False, soft_wrap=True)


def _metrics(rows: pd.DataFrame, names: Sequence[str], title: str) -> Table:
    table = _table("metric", "synthetic [95 %]", "real clips", "what it says")
    table.title, table.title_justify, table.title_style = title or None, "left", "bold"
    by_name = {str(row["metric"]): row for _, row in rows.iterrows()}
    for name in names:
        row, words = by_name[name], metric_words(name)
        bounds = interval(row["ci95_low"], row["ci95_high"], words.digits, words.scale)
        table.add_row(
            f"{words.short} {ARROWS[metric_direction(name)]}",
            _plain(f"{_short(words.shown(row['mean']))} {bounds}".rstrip()),
            _plain(_short(words.shown(row["real_floor"]))),
            words.meaning,
        )
    return table


def _arms(run: RunFolder) -> Table:
    table = _table("recognizer, trained on", "accuracy [95 %]", "difference, points", "clips")
    pairs = paired_or_reason(run.predictions, CONTROL)
    arms = arm_accuracy(run.downstream)
    for _, row in arms.iterrows():
        found = pairs[(pairs["recognizer"] == row["recognizer"]) & (pairs["arm"] == row["arm"])]
        difference = "control" if row["arm"] == CONTROL else "–"
        if len(found):
            pair = found.iloc[0]
            bounds = points_interval(pair["ci95_low"], pair["ci95_high"])
            difference = f"{_short(points(pair['difference']))} {bounds}".rstrip()
        top1 = row["top1"] if row["seeds"] else _first_reason(run, row["recognizer"], row["arm"])
        bounds = interval(row["ci95_low"], row["ci95_high"], 1)
        added = f" + {row['n_synthetic']:,}" if row["n_synthetic"] else ""
        table.add_row(
            _plain(f"{row['recognizer']}, {arm_words(row['arm'])}"),
            _plain(f"{_short(shown(top1, 1, ' %'))} {bounds}".rstrip()),
            _plain(difference),
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
    cells = run.downstream
    cells = cells[(cells["recognizer"] == recognizer) & (cells["arm"] == arm)]
    return next((cell for cell in cells["top1"] if is_undefined(cell)), None)


def _table(*headings: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        caption_justify="left",
        caption_style="dim",
    )
    for heading in headings:
        table.add_column(heading, no_wrap=heading != headings[-1])
    return table


def _plain(text: object) -> str:
    """Text whose brackets are not markup."""
    from rich.markup import escape

    return escape(str(text))
