"""A comparison as one table in long form: a row an answer, for ``--csv``."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING, Any

from benchmark.comparisons.gain_variance import SEEDS
from benchmark.records.tables import undefined
from benchmark.statistics.paired_test import PairedTest
from metrics.value import Undefined

if TYPE_CHECKING:
    from benchmark.comparisons.compare_runs import Comparison

COMPARISON_COLUMNS = (
    "question", "run", "recognizer", "arm", "against", "item", "value", "ci95_low", "ci95_high",
    "unit", "exact_p_value", "p_value", "p_adjusted", "verdict", "seeds", "generator_seeds",
    "clips", "people", "varies",
)  # fmt: skip
"""``question`` is one of: difference (Holm), class (Benjamini-Hochberg), accuracy and metric (the
verdict holds the letters of the tie groups), worth, seeds_needed, test_size_needed (people with all
of their clips, or clips), detectable, variance_share."""


def comparison_rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Every number of a comparison; a cell that does not apply is empty, one that is undefined says
    why. Numbers are in the unit of their row."""
    yield from _differences(comparison)
    yield from _classes(comparison)
    for ranked in comparison.ranking:
        accuracy = ranked.accuracy
        yield _row(
            question="accuracy", run=ranked.run, recognizer=ranked.recognizer, arm=ranked.arm,
            value=100.0 * accuracy.mean, ci95_low=100.0 * accuracy.low,
            ci95_high=100.0 * accuracy.high, unit="%", verdict=ranked.letters,
            varies=accuracy.varies,
        )  # fmt: skip
    for score in comparison.metrics:
        names = ("value", "ci95_low", "ci95_high")
        ends = zip(names, (score.mean, score.low, score.high), strict=True)
        reason = score.reason or undefined("no interval")
        cells = {name: reason if isnan(end) else end for name, end in ends}
        yield _row(
            question="metric", run=score.run, item=score.metric, against=score.reference, **cells,
            verdict=score.letters, varies=score.varies,
        )  # fmt: skip
    yield from _worth(comparison)
    yield from _power(comparison)
    for line in comparison.shares:
        for share in line.shares:
            counts = " x ".join(str(count) for count in share.repeated.values())
            yield _row(
                question="variance_share", run=line.run, recognizer=line.recognizer, arm=line.arm,
                item=f"{line.quantity}: {share.source}", value=share.percent,
                unit="% of the variance", verdict=f"{counts} seen",
            )  # fmt: skip


def _row(**cells: Any) -> dict[str, Any]:
    return dict.fromkeys(COMPARISON_COLUMNS) | cells


def _differences(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for row in comparison.rows:
        generators, seeds, clips = row.differences.shape
        yield _row(
            question="difference", run=row.run, recognizer=row.recognizer, arm=row.arm,
            against=row.against, **_tested(row.test, row.p_adjusted), verdict=row.verdict,
            seeds=seeds, generator_seeds=generators, clips=clips, people=row.people or None,
        )  # fmt: skip


def _classes(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for place, gains in comparison.gains.items():
        row = comparison.rows[place]
        for gain in gains:
            yield _row(
                question="class", run=row.run, recognizer=row.recognizer, arm=row.arm,
                against=row.against, item=comparison.class_name(gain.label),
                **_tested(gain.test, gain.p_adjusted), verdict=gain.verdict,
                seeds=row.differences.shape[1], generator_seeds=row.differences.shape[0],
                clips=gain.clips, people=gain.people or None,
            )  # fmt: skip


def _tested(test: PairedTest | Undefined, p_adjusted: float) -> dict[str, Any]:
    names = ("value", "ci95_low", "ci95_high", "exact_p_value", "p_value", "p_adjusted", "varies")
    if isinstance(test, Undefined):
        return dict.fromkeys(names[:-1], str(test)) | {"varies": None, "unit": "points"}
    ends = (100.0 * test.mean, 100.0 * test.low, 100.0 * test.high)
    cells = (*ends, test.exact_p_value, test.p_value, p_adjusted, test.varies)
    return dict(zip(names, cells, strict=True)) | {"unit": "points"}


def _worth(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for line in comparison.worth:
        worth = line.worth
        cells: dict[str, Any] = {"value": str(worth), "ci95_low": None, "ci95_high": None}
        if not isinstance(worth, Undefined):
            ends = {"value": worth.clips, "ci95_low": worth.low, "ci95_high": worth.high}
            cells = {name: worth.cell(end) for name, end in ends.items()}
            cells["varies"] = worth.varies
        yield _row(
            question="worth", run=line.run, recognizer=line.recognizer, arm=line.arm,
            item=f"{line.added} added clips", **cells, unit="real clips",
        )  # fmt: skip


def _power(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for line in comparison.power:
        place = {
            "run": line.row.run,
            "recognizer": line.row.recognizer,
            "arm": line.row.arm,
            "against": line.row.against,
        }
        for factor, needed in line.needed.items():
            value = str(needed) if isinstance(needed, Undefined) else needed
            item = f"{comparison.detect:g} points"
            question = "seeds_needed" if factor in SEEDS else "test_size_needed"
            yield _row(question=question, **place, item=item, value=value, unit=factor)
        seen = str(line.seen) if isinstance(line.seen, Undefined) else line.seen
        yield _row(question="detectable", **place, value=seen, unit="points")
