"""Intervals of repeated draws: what they cover, and what they shrink with."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.evaluation.half_samples import draw, drawn_fraction
from metrics.evaluation.intervals import half_sample_interval, normal_interval


def test_the_interval_is_students_and_does_not_shrink_with_the_number_of_draws():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    low, high = half_sample_interval(values)
    assert (low + high) / 2 == pytest.approx(2.5)
    assert (high - low) / 2 == pytest.approx(
        3.182446 * values.std(ddof=1) * np.sqrt(1 + 1 / 4), rel=1e-6
    )
    few, many = (np.random.default_rng(0).normal(size=count) for count in (20, 20_000))
    widths = [high - low for low, high in map(half_sample_interval, (few, many))]
    assert widths[1] == pytest.approx(2 * 1.96, rel=0.03)
    assert widths[1] > 0.7 * widths[0]


@pytest.mark.parametrize("size", [100, 30])
def test_the_interval_covers_the_true_value_in_about_95_percent_of_pools(size):
    """Half-samples (100 of 200) and smaller draws: the truth is the value over all pools."""
    rng = np.random.default_rng(11)
    labels = np.zeros(200, dtype=np.int64)
    counts = np.array([size])
    covered = 0
    pools = 1500
    for _ in range(pools):
        pool = rng.exponential(size=200)
        draws = [pool[draw(labels, counts, rng)].mean() for _ in range(20)]
        low, high = half_sample_interval(draws, drawn_fraction(np.array([200]), counts))
        covered += low <= 1.0 <= high
    assert 0.93 <= covered / pools <= 0.97


def test_the_fields_interval_is_the_error_of_the_average_and_shrinks_at_will():
    assert normal_interval([1.0, 3.0]) == pytest.approx((2 - 1.96 / 2**0.5, 2 + 1.96 / 2**0.5))
    low, high = normal_interval([1.0, 3.0] * 10_000)
    assert high - low < 0.03
