"""Crossed means, mean squares and variance components against other ways to the same numbers."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from scipy.stats import t as t_distribution
from scipy.stats import ttest_1samp

from benchmark.statistics.crossed import crossed_estimate, effects, mean_squares
from benchmark.statistics.variance import (
    GENERATOR_SEED,
    RECOGNIZER_SEED,
    SAMPLING,
    TEST_CLIP,
    crossed_components,
    metric_shares,
)
from skeletons.arrays import Float64Array
from skeletons.errors import InputError

TWO = (RECOGNIZER_SEED, TEST_CLIP)
THREE = (GENERATOR_SEED, *TWO)


def explained(table: Float64Array, terms: list[tuple[int, ...]]) -> float:
    """Sum of squares that dummy variables of these terms explain, by least squares."""
    cells = list(product(*(range(size) for size in table.shape)))
    columns = [np.ones(len(cells))]
    for term in terms:
        for level in product(*(range(table.shape[axis]) for axis in term)):
            here = [[cell[axis] for axis in term] == list(level) for cell in cells]
            columns += [np.asarray(here, float)]
    design, answers = np.stack(columns, axis=1), np.asarray([table[cell] for cell in cells])
    fitted = design @ np.linalg.lstsq(design, answers, rcond=None)[0]
    return float(((fitted - answers.mean()) ** 2).sum())


def test_mean_squares_are_those_of_a_linear_model_with_dummy_variables() -> None:
    table = np.random.default_rng(0).normal(size=(2, 3, 4))
    found = mean_squares(table)
    for effect in effects(3):
        below = [one for one in effects(3) if set(one) < set(effect)]
        expected = explained(table, [*below, effect]) - explained(table, below)
        assert found[effect].value * found[effect].freedom == pytest.approx(expected, rel=1e-6)


@given(arrays(np.float64, st.tuples(*[st.integers(2, 4)] * 3), elements=st.floats(-9, 9)))
def test_mean_squares_share_out_all_of_the_variation(table: Float64Array) -> None:
    found = mean_squares(table)
    total = float(((table - table.mean()) ** 2).sum())
    parts = sum(square.value * square.freedom for square in found.values())
    assert parts == pytest.approx(total, rel=1e-6, abs=1e-9)
    assert sum(square.freedom for square in found.values()) == table.size - 1


@pytest.mark.parametrize("seed", range(5))
def test_with_seeds_and_clips_it_is_the_interval_of_the_two_way_table(seed: int) -> None:
    table = np.random.default_rng(seed).integers(-1, 2, (3, 40)).astype(float)
    # In pandas: MS of seeds, of clips and of the rest; Var = (MS_s + MS_c - MS_rest) / (S C), and
    # alike the squared half width, with the t quantiles of each. Clips are always a sample.
    frame = pd.DataFrame(table)
    of_seed, of_clip = 40 * frame.mean(axis=1).var(), 3 * frame.mean(axis=0).var()
    whole = (table.size - 1) * table.var(ddof=1)
    rest = (whole - 2 * of_seed - 39 * of_clip) / 78
    total = of_clip + max(of_seed - rest, 0.0)
    few, many = t_distribution.ppf(0.975, (2, 39))
    half = np.sqrt((many**2 * of_clip + max(few**2 * of_seed - few * many * rest, 0)) / table.size)
    ours, mean = crossed_estimate(table), table.mean()
    assert (ours.low, ours.high) == pytest.approx((mean - half, mean + half), rel=1e-9)
    assert ours.error == pytest.approx(np.sqrt(total / table.size))
    assert ours.p_value == pytest.approx(
        2 * t_distribution.sf(abs(mean) / ours.error, ours.freedom)
    )


def test_where_only_seeds_differ_it_is_a_t_interval_over_seeds() -> None:
    estimate = crossed_estimate(np.repeat([[0.1], [0.2], [0.6]], 80, axis=1))
    expected = ttest_1samp([0.1, 0.2, 0.6], 0.0).confidence_interval(0.95)
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("seed_spread", [0.0, 0.15, 1.0])
def test_the_interval_over_seeds_and_clips_covers_as_often_as_it_says(seed_spread: float) -> None:
    rng = np.random.default_rng(3)
    hits, trials = 0, 400
    for _ in range(trials):
        values = (
            0.5
            + seed_spread * rng.normal(size=(3, 1))
            + rng.normal(size=(1, 60))
            + rng.normal(size=(3, 60))
        )
        estimate = crossed_estimate(values)
        hits += estimate.low <= 0.5 <= estimate.high
    assert 0.92 <= hits / trials <= 0.995


def test_levels_that_were_not_repeated_leave_a_one_sample_t_test() -> None:
    values = np.random.default_rng(2).normal(0.2, 1.0, 30)
    estimate, expected = crossed_estimate(values[None, None]), ttest_1samp(values, 0.0)
    assert estimate.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    interval = expected.confidence_interval(0.95)
    assert (estimate.low, estimate.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_without_any_spread_the_p_value_is_all_or_nothing() -> None:
    assert crossed_estimate(np.zeros((3, 5))).p_value == 1.0
    assert crossed_estimate(np.ones((3, 5))).p_value == 0.0


@pytest.mark.parametrize("spread", [(0.0, 0.0), (0.5, 0.0), (0.3, 0.3), (1.0, 0.2)])
def test_the_interval_over_three_factors_covers_as_often_as_it_says(
    spread: tuple[float, float],
) -> None:
    rng = np.random.default_rng(3)
    hits, trials = 0, 1500
    for _ in range(trials):
        table = (
            spread[0] * rng.normal(size=(3, 1, 1))
            + spread[1] * rng.normal(size=(1, 3, 1))
            + rng.normal(size=(1, 1, 60))
            + 0.5 * rng.normal(size=(3, 1, 60))
            + rng.normal(size=(3, 3, 60))
        )
        estimate = crossed_estimate(table)
        hits += estimate.low <= 0.0 <= estimate.high
    # Two axes of three seeds each, of which none varies, are the widest case.
    assert 0.935 <= hits / trials <= 0.998


def test_a_table_of_sums_gives_back_the_variances_of_its_parts() -> None:
    rng = np.random.default_rng(4)
    seeds, clips = rng.normal(size=5), rng.normal(size=30)
    found = crossed_components(seeds[:, None] + clips, TWO)
    # Without interaction, each mean square is that of one factor alone.
    assert found.variances[0,] == pytest.approx(seeds.var(ddof=1), rel=1e-6)
    assert found.variances[1,] == pytest.approx(clips.var(ddof=1), rel=1e-6)
    assert found.variances[0, 1] == pytest.approx(0.0, abs=1e-12)


def test_the_components_are_those_of_restricted_maximum_likelihood() -> None:
    rng = np.random.default_rng(5)
    seeds, clips = 4, 12
    table = (
        0.8 * rng.normal(size=(seeds, 1)) + rng.normal(size=clips) + rng.normal(size=(seeds, clips))
    )
    by_seed = np.kron(np.eye(seeds), np.ones((clips, clips)))
    by_clip = np.kron(np.ones((seeds, seeds)), np.eye(clips))
    answers, ones = table.ravel(), np.ones(seeds * clips)

    def minus_log_likelihood(logs: Float64Array) -> float:
        a, b, rest = np.exp(logs)
        covariance = a * by_seed + b * by_clip + rest * np.eye(seeds * clips)
        solved = np.linalg.solve(covariance, np.stack([answers, ones], axis=1))
        information = ones @ solved[:, 1]
        centred = answers - (ones @ solved[:, 0]) / information
        return float(
            np.linalg.slogdet(covariance)[1]
            + np.log(information)
            + centred @ np.linalg.solve(covariance, centred)
        )

    best = minimize(
        minus_log_likelihood,
        np.zeros(3),
        method="Nelder-Mead",
        tol=1e-12,
        options={"maxiter": 4000},
    )
    found = crossed_components(table, TWO).variances
    assert [found[0,], found[1,], found[0, 1]] == pytest.approx(np.exp(best.x), rel=1e-5)


def test_components_are_right_on_average() -> None:
    rng = np.random.default_rng(6)
    truth = {(0,): 0.2, (1,): 0.4, (2,): 1.0, (0, 2): 0.5, (0, 1, 2): 2.0}
    sums = dict.fromkeys(effects(3), 0.0)
    for _ in range(300):
        table = np.zeros((6, 5, 20))
        for effect, variance in truth.items():
            shape = [size if axis in effect else 1 for axis, size in enumerate(table.shape)]
            table = table + np.sqrt(variance) * rng.normal(size=shape)
        for effect, variance in crossed_components(table, THREE).variances.items():
            sums[effect] += variance / 300
    for effect, mean in sums.items():
        assert mean == pytest.approx(truth.get(effect, 0.0), abs=0.06)


def test_shares_are_percent_of_the_variance_of_the_mean_as_reported() -> None:
    table = np.random.default_rng(7).normal(size=(3, 4, 50)) + np.arange(3)[:, None, None]
    found = crossed_components(table, THREE)
    shares = found.shares()
    assert sum(share.percent for share in shares) == pytest.approx(100.0)
    first = shares[0]
    assert (first.source, first.repeated) == (GENERATOR_SEED, {GENERATOR_SEED: 3})
    assert first.variance == pytest.approx(found.variances[0,] / 3)
    assert [share.variance for share in shares] == sorted(
        (share.variance for share in shares), reverse=True
    )


def test_only_what_was_repeated_is_named() -> None:
    table = np.random.default_rng(8).normal(size=(1, 3, 20))
    names = {share.source for share in crossed_components(table, THREE).shares()}
    assert names == {RECOGNIZER_SEED, TEST_CLIP, f"{RECOGNIZER_SEED} x {TEST_CLIP}"}


def test_a_table_without_variance_has_shares_of_nothing() -> None:
    assert {share.percent for share in crossed_components(np.ones((2, 3)), TWO).shares()} == {0.0}


def test_the_expected_variance_with_the_levels_seen_is_the_variance_of_the_mean() -> None:
    rng = np.random.default_rng(9)
    table = rng.normal(size=(4, 1)) + rng.normal(size=25) + rng.normal(size=(4, 25))
    found = crossed_components(table, TWO)
    assert min(found.variances.values()) > 0.0
    estimate = crossed_estimate(table)
    variance, freedom = found.expected({})
    assert np.sqrt(variance) == pytest.approx(estimate.error, rel=1e-9)
    assert freedom == pytest.approx(estimate.freedom, rel=1e-9)
    parts = found.variances
    expected = parts[0,] / 10 + parts[1,] / 200 + parts[0, 1] / 2000
    assert found.expected({RECOGNIZER_SEED: 10, TEST_CLIP: 200})[0] == pytest.approx(expected)


def test_what_cannot_have_components_is_refused() -> None:
    with pytest.raises(InputError, match="nothing was repeated"):
        crossed_components(np.ones((1, 1)), TWO)
    with pytest.raises(InputError, match="2 axes and 3 names"):
        crossed_components(np.ones((2, 2)), THREE)
    with pytest.raises(InputError, match="two values"):
        crossed_estimate(np.ones((1, 1)))
    with pytest.raises(InputError, match="two levels of each factor"):
        mean_squares(np.ones((1, 4)))
    found = crossed_components(np.random.default_rng(0).normal(size=(1, 9)), TWO)
    with pytest.raises(
        InputError, match=r"'recognizer seed' was not repeated.*known are test clip"
    ):
        found.expected({RECOGNIZER_SEED: 5})
    with pytest.raises(InputError, match="'test clip' has 1"):
        found.expected({TEST_CLIP: 1})


def test_a_metrics_variance_over_generators_is_shared_with_sampling() -> None:
    means, errors = [1.0, 3.0, 5.0], [1.0, 1.0, 2.0]
    generator, sampling = metric_shares(means, errors)
    assert (generator.source, sampling.source) == (GENERATOR_SEED, SAMPLING)
    assert (generator.variance, sampling.variance) == pytest.approx((2.0 / 3, 2.0 / 3))
    assert (generator.percent, sampling.percent) == pytest.approx((50.0, 50.0))
    assert [share.percent for share in metric_shares([2.0, 2.1], [1.0, 1.0])] == [0.0, 100.0]
    assert [share.percent for share in metric_shares([2.0, 2.0], [0.0, 0.0])] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("means", "errors"),
    [([1.0], [1.0]), ([1.0, np.nan], [1.0, 1.0]), ([1.0, 2.0], [-1.0, 1.0]), ([1.0, 2.0], [1.0])],
)
def test_metric_shares_need_two_generators_with_numbers(
    means: list[float], errors: list[float]
) -> None:
    with pytest.raises(InputError):
        metric_shares(means, errors)
