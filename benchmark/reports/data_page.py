"""A data set on the terminal: what it holds, what was repaired, what is in train and in test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmark.reports.data_facts import ranges
from benchmark.reports.rich_tables import plain, print_sentences, table_with
from skeletons.arrays import IntArray, StrArray
from skeletons.datasets import Data, Dataset
from skeletons.duplicates import KINDS, Duplicate, Duplicates
from skeletons.near_duplicates import NEAR
from skeletons.skeleton import Skeleton, axis_name

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MOST_NAMES = 8
"""People or views that are named one by one; of more, their number is told."""

MOST_PAIRS = 10
"""Duplicates that the page shows; all are in the CSV file."""

KIND_WORDS = {
    "identical": "frame for frame a training clip",
    "run": "share a run of frames with a training clip",
    "near": "nearly a training clip",
}


def print_data(dataset: Dataset, data: Data, found: Duplicates, console: Console) -> None:
    """Print the page of a data set with what was found in train and in test."""
    console.print()
    console.print(f"[bold]{plain(dataset.name)}[/bold]: {plain(dataset.summary)}")
    console.print()
    console.print(_facts(dataset, data))
    console.print(_classes(data, found))
    if data.counts:
        quirks = table_with("counted while loading", "")
        for name, count in data.counts:
            quirks.add_row(plain(name.replace("_", " ")), f"{count:,}")
        console.print(quirks)
    _print_duplicates(found, data.train.skeleton.unit, console)
    print_sentences(console, data.notes, "Done", "green")
    print_sentences(console, (*data.caveats, *found.sentences(said=data.caveats)), "Note")


def print_datasets(rows: Sequence[tuple[Dataset, str]], console: Console) -> None:
    """Print a row for each data set; below, why files are missing and where they are sought.

    Args:
        rows: data sets, each with the reason why it cannot be loaded, empty where it can.
    """
    table = table_with("data set", "files", "protocols", "what it is")
    for dataset, missing in rows:
        table.add_row(
            plain(dataset.name),
            "[red]missing[/red]" if missing else "[green]found[/green]",
            plain(", ".join(dataset.protocols)),
            plain(dataset.summary),
        )
    console.print(table)
    print_sentences(console, (missing for _, missing in rows if missing), "Missing", "red")


def _facts(dataset: Dataset, data: Data) -> Table:
    """Sizes and names: of train, of test, and which names are in both."""
    skeleton = data.train.skeleton
    table = table_with("", "train", "test", "in both")
    table.add_row("clips", f"{len(data.train):,}", f"{len(data.test):,}")
    table.add_row("frames", *(f"{int(part.lengths.sum()):,}" for part in (data.train, data.test)))
    table.add_row("frames a clip", _range(data.train.lengths), _range(data.test.lengths))
    for axis, train, test in zip("xyz", ranges([data.train]), ranges([data.test]), strict=False):
        spans = (f"{low:.3g} to {high:.3g}" for low, high in (train, test))
        table.add_row(f"{axis}, {_unit(skeleton)}", *spans)
    table.add_row("people", *_names(data.train.subjects, data.test.subjects))
    table.add_row("views", *_names(data.train.views, data.test.views))
    table.caption = (
        f"skeleton {plain(skeleton.name)}: {len(skeleton)} joints in {_unit(skeleton)}, "
        f"up is {axis_name(skeleton.up)}\n"
        f"protocol {plain(data.protocol)}; there are {plain(', '.join(dataset.protocols))}"
    )
    return table


def _classes(data: Data, found: Duplicates) -> Table:
    """Clips a class; the last column, where there are duplicates, counts test clips with one."""
    labels = dict(zip(data.test.ids.tolist(), data.test.labels.tolist(), strict=True))
    leaked = np.zeros(len(data.test.classes), dtype=np.int64)
    for clip_id in {pair.test for pair in found.pairs}:
        leaked[labels[clip_id]] += 1
    headings = ["class", "train", "test", "frames a clip"]
    table = table_with(*headings, *(["test clips in train"] if found.pairs else []))
    trains, tests = data.train.class_counts(), data.test.class_counts()
    for label, name in enumerate(data.train.classes):
        both = np.concatenate(
            [part.lengths[part.labels == label] for part in (data.train, data.test)]
        )
        row = [plain(name), f"{trains[label]:,}", f"{tests[label]:,}", _range(both)]
        table.add_row(*row, *([f"{leaked[label]:,}"] if found.pairs else []))
    return table


def _print_duplicates(found: Duplicates, unit: str, console: Console) -> None:
    table = table_with(f"of {found.n_test:,} test clips", "")
    for kind in KINDS:
        table.add_row(KIND_WORDS[kind], f"{found.count(kind):,}")
    closest = found.closest_other
    if closest is not None:
        table.caption = (
            f"near: below {NEAR} of the distance between neighbours of a class; the closest other "
            f"test clip stands at {closest:.2f}"
        )
    console.print(table)
    if not found.pairs:
        return
    table = table_with("test clip", "training clip", "kind", "frames", "shift", f"distance, {unit}")
    for pair in found.pairs[:MOST_PAIRS]:
        table.add_row(*_pair(pair))
    if len(found.pairs) > MOST_PAIRS:
        table.caption = f"and {len(found.pairs) - MOST_PAIRS:,} more: --csv FILE writes all"
    console.print(table)


def _pair(pair: Duplicate) -> list[str]:
    frames = "–" if pair.frames is None else f"{pair.frames:,} ({pair.share:.0%})"
    shift = "–" if pair.shift is None else f"{pair.shift:+d}" if pair.shift else "0"
    distance = "–" if pair.distance is None else f"{pair.distance:.4f}"
    return [plain(pair.test), plain(pair.train), pair.kind, frames, shift, distance]


def _names(train: StrArray, test: StrArray) -> list[str]:
    """Names of people or views with their clips, or how many there are, and how many are in
    both."""
    cells = []
    for part in (train, test):
        names, counts = np.unique(part, return_counts=True)
        if names.tolist() == [""]:
            return ["not told"] * 3
        told = [f"{plain(name)} ({count:,})" for name, count in zip(names, counts, strict=True)]
        cells.append(", ".join(told) if len(told) <= MOST_NAMES else f"{len(told):,}")
    return [*cells, f"{len(np.intersect1d(train, test)):,}"]


def _range(lengths: IntArray) -> str:
    """Least, median and most frames."""
    if not len(lengths):
        return "–"
    return f"{lengths.min():,} to {lengths.max():,}, median {np.median(lengths):,.0f}"


def _unit(skeleton: Skeleton) -> str:
    return "metres" if skeleton.unit == "m" else plain(skeleton.unit)
