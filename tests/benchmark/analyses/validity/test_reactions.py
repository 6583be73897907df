from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchmark.analyses.validity.measured_rungs import CLEAN, Rung
from benchmark.analyses.validity.reactions import Reaction, reactions, verdict
from metrics.evaluation.summaries import MetricSummary, MetricValue
from metrics.metric import Metric
from metrics.registry import metric_named
from metrics.value import Undefined, Value


def metric(direction: str) -> Metric:
    return replace(metric_named("fid"), name="m", direction=direction)


def summary(mean: Value, floor: Value = 10.0) -> MetricSummary:
    ends = (mean, mean) if isinstance(mean, Undefined) else (mean - 1.0, mean + 1.0)
    return MetricSummary("test", "m", mean, *ends, "sampling", 5, floor, floor, floor, 20)


def ladder(means: Sequence[Value], clean: Value = 10.0, judge: str = "a") -> list[Rung]:
    rungs = []
    for place, mean in enumerate((clean, *means)):
        values = tuple(MetricValue("test", "m", repetition, mean) for repetition in range(3))
        name = "joint_noise" if place else CLEAN
        rungs.append(Rung(name, 0.1 * place, judge, values, (summary(mean),)))
    return rungs


def reaction(direction: str, means: Sequence[Value], clean: Value = 10.0) -> Reaction:
    (found,) = reactions(ladder(means, clean), [metric(direction)])
    return found


@pytest.mark.parametrize(
    ("direction", "mean", "expected"),
    [
        ("lower", 10.9, "floor"),
        ("lower", 11.1, "worse"),
        ("lower", 8.9, "better"),
        ("higher", 11.1, "better"),
        ("higher", 8.9, "worse"),
        ("real", 8.9, "worse"),
        ("real", 11.1, "worse"),
        ("lower", Undefined("no clips"), "undefined"),
    ],
)
def test_a_mean_outside_the_floor_is_worse_or_better(
    direction: str, mean: Value, expected: str
) -> None:
    assert verdict(metric(direction), summary(10.0), summary(mean)) == expected


def test_nearer_to_the_real_floor_than_clean_clips_is_better() -> None:
    clean = summary(10.0, floor=13.0)
    judged = [verdict(metric("real"), clean, summary(mean)) for mean in (8.0, 12.0, 15.0, 17.0)]
    assert judged == ["worse", "better", "better", "worse"]


def test_a_corruption_is_caught_where_two_doses_in_a_row_are_worse() -> None:
    found = reaction("lower", [12.0, 10.0, 12.0, 13.0])
    assert found.caught == pytest.approx(0.3)
    assert found.flattered is None


def test_the_last_dose_alone_counts() -> None:
    assert reaction("lower", [10.0, 10.0, 12.0]).caught == pytest.approx(0.3)


def test_a_metric_that_improves_is_flattered_until_it_is_not() -> None:
    found = reaction("lower", [8.0, 7.0, 10.0, 12.0, 13.0])
    assert found.flattered == pytest.approx(0.1)
    assert found.caught == pytest.approx(0.4)


def test_a_reaction_is_monotone_unless_a_larger_dose_is_clearly_less_bad() -> None:
    assert reaction("lower", [12.0, 14.0, 13.5]).monotone is True  # within half of the floor
    assert reaction("lower", [12.0, 14.0, 12.5]).monotone is False
    assert reaction("higher", [8.0, 6.0, 5.0]).monotone is True
    assert reaction("real", [8.0, 14.0, 15.0]).monotone is True
    assert reaction("lower", [8.0, 9.5]).monotone is None


def test_the_trend_is_one_where_the_value_grows_with_the_dose() -> None:
    assert reaction("lower", [11.0, 12.0, 13.0]).trend == pytest.approx(1.0)
    assert reaction("lower", [9.0, 8.0, 7.0]).trend == pytest.approx(-1.0)
    assert isinstance(reaction("lower", [10.0, 10.0]).trend, Undefined)


def test_a_metric_without_a_value_says_why_and_catches_nothing() -> None:
    everywhere = reaction("lower", [Undefined("no feet")] * 3, Undefined("no feet"))
    assert everywhere.undefined == "no feet"
    assert everywhere.caught is None and everywhere.flattered is None
    partly = reaction("lower", [11.5, Undefined("no pairs")])
    assert partly.undefined == "" and isinstance(partly.trend, Undefined)


def test_every_judge_is_held_against_its_own_clean_clips() -> None:
    rungs = ladder([12.0, 13.0]) + ladder([12.0, 13.0], clean=12.5, judge="b")
    found = reactions(rungs, [metric("lower")])
    assert [(one.judge, one.clean) for one in found] == [("a", 10.0), ("b", 12.5)]
    assert [one.verdicts for one in found] == [("worse", "worse"), ("floor", "floor")]


def test_a_metric_that_a_judge_was_not_asked_for_has_no_reaction() -> None:
    other = replace(metric("lower"), name="other")
    assert reactions(ladder([12.0]), [other]) == []
