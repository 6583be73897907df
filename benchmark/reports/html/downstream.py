"""What a page tells of recognizers: accuracy by arm, paired differences, classes, confusion."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isnan

import numpy as np
from markupsafe import Markup

from benchmark.comparisons.arm_family import BETTER, WORSE, ArmComparison, family
from benchmark.comparisons.arm_gains import AUGMENTED, CONTROL, arm_accuracy
from benchmark.comparisons.class_gains import class_gains
from benchmark.records.display_names import arm_words, interval, points, points_interval, shown
from benchmark.records.repetitions import group_repetitions
from benchmark.records.run_folder import RunFolder
from benchmark.records.tables import CONFUSION_COLUMNS, numbers, read_table
from benchmark.reports.figures.figure import BLUE, GREY, INK, ORANGE
from benchmark.reports.html.charts import Bar, forest
from benchmark.statistics.pairing import rows_of_arm
from metrics.value import Undefined
from skeletons.arrays import Float64Array
from skeletons.errors import InputError

MOST_CLASSES = 30
"""A confusion of more classes is told by its largest cells alone."""
LARGEST_CELLS = 20


@dataclass(frozen=True)
class Table:
    """Headings, rows of cells (text, or a number to sort by and its text), and a chart."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str | tuple[float, str], ...], ...]
    chart: Markup | None = None
    note: str = ""


@dataclass(frozen=True)
class Confusion:
    """Shares of the clips of a class (row) that are taken for each class (column), 0 to 1."""

    title: str
    classes: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]
    largest: tuple[tuple[str, str, float], ...]
    """The largest cells off the diagonal; all there is where classes are many."""

    @property
    def is_small(self) -> bool:
        """Whether the whole matrix is shown."""
        return len(self.classes) <= MOST_CLASSES


def arm_tables(run: RunFolder) -> list[Table]:
    """A table and a chart of accuracies, and of differences to the control, a recognizer."""
    arms = arm_accuracy(run.downstream, run.predictions)
    tests = {(row.recognizer, row.arm): row for row in _family(run)}
    tables = []
    for number, (recognizer, part) in enumerate(arms.groupby("recognizer", sort=False)):
        name = str(recognizer)
        rows, accuracies, differences = [], [], []
        for _, row in part.iterrows():
            arm = str(row["arm"])
            each = 100.0 * numbers(rows_of_arm(run.downstream, name, arm)["top1"]).dropna()
            bounds = interval(row["ci95_low"], row["ci95_high"], 1)
            test = tests.get((name, arm))
            told, p, bar = _difference(arm, test)
            added = f" + {row['n_synthetic']:,}" if row["n_synthetic"] else ""
            top1 = float(row["top1"])
            rows.append(
                (
                    arm_words(arm),
                    (top1, f"{shown(row['top1'], 1, ' %')} {bounds}".rstrip()),
                    told,
                    p,
                    f"{row['n_real']:,}{added}",
                    f"{row['steps']:,}",
                    f"{row['seeds']}",
                )
            )
            ends = (float(row["ci95_low"]), float(row["ci95_high"]))
            accuracies.append(Bar(arm_words(arm), top1, *ends, colour=INK, each=each.tolist()))
            if bar is not None:
                differences.append(bar)
        chart = forest(
            accuracies, f"accuracy-{number}", f"Accuracy of {name} by training set",
            "top-1 accuracy (%), ring: one training seed", bounds=(-1.0, 101.0),
        )  # fmt: skip
        if differences:
            chart += forest(
                differences, f"difference-{number}", f"Differences to real clips only, {name}",
                "difference in points, right of the line: better", line=0.0, include=(-1.0, 1.0),
            )  # fmt: skip
        heads = ("trained on", "accuracy [95 %]", "difference, points", "p, Holm", "clips",
                 "steps", "seeds")  # fmt: skip
        tables.append(Table(name, heads, tuple(rows), chart, _varies(name, tests)))
    return tables


