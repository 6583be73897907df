"""People as sampling units against formulas written out, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.stats import ttest_1samp

from benchmark.statistics.accuracy import accuracy_estimate
from benchmark.statistics.crossed import crossed_estimate
from benchmark.statistics.paired_test import paired_test
from benchmark.statistics.people import CLIPS, PEOPLE, Units, clustered_estimate
from skeletons.arrays import Float64Array, IntArray

UNEQUAL = [5, 14, 24, 33, 42, 52, 61, 71, 80]


def names(clips: list[int]) -> list[str]:
    return [f"s{person}" for person, count in enumerate(clips) for _ in range(count)]


def bell_mccaffrey(values: Float64Array, clips: list[int]) -> tuple[float, float]:
    """CR2 variance of a mean and its degrees of freedom, with all matrices written out."""
    total = len(values)
    away = np.eye(total) - 1.0 / total  # I - H of the model that has a mean only
    ends = np.cumsum(clips)
    rows = [slice(end - count, end) for end, count in zip(ends, clips, strict=True)]
    weights = [np.linalg.inv(sqrtm(away[row, row]).real).sum(axis=0) / total for row in rows]
    residuals = values - values.mean()
    variance = sum(float(w @ residuals[row]) ** 2 for w, row in zip(weights, rows, strict=True))
    columns = np.stack([away[:, row] @ w for w, row in zip(weights, rows, strict=True)], axis=1)
    moments = np.linalg.eigvalsh(columns.T @ columns)
    return variance, float(moments.sum() ** 2 / (moments**2).sum())


@pytest.mark.parametrize("clips", [[6] * 5, [2, 9, 4, 7, 20, 3]])
def test_the_variance_and_its_degrees_of_freedom_are_those_of_bell_and_mccaffrey(
    clips: list[int],
) -> None:
    values = np.random.default_rng(0).normal(size=sum(clips))
    variance, freedom = bell_mccaffrey(values, clips)
    found = clustered_estimate(values[None], Units.of(names(clips)))
    assert found.mean == pytest.approx(values.mean())
    assert found.freedom == pytest.approx(freedom)
    # The table's rows are centred once more, so that they have the mean: a hundredth, at most.
    assert found.error**2 == pytest.approx(variance, rel=1e-9 if len(set(clips)) == 1 else 0.02)


def test_people_with_as_many_clips_each_are_a_sample_of_their_means() -> None:
    values = np.random.default_rng(1).integers(-1, 2, (1, 54))
    expected = ttest_1samp(values.reshape(9, 6).mean(axis=1), 0.0)
    found = clustered_estimate(values, Units.of(names([6] * 9)))
    interval = expected.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.p_value == pytest.approx(expected.pvalue)


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=8), st.integers(1, 3), st.integers(0, 2**31)
)
def test_a_table_of_people_keeps_the_mean_of_each_seed(
    clips: list[int], seeds: int, seed: int
) -> None:
    values = np.random.default_rng(seed).integers(-1, 2, (seeds, sum(clips)))
    units = Units.of(names(clips))
    table = units.table(values)
    assert table.shape == (seeds, len(clips))
    assert table.mean(axis=1) == pytest.approx(values.mean(axis=1))
    assert units.sums(values).sum(axis=1).tolist() == values.sum(axis=1).tolist()
    assert 0.99 <= units.freedom <= len(clips) - 1 + 1e-9


def test_people_stand_in_any_order() -> None:
    rng = np.random.default_rng(2)
    values, people = rng.integers(-1, 2, (3, sum(UNEQUAL))), np.asarray(names(UNEQUAL))
    order = rng.permutation(len(people))
    one, other = paired_test(values, people), paired_test(values[:, order], people[order])
    assert (one.low, one.high, one.p_value) == pytest.approx((other.low, other.high, other.p_value))


@pytest.mark.parametrize(
    ("subjects", "name", "count"),
    [
        ([""] * 4, CLIPS, 4),
        (["ann"] * 4, CLIPS, 4),
        (["ann", "bob", "ann", "bob"], PEOPLE, 2),
        (["ann", "", "bob", ""], PEOPLE, 3),
    ],
)
def test_clips_are_the_unit_where_fewer_than_two_people_are_known(
    subjects: list[str], name: str, count: int
) -> None:
    units = Units.of(subjects)
    assert (units.name, len(units.clips)) == (name, count)
    assert units.people == (count if name == PEOPLE else 0)
    values = np.arange(8.0).reshape(2, 4)
    assert units.table(values).shape == (2, count)


def test_people_with_one_clip_each_are_clips() -> None:
    values = np.random.default_rng(3).integers(-1, 2, (3, 30))
    people = [f"s{clip}" for clip in range(30)]
    one, other = paired_test(values, people), paired_test(values, [""] * 30)
    assert (one.low, one.high, one.p_value) == pytest.approx((other.low, other.high, other.p_value))
    assert (one.varies, other.varies) == ("people and seeds", "clips and seeds")


def test_people_who_agree_to_the_clip_do_not_leave_an_interval_without_width() -> None:
    values = np.tile([1, 0, 0, 0, 0, 1], 2)[None]
    found = clustered_estimate(values, Units.of(names([6, 6])))
    assert found.error == pytest.approx(crossed_estimate(values).error)
    assert found.freedom == 1.0


def test_arms_that_never_differ_may_differ_on_clips_not_seen() -> None:
    test = paired_test(np.zeros((3, 54), np.int64), names([6] * 9))
    # t(0.975, 8) = 2.306; 2.306² / (54 + 2.306²) = 0.0897
    assert (test.low, test.high) == pytest.approx((-0.0897, 0.0897), abs=1e-4)
    assert test.p_value == 1.0
    better = paired_test(np.ones((3, 54), np.int64), names([6] * 9))
    assert (better.mean, better.high) == (1.0, 1.0)
    assert better.low == pytest.approx(1.0 - 0.0897, abs=1e-4)
    assert better.p_value == pytest.approx(2 / 2**9)


def test_a_difference_stays_within_100_points() -> None:
    values = np.asarray([[1, 1, 1, 0]])
    assert paired_test(values, ["a", "a", "b", "b"]).high == 1.0
    assert paired_test(-values, ["a", "a", "b", "b"]).low == -1.0
    assert paired_test(2 * values, ["a", "a", "b", "b"], 2).high == 2.0


@pytest.mark.parametrize(("right", "ends"), [(1, (0.9103, 1.0)), (0, (0.0, 0.0897))])
def test_all_right_or_all_wrong_has_an_interval_on_one_side(
    right: int, ends: tuple[float, float]
) -> None:
    told = accuracy_estimate(np.full((3, 54), right), names([6] * 9))
    assert (told.low, told.high) == pytest.approx(ends, abs=1e-4)
    assert told.mean == right


@given(st.integers(0, 2**31), st.sampled_from([0.05, 0.5, 0.95, 0.99]), st.integers(1, 3))
def test_the_interval_of_an_accuracy_stays_within_0_and_1(
    seed: int, share: float, seeds: int
) -> None:
    right: IntArray = (np.random.default_rng(seed).random((seeds, 36)) < share).astype(np.int64)
    told = accuracy_estimate(right, names([4] * 9))
    assert 0.0 <= told.low <= told.mean <= told.high <= 1.0
    assert told.high - told.low > 0.0
    mirrored = accuracy_estimate(1 - right, names([4] * 9))
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - told.high, 1 - told.low))
