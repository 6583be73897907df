from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from benchmark.analyses.validity.rank_correlation import (
    RankCorrelation,
    kendall_tau_b,
    rank_correlation,
)
from skeletons.seeds import named_rng

finite = st.floats(-5, 5).map(lambda value: round(value, 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(finite, finite), min_size=2, max_size=12))
def test_tau_b_is_scipys(pairs: list[tuple[float, float]]) -> None:
    first, second = np.asarray(pairs).T
    expected = kendalltau(first, second).statistic
    np.testing.assert_allclose(kendall_tau_b(first, second), expected, rtol=1e-9, atol=1e-12)


def test_tau_b_of_many_samples_is_that_of_each() -> None:
    first, second = named_rng("tau").integers(0, 4, size=(2, 5, 9))
    expected = [kendalltau(*pair).statistic for pair in zip(first, second, strict=True)]
    np.testing.assert_allclose(kendall_tau_b(first, second), expected, rtol=1e-12)


def test_an_order_that_agrees_is_one_and_its_interval_too() -> None:
    values = np.arange(8.0)
    assert rank_correlation(values, values**3, named_rng("x")) == RankCorrelation(1, 1, 1, 8)
    assert rank_correlation(values, np.ones(8), named_rng("x")) is None


def test_the_interval_of_unrelated_orders_holds_zero_and_the_estimate() -> None:
    first, second = named_rng("unrelated").normal(size=(2, 10))
    found = rank_correlation(first, second, named_rng("x"))
    assert found is not None and found.low < 0.0 < found.high
    assert found.low <= found.tau <= found.high
