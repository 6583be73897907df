"""The kernel distance against torch-fidelity's number, plain loops and a closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.measures import kid
from metrics.measures.kid import kernel_distance, kernel_mean
from metrics.value import Undefined
from skeletons.errors import InputError


def by_loops(real, fake):
    """Unbiased squared MMD of two sets, a kernel value at a time."""

    def kernel(x, y):
        return (sum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1.0) ** 3

    n, m = len(real), len(fake)
    between = sum(kernel(x, y) for x in real for y in fake) / (n * m)
    within_real = sum(kernel(real[i], real[j]) for i in range(n) for j in range(n) if i != j)
    within_fake = sum(kernel(fake[i], fake[j]) for i in range(m) for j in range(m) if i != j)
    return within_real / (n * (n - 1)) + within_fake / (m * (m - 1)) - 2.0 * between


def torch_fidelity_features():
    clip, feature = np.meshgrid(np.arange(1.0, 41.0), np.arange(1.0, 13.0), indexing="ij")
    real = np.sin(0.7 * clip * feature) + 0.1 * feature
    return {
        "real": real,
        "other": 1.2 * np.cos(0.3 * clip * feature * feature) - 0.05 * feature,
        "near": real[::-1] + 0.01 * np.cos(clip * feature),
    }


@pytest.mark.parametrize(
    ("fake", "expected"),
    [
        ("other", 4.933503389416419),
        ("real", -0.234156292678108),
        ("near", -0.23414330801691166),
    ],
)
def test_equals_torch_fidelity(fake, expected):
    """Numbers of ``kid_features_to_metric`` of torch-fidelity 0.4.0 on these float64 features, all
    40 clips in its one subset. The package itself is not installed: it needs a torchvision built
    for the very build of torch."""
    features = torch_fidelity_features()
    found = kernel_distance(features["real"], features[fake])
    assert found == pytest.approx(expected, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(1, 5),
    counts=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    scale=st.sampled_from([0.1, 1.0, 10.0]),
)
def test_equals_plain_loops_over_all_pairs(seed, size, counts, scale):
    rng = np.random.default_rng(seed)
    real = rng.normal(0.5, scale, (counts[0], size))
    fake = rng.normal(0.0, 2 * scale, (counts[1], size))
    # The difference of three means is as exact as they are.
    terms = np.mean((real @ real.T / size + 1.0) ** 3) + np.mean((fake @ fake.T / size + 1.0) ** 3)
    expected = pytest.approx(by_loops(real, fake), rel=1e-6, abs=1e-12 * terms)
    assert kernel_distance(real, fake) == expected


@pytest.mark.parametrize("block", [1, 25, 30])
def test_blocks_of_any_size_sum_up_to_the_same(monkeypatch, block):
    rng = np.random.default_rng(1)
    real, fake = rng.normal(size=(14, 3)), rng.normal(0.4, 1.5, size=(11, 3))
    whole = kernel_distance(real, fake)
    monkeypatch.setattr(kid, "BLOCK", block)
    assert kernel_distance(real, fake) == pytest.approx(whole, rel=1e-12)


def test_is_unbiased_at_any_size_and_negative_half_of_the_time():
    """One Gaussian feature N(0, 1) against N(m, 1): the kernel's mean is E(xy + 1)^3, which has
    moments of independent x and y only."""
    shift = 0.5
    first = (0.0, 1.0, 0.0)
    second = (shift, 1.0 + shift**2, shift**3 + 3 * shift)

    def mean_kernel(x, y):
        return 1.0 + 3.0 * x[0] * y[0] + 3.0 * x[1] * y[1] + x[2] * y[2]

    exact = mean_kernel(first, first) + mean_kernel(second, second) - 2 * mean_kernel(first, second)
    rng = np.random.default_rng(2)
    for size in (5, 50):
        draws = rng.normal(size=(1500, 2, size, 1))
        same = [kernel_distance(a, b) for a, b in draws]
        other = [kernel_distance(a, b[: size // 2] + shift) for a, b in draws]
        error = np.std(other) / np.sqrt(len(other))
        assert np.mean(other) == pytest.approx(exact, abs=4 * error)
        assert np.mean(same) == pytest.approx(0.0, abs=4 * np.std(same) / np.sqrt(len(same)))
        assert 0.3 < np.mean(np.asarray(same) < 0.0) < 0.8


def test_is_what_random_subsets_of_the_field_are_noisy_estimates_of():
    rng = np.random.default_rng(3)
    real, fake = rng.normal(size=(300, 8)), rng.normal(0.5, 1.0, size=(300, 8))
    subsets = [
        kernel_distance(*(side[rng.choice(300, 150, replace=False)] for side in (real, fake)))
        for _ in range(400)
    ]
    error = np.std(subsets) / np.sqrt(len(subsets))
    assert error > 0.0
    assert kernel_distance(real, fake) == pytest.approx(np.mean(subsets), abs=4 * error)


def test_far_sets_are_further_than_near_ones():
    rng = np.random.default_rng(4)
    real, fake = rng.normal(size=(2, 200, 16))
    values = [kernel_distance(real, fake + shift) for shift in (0.0, 0.5, 1.0, 2.0)]
    assert values == sorted(values)
    assert abs(values[0]) < 0.1 * values[1]


def test_the_part_among_real_clips_may_be_known():
    real, fake = np.random.default_rng(5).normal(size=(2, 60, 4))
    known = kernel_mean(real)
    assert kernel_distance(real, fake, among_real=known) == kernel_distance(real, fake)
    moved = kernel_distance(real, fake, among_real=known + 1.0)
    assert moved == pytest.approx(kernel_distance(real, fake) + 1.0)


def test_features_of_float32_are_multiplied_in_float64():
    real, fake = np.random.default_rng(6).normal(size=(2, 40, 64)).astype(np.float32)
    expected = kernel_distance(real.astype(np.float64), fake.astype(np.float64))
    assert kernel_distance(real, fake) == expected


@pytest.mark.parametrize(("real", "fake"), [(0, 9), (1, 9), (9, 1), (9, 0)])
def test_a_side_without_a_pair_has_no_distance(real, fake):
    value = kernel_distance(np.zeros((real, 3)), np.zeros((fake, 3)))
    assert isinstance(value, Undefined)
    assert f"{min(real, fake)} {'real' if real < fake else 'synthetic'} clips" in str(value)


def test_sets_of_different_features_are_refused():
    with pytest.raises(InputError, match="do not compare"):
        kernel_distance(np.zeros((9, 3)), np.zeros((9, 4)))
