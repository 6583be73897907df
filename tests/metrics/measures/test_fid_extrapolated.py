"""FID of infinitely many clips: the line, and Gaussians whose distance is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.measures.fid import Moments, frechet_distance, moments
from metrics.measures.fid_extrapolated import fid_extrapolated, value_at_infinity
from metrics.value import Undefined
from skeletons.errors import InputError

SIZE = 16
STANDARD = Moments(np.zeros(SIZE), np.eye(SIZE), 10**6)


def extrapolations(make, count, draws=12):
    values = [
        fid_extrapolated(STANDARD, make(np.random.default_rng(seed), count), _rng(seed))
        for seed in range(draws)
    ]
    assert all(isinstance(value, float) for value in values)
    return np.asarray(values)


def _rng(seed):
    return np.random.default_rng(1000 + seed)


def standard(rng, count):
    return rng.normal(size=(count, SIZE))


def shifted(rng, count):
    return 0.2 + 1.3 * rng.normal(size=(count, SIZE))


@settings(max_examples=50, deadline=None)
@given(
    intercept=st.floats(-100, 100),
    slope=st.floats(-1e4, 1e4),
    counts=st.lists(st.integers(2, 10**5), min_size=2, max_size=15, unique=True),
)
def test_a_value_on_a_line_in_1_over_n_is_found_exactly(intercept, slope, counts):
    numbers = np.asarray(counts, dtype=float)
    inverse = 1.0 / numbers
    values = intercept + slope * inverse
    # Counts that lie close together turn rounding of the values into a steep line.
    lever = np.abs(values).max() * inverse.max() / np.ptp(inverse)
    found = value_at_infinity(counts, values)
    assert found == pytest.approx(intercept, rel=1e-6, abs=1e-12 * max(lever, 1.0))


def test_the_line_is_that_of_numpys_least_squares():
    rng = np.random.default_rng(0)
    counts, values = np.array([10, 20, 20, 50, 400]), rng.normal(size=5)
    expected = np.polyfit(1.0 / counts, values, 1)[1]
    assert value_at_infinity(counts, values) == pytest.approx(expected, rel=1e-9)


def test_equal_gaussians_come_out_at_zero_though_fid_is_far_above():
    for count in (64, 320):
        found = extrapolations(standard, count)
        plain = [
            frechet_distance(STANDARD, moments(standard(np.random.default_rng(seed), count)))
            for seed in range(12)
        ]
        assert np.mean(plain) > 10 * np.std(plain) / np.sqrt(12)
        # The bend of the bias leaves a tenth of it where the least number of clips is measured.
        noise = 4 * found.std(ddof=1) / np.sqrt(len(found))
        assert abs(found.mean()) < 0.1 * np.mean(plain) + noise
        assert abs(found.mean()) < 0.25 * np.mean(plain)


def test_the_value_is_not_clipped_at_zero():
    assert (extrapolations(standard, 320) < 0.0).any()


def test_a_known_distance_is_found_with_few_clips():
    exact = SIZE * (0.2**2 + 0.3**2)
    for count in (200, 2000):
        found = extrapolations(shifted, count)
        assert found.mean() == pytest.approx(exact, abs=4 * found.std(ddof=1) / np.sqrt(12))
    plain = frechet_distance(STANDARD, moments(shifted(np.random.default_rng(0), 200)))
    assert plain > 1.15 * exact


def test_the_bias_of_the_reference_stays():
    few = moments(np.random.default_rng(1).normal(size=(64, SIZE)))
    value = fid_extrapolated(few, standard(np.random.default_rng(2), 4000), _rng(0))
    of_the_truth = frechet_distance(few, STANDARD)
    assert value == pytest.approx(of_the_truth, rel=0.1)
    assert value > 0.5


def test_the_whole_set_and_a_tenth_of_it_are_the_ends_of_the_line(monkeypatch):
    import metrics.measures.fid_extrapolated as module

    seen = []
    monkeypatch.setattr(module, "moments", lambda rows: seen.append(rows) or moments(rows))
    fake = standard(np.random.default_rng(3), 1000)
    fid_extrapolated(STANDARD, fake, _rng(0))
    assert [len(rows) for rows in seen[:: len(seen) - 1]] == [100, 1000]
    assert len(seen) == 15
    for rows in seen:
        assert len(np.unique(rows, axis=0)) == len(rows)
    assert sorted(map(tuple, seen[-1])) == sorted(map(tuple, fake))


def test_the_same_seed_gives_the_same_value_and_another_one_another():
    fake = standard(np.random.default_rng(4), 100)
    values = [fid_extrapolated(STANDARD, fake, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize(
    ("size", "count", "least"), [(16, 63, 64), (16, 0, 64), (1, 19, 20), (5, 19, 20), (6, 23, 24)]
)
def test_few_clips_are_undefined_and_the_reason_says_how_many_are_needed(size, count, least):
    rng = np.random.default_rng(5)
    reference = moments(rng.normal(size=(500, size)))
    value = fid_extrapolated(reference, rng.normal(size=(count, size)), rng)
    assert isinstance(value, Undefined)
    assert f"{count} synthetic clips are too few" in str(value)
    assert f"need {least}" in str(value)
    assert isinstance(fid_extrapolated(reference, rng.normal(size=(least, size)), rng), float)


def test_a_reference_without_a_covariance_is_undefined():
    fake = standard(np.random.default_rng(6), 100)
    value = fid_extrapolated(moments(np.zeros((1, SIZE))), fake, _rng(0))
    assert isinstance(value, Undefined)
    assert "1 real clips" in str(value)


def test_identical_clips_have_the_distance_of_a_point_at_every_n():
    value = fid_extrapolated(STANDARD, np.full((100, SIZE), 2.0), _rng(0))
    assert value == pytest.approx(SIZE * 4.0 + SIZE, rel=1e-9)


def test_input_that_means_nothing_is_refused():
    with pytest.raises(InputError, match="do not compare with 16"):
        fid_extrapolated(STANDARD, np.zeros((100, 3)), _rng(0))
    with pytest.raises(InputError, match="no line"):
        fid_extrapolated(STANDARD, np.zeros((100, SIZE)), _rng(0), sizes=1)
    for counts, values in (([5, 5], [1, 2]), ([0, 5], [1, 2])):
        with pytest.raises(InputError, match="two different counts"):
            value_at_infinity(counts, values)
    with pytest.raises(InputError, match="do not belong"):
        value_at_infinity([5, 6, 7], [1, 2])