def class_tables(run: RunFolder) -> list[Table]:
    """Gains and harms by class: a table and a chart for each arm and recognizer."""
    tested = [row for row in _family(run) if row.of_control and row.labels.size]
    found = class_gains([(row.differences, row.labels, row.subjects) for row in tested])
    names = list(map(str, run.data.get("classes", ())))
    tables = []
    for number, (row, gains) in enumerate(zip(tested, found, strict=True)):
        rows: list[tuple[str | tuple[float, str], ...]] = []
        bars = []
        for gain in gains:
            name = names[gain.label] if gain.label < len(names) else f"class {gain.label}"
            name = name.replace("_", " ")
            if isinstance(gain.test, Undefined):
                rows.append((name, "–", "–", f"{gain.clips}", gain.test.reason))
                continue
            mean, low, high = (100 * end for end in (gain.test.mean, gain.test.low, gain.test.high))
            p = "< 0.001" if gain.p_adjusted < 0.001 else f"{gain.p_adjusted:.3f}"
            value = (mean, f"{points(mean)} {points_interval(low, high)}")
            rows.append((name, value, (gain.p_adjusted, p), f"{gain.clips}", gain.verdict or "–"))
            colour = {"gain": BLUE, "harm": ORANGE}.get(gain.verdict, GREY)
            bars.append(Bar(name, mean, low, high, colour=colour))
        bars.sort(key=lambda bar: -bar.value)
        title = f"{row.recognizer}, {arm_words(row.arm)}"
        chart = forest(
            bars[:60], f"classes-{number}", f"Gain by class: {title}",
            "points against real clips only", line=0.0, include=(-1.0, 1.0),
        ) if bars else None  # fmt: skip
        heads = ("class", "difference, points", "p, adjusted", "test clips", "claim")
        tables.append(Table(title, heads, tuple(rows), chart))
    return tables


def confusions(run: RunFolder) -> list[Confusion]:
    """What judges see in the synthetic clips, and what recognizers make of real test clips,
    without synthetic clips and with them."""
    found = []
    table = read_table(run.path / "confusion.csv", CONFUSION_COLUMNS)
    kinds = {str(judge.get("name")): str(judge.get("kind")) for judge in run.judges}
    for judge, rows in table.groupby("extractor", sort=False):
        classes = list(map(str, dict.fromkeys(rows["asked"])))
        counts = rows["clips"].to_numpy(dtype=np.float64).reshape(len(classes), -1)
        title = f"Synthetic clips as {kinds.get(str(judge), judge)} sees them"
        found.append(_confusion(title, classes, counts))
    names = list(map(str, run.data.get("classes", ())))
    for recognizer in dict.fromkeys(run.predictions["recognizer"].astype(str)):
        for arm in (CONTROL, AUGMENTED):
            rows = rows_of_arm(run.predictions, recognizer, arm)
            if rows.empty:
                continue
            labels, guesses = (rows[name].to_numpy(int) for name in ("label", "predicted"))
            size = max(len(names), int(labels.max()) + 1, int(guesses.max()) + 1)
            counts = np.zeros((size, size))
            np.add.at(counts, (labels, guesses), 1.0)
            named = [names[row] if row < len(names) else f"class {row}" for row in range(size)]
            title = f"Real test clips as {recognizer} sees them, trained on {arm_words(arm)}"
            found.append(_confusion(title, named, counts))
    return found


def _confusion(title: str, classes: Sequence[str], counts: Float64Array) -> Confusion:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    named = tuple(name.replace("_", " ") for name in classes)
    off = shares * (1.0 - np.eye(len(shares)))
    places = np.argsort(-off, axis=None, kind="stable")[:LARGEST_CELLS]
    cells = [divmod(int(place), len(shares)) for place in places]
    largest = tuple(
        (named[row], named[column], float(off[row, column]))
        for row, column in cells
        if off[row, column] > 0.0
    )
    return Confusion(title, named, tuple(map(tuple, shares.round(3).tolist())), largest)


def _family(run: RunFolder) -> list[ArmComparison]:
    """All tests against the control; none where there is no control or nothing was predicted."""
    with suppress(InputError):
        if len(run.predictions):
            return family({run.name: group_repetitions([run])[0]}, CONTROL)
    return []


def _difference(arm: str, test: ArmComparison | None) -> tuple[str, str, Bar | None]:
    """The difference of an arm as text, its p value and its bar."""
    if arm == CONTROL:
        return "control", "–", None
    if test is None:
        return "–", "–", None
    if isinstance(test.test, Undefined):
        return f"undefined ({test.test.reason})", "–", None
    mean, low, high = (100.0 * end for end in (test.test.mean, test.test.low, test.test.high))
    p = "< 0.001" if test.p_adjusted < 0.001 else f"{test.p_adjusted:.3f}"
    colour = {BETTER: BLUE, WORSE: ORANGE}.get(test.verdict, GREY)
    bar = None if isnan(mean) else Bar(arm_words(arm), mean, low, high, colour=colour)
    return f"{points(mean)} {points_interval(low, high)}", p, bar


def _varies(recognizer: str, tests: dict[tuple[str, str], ArmComparison]) -> str:
    told = {
        row.test.varies: None
        for (name, _), row in tests.items()
        if name == recognizer and not isinstance(row.test, Undefined)
    }
    if not told:
        return ""
    return f"Intervals cover {' or '.join(told)}; p values are adjusted for all arms shown."
