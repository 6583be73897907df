from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from benchmark.statistics.rank_correlation import rank_correlation, reliability

RNG = np.random.default_rng(3)


def alone(count: int) -> np.ndarray:
    return np.asarray([f"g{number}" for number in range(count)])


def test_the_coefficient_is_spearmans_with_ties_and_all():
    columns = RNG.integers(0, 5, (12, 4)).astype(float)
    other = RNG.integers(0, 5, 12).astype(float)
    found = rank_correlation(columns, other, alone(12))
    wanted = [spearmanr(column, other).statistic for column in columns.T]
    np.testing.assert_allclose(found.rho, wanted)


def test_the_p_value_is_that_of_all_orders():
    """Of 5! = 120 orders two reach a correlation of 1 or -1."""
    found = rank_correlation(np.arange(5.0)[:, None], np.arange(5.0), alone(5))
    assert found.rho[0] == pytest.approx(1.0)
    assert found.p_value[0] == pytest.approx(2 / 120, rel=0.25)


def test_without_association_one_test_in_twenty_is_below_the_level():
    columns, other = RNG.normal(size=(10, 400)), RNG.normal(size=10)
    found = rank_correlation(columns, other, alone(10))
    assert 0.02 <= (found.p_value < 0.05).mean() <= 0.09


def test_a_constant_column_has_no_correlation():
    columns = np.stack([np.ones(6), np.arange(6.0)], axis=1)
    found = rank_correlation(columns, np.arange(6.0), alone(6))
    for numbers in found:
        assert np.isnan(numbers[0])
    assert found.rho[1] == pytest.approx(1.0)


def test_a_family_counts_once_in_the_interval():
    values = np.repeat(RNG.normal(size=6), 8)
    other = values + np.repeat(RNG.normal(size=6), 8)
    families = np.repeat(alone(6), 8)
    together = rank_correlation(values[:, None], other, families)
    apart = rank_correlation(values[:, None], other, alone(48))
    assert together.high[0] - together.low[0] > 1.5 * (apart.high[0] - apart.low[0])


def test_gains_that_are_noise_do_not_agree_with_themselves():
    noise = RNG.normal(size=(400, 2))
    assert reliability(noise) < 0.25
    assert reliability(np.repeat(np.arange(9.0)[:, None], 2, axis=1)) == pytest.approx(1.0)
    half = np.arange(400.0)[:, None] / 100 + RNG.normal(size=(400, 2))
    between = spearmanr(*half.T).statistic
    assert reliability(half) == pytest.approx(2 * between / (1 + between))
