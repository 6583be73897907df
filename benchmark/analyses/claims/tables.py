"""What a claim's analysis writes and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.analyses.claims.corrections import Counted
from benchmark.analyses.claims.trainings import Training
from benchmark.records.tables import write_table
from benchmark.reports.rich_tables import plain, print_paths, print_sentences, table_with

if TYPE_CHECKING:
    from rich.console import Console

GAINS_COLUMNS = (
    "correction", "control", "mixed", "checkpoint", "control_top1", "mixed_top1", "gain", "low",
    "high", "p_value", "least", "most",
)  # fmt: skip
TRAININGS_COLUMNS = ("arm", "seed", "steps", "dev_top1", "test_top1")

WARNING = (
    "'best on test' is here to show what it is worth: no claim may choose its checkpoint on the "
    "clips that it reports."
)


def write_tables(
    folder: Path, gains: Sequence[Counted], found: Sequence[Training]
) -> tuple[Path, Path]:
    """``gains.csv``, a row a correction, and ``trainings.csv``, a row a checkpoint."""
    rows = [
        {
            **asdict(one.way),
            "control_top1": one.control,
            "mixed_top1": one.mixed,
            "gain": one.test.mean,
            "low": one.test.low,
            "high": one.test.high,
            "p_value": one.test.p_value,
            "least": one.least,
            "most": one.most,
        }
        for one in gains
    ]
    checkpoints = [
        {
            "arm": training.arm,
            "seed": training.seed,
            "steps": steps,
            "dev_top1": training.dev[place].mean(),
            "test_top1": training.test[place].mean(),
        }
        for training in found
        for place, steps in enumerate(training.steps)
    ]
    paths = folder / "gains.csv", folder / "trainings.csv"
    write_table(paths[0], GAINS_COLUMNS, rows)
    write_table(paths[1], TRAININGS_COLUMNS, checkpoints)
    return paths


def print_claim(
    setting: str,
    gains: Sequence[Counted],
    caveats: Sequence[str],
    files: Sequence[Path],
    console: Console,
) -> None:
    """Print a row a correction, with what it takes from the gain, then caveats and files."""
    table = table_with(
        "correction", "real", "mixed", plain("gain [95 %]"), "takes", "one against one", whole=1
    )
    before: Counted | None = None
    for one in gains:
        taken = "" if before is None else _points(before.test.mean - one.test.mean)
        table.add_row(
            one.way.correction,
            f"{100 * one.control:.1f} %",
            f"{100 * one.mixed:.1f} %",
            plain(f"{_points(one.test.mean)} [{_points(one.test.low)}, {_points(one.test.high)}]"),
            taken,
            f"{_points(one.least)} to {_points(one.most)}",
        )
        before = one
    table.caption = (
        f"points; intervals cover {gains[0].test.varies}, of one training of the generator; one "
        "against one: the least and the largest gain of a single pair of trainings"
    )
    console.print()
    console.print(plain(setting), highlight=False)
    console.print(table)
    print_sentences(console, [WARNING, *caveats], "Note")
    console.print()
    print_paths(console, files)


def _points(fraction: float) -> str:
    return f"{100 * fraction:+.1f}"
