"""The three tables of a comparison as plain text, for the terminal and for a paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from benchmark.records.display_names import (
    arm_words,
    interval,
    metric_words,
    points,
    points_interval,
    reference_words,
)
from benchmark.records.tables import UNDEFINED
from benchmark.reports.score_cells import metric_heading
from metrics.value import Undefined

if TYPE_CHECKING:
    from benchmark.comparisons.compare_runs import Comparison

ONE_LETTER = "one letter in common: cannot be told apart"
DIFFERENCE_HEADINGS = ("recognizer, trained on", "against", "difference", "p, Holm")


@dataclass(frozen=True)
class MetricRow:
    """A metric of a run: what it is called with its arrow, value, interval, floor, letters."""

    metric: str
    heading: str
    run: str
    value: str
    bounds: str
    floor: str
    letters: str


@dataclass(frozen=True)
class DifferenceRow:
    """A paired difference in points: what is compared with what, p adjusted by Holm, verdict."""

    name: str
    against: str
    difference: str
    bounds: str
    p: str
    verdict: str


@dataclass(frozen=True)
class StandingRow:
    """The accuracy of a run in an arm, its letters and the ranks that it may have."""

    name: str
    run: str
    accuracy: str
    bounds: str
    letters: str
    rank: str


def shows_metrics(comparison: Comparison) -> bool:
    """Whether metrics stand side by side: those of one training alone are on its run's page."""
    repeated = any(len(group.runs) > 1 for group in comparison.entries.values())
    return bool(comparison.metrics) and (comparison.several or repeated)


def metric_rows(comparison: Comparison) -> Iterator[MetricRow]:
    """Metric by metric, the runs."""
    for one in comparison.metrics:
        words = metric_words(one.metric)
        missing = isnan(one.mean)
        yield MetricRow(
            one.metric,
            metric_heading(one.metric),
            one.run,
            UNDEFINED if missing else words.shown(one.mean),
            "" if missing else interval(one.low, one.high, words.digits, words.scale),
            words.shown(one.floor),
            one.letters,
        )


def metrics_held(comparison: Comparison) -> tuple[str, str]:
    """What metrics are held against, and what their intervals cover."""
    against = reference_words(one.reference for one in comparison.metrics)
    covered = dict.fromkeys(one.varies for one in comparison.metrics if one.varies)
    return against, " or ".join(covered)


def difference_rows(comparison: Comparison) -> Iterator[DifferenceRow]:
    """The family of tests."""
    for row in comparison.rows:
        cells = (UNDEFINED, "", "", "")
        if not isinstance(row.test, Undefined):
            mean, low, high = (100.0 * end for end in (row.test.mean, row.test.low, row.test.high))
            p = "< 0.001" if row.p_adjusted < 0.001 else f"{row.p_adjusted:.3f}"
            cells = (points(mean), points_interval(low, high), p, row.verdict)
        yield DifferenceRow(comparison.name_of(row), row.against_words, *cells)


def differences_held(comparison: Comparison) -> str:
    """What differences are of, what their intervals cover, and the size of the family."""
    tested = [row for row in comparison.rows if not isinstance(row.test, Undefined)]
    clips = dict.fromkeys(_test_set(len(row.labels), row.people) for row in tested)
    varies = dict.fromkeys(row.test.varies for row in tested if not isinstance(row.test, Undefined))
    return (
        f"points of accuracy on {' or '.join(clips) or 'no real test clips'}, paired; intervals "
        f"cover {'; '.join(varies) or 'nothing'}; p is adjusted for {len(tested)} tests"
    )


def _test_set(clips: int, people: int) -> str:
    return f"{clips:,} real test clips" + (f" of {people:,} people" if people else "")


def standing_rows(comparison: Comparison) -> Iterator[StandingRow]:
    """Arm by arm the runs, the most accurate first."""
    for standing in comparison.ranking:
        accuracy = standing.accuracy
        best, worst = standing.ranks
        yield StandingRow(
            f"{standing.recognizer}, {arm_words(standing.arm)}",
            standing.run,
            f"{100.0 * accuracy.mean:.1f} %",
            interval(accuracy.low, accuracy.high, 1, 100.0),
            standing.letters,
            str(best) if best == worst else f"{best} to {worst}",
        )


def standings_held(comparison: Comparison) -> str:
    """What the intervals of accuracies cover, and what letters mean."""
    varies = dict.fromkeys(standing.accuracy.varies for standing in comparison.ranking)
    return f"intervals cover {'; '.join(varies)}; {ONE_LETTER} (paired tests, Holm)"
