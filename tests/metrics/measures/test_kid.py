"""The kernel distance against torch-fidelity's number, plain loops and a closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.measures import kid
from metrics.measures.kid import KernelDistance, kernel_distance
from metrics.value import Undefined
from skeletons.errors import InputError


def distance(real, fake, seed=0, **options) -> KernelDistance:
    value = kernel_distance(real, fake, np.random.default_rng(seed), **options)
    assert isinstance(value, KernelDistance)
    return value


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
    40 clips in a subset, so that no random choice differs. The package itself is not installed: it
    needs a torchvision built for the very build of torch."""
    features = torch_fidelity_features()
    found = distance(features["real"], features[fake], subsets=3, subset_size=40)
    assert found.mean == pytest.approx(expected, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(1, 5),
    count=st.integers(2, 9),
    scale=st.sampled_from([0.1, 1.0, 10.0]),
)
def test_equals_plain_loops_over_all_pairs(seed, size, count, scale):
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(0.5, scale, (count, size)), rng.normal(0.0, 2 * scale, (count, size))
    # The difference of three means is as exact as they are.
    terms = np.mean((real @ real.T / size + 1.0) ** 3) + np.mean((fake @ fake.T / size + 1.0) ** 3)
    found = distance(real, fake, subsets=2, subset_size=count)
    assert found.mean == pytest.approx(by_loops(real, fake), rel=1e-6, abs=1e-12 * terms)


@pytest.mark.parametrize("subsets", [3, 40], ids=["few subsets", "overlapping subsets"])
@pytest.mark.parametrize("block", [1, 30, kid.BLOCK])
def test_subsets_are_drawn_without_replacement_and_averaged(monkeypatch, subsets, block):
    monkeypatch.setattr(kid, "BLOCK", block)
    rng = np.random.default_rng(1)
    real, fake = rng.normal(size=(14, 3)), rng.normal(0.4, 1.5, size=(11, 3))
    found = distance(real, fake, seed=7, subsets=subsets, subset_size=6)
    twin = np.random.default_rng(7)
    chosen = [
        [features[twin.choice(len(features), 6, replace=False)] for _ in range(subsets)]
        for features in (real, fake)
    ]
    values = [by_loops(*pair) for pair in zip(*chosen, strict=True)]
    assert found.mean == pytest.approx(np.mean(values), rel=1e-9)
    assert found.sd == pytest.approx(np.std(values, ddof=1), rel=1e-9)
    assert (found.subset_size, found.subsets) == (6, subsets)


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
        same = [distance(a, b, subsets=1, subset_size=size).mean for a, b in draws]
        other = [distance(a, b + shift, subsets=1, subset_size=size).mean for a, b in draws]
        error = np.std(other) / np.sqrt(len(other))
        assert np.mean(other) == pytest.approx(exact, abs=4 * error)
        assert np.mean(same) == pytest.approx(0.0, abs=4 * np.std(same) / np.sqrt(len(same)))
        assert 0.3 < np.mean(np.asarray(same) < 0.0) < 0.8


def test_mean_over_subsets_is_that_of_all_pairs():
    rng = np.random.default_rng(3)
    real, fake = rng.normal(size=(300, 8)), rng.normal(0.5, 1.0, size=(300, 8))
    found = distance(real, fake, subsets=400)
    whole = distance(real, fake, subsets=1, subset_size=300)
    assert found.subset_size == 150
    assert found.mean == pytest.approx(whole.mean, abs=4 * found.sd / np.sqrt(400))


def test_far_sets_are_further_than_near_ones():
    rng = np.random.default_rng(4)
    real, fake = rng.normal(size=(2, 200, 16))
    values = [distance(real, fake + shift).mean for shift in (0.0, 0.5, 1.0, 2.0)]
    assert values == sorted(values)
    assert abs(values[0]) < 0.1 * values[1]


def test_the_same_seed_gives_the_same_value_and_another_one_another():
    real, fake = np.random.default_rng(5).normal(size=(2, 60, 4))
    assert distance(real, fake, seed=1) == distance(real, fake, seed=1)
    assert distance(real, fake, seed=1) != distance(real, fake, seed=2)


@pytest.mark.parametrize(
    ("counts", "wanted", "size"),
    [((40, 30), None, 15), ((3, 3), None, 2), ((40, 30), 35, 30), ((5000, 2400), None, 1000)],
)
def test_subsets_fit_the_smaller_side(counts, wanted, size):
    rng = np.random.default_rng(6)
    sides = [rng.normal(size=(count, 2)) for count in counts]
    assert distance(*sides, subsets=2, subset_size=wanted).subset_size == size


def test_subsets_that_cannot_differ_have_no_spread():
    real, fake = np.random.default_rng(7).normal(size=(2, 10, 3))
    whole = distance(real, fake, subset_size=10)
    assert isinstance(whole.sd, Undefined)
    assert "same 10 clips" in str(whole.sd)
    assert isinstance(distance(real, fake, subsets=1).sd, Undefined)
    assert isinstance(distance(np.repeat(real, 2, axis=0), fake, subset_size=10).sd, float)


@pytest.mark.parametrize(("real", "fake"), [(0, 9), (1, 9), (9, 1), (9, 0)])
def test_a_side_without_a_pair_has_no_distance(real, fake):
    value = kernel_distance(np.zeros((real, 3)), np.zeros((fake, 3)), np.random.default_rng(0))
    assert isinstance(value, Undefined)
    assert f"{min(real, fake)} {'real' if real < fake else 'synthetic'} clips" in str(value)


def test_input_that_means_nothing_is_refused():
    rng, real = np.random.default_rng(0), np.zeros((9, 3))
    with pytest.raises(InputError, match="do not compare"):
        kernel_distance(real, np.zeros((9, 4)), rng)
    for options in ({"subsets": 0}, {"subset_size": 1}):
        with pytest.raises(InputError, match="at least 1 subset of 2 clips"):
            kernel_distance(real, real, rng, **options)
