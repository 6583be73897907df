"""Train on synthetic, test on real, and the other way round."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from metrics.measures.train_on_synthetic import (
    PENALTY,
    probe_accuracy,
    train_real_test_synthetic,
    train_synthetic_test_real,
)
from metrics.value import Undefined
from skeletons.errors import InputError

CLASSES, SIZE = 5, 16
CENTRES = np.random.default_rng(7).normal(0.0, 1.0, (CLASSES, SIZE))


def clips(seed: int, count: int, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % CLASSES)
    return CENTRES[labels] + spread * rng.normal(size=(count, SIZE)), labels


def by_normal_equations(train, labels, test):
    """Classes that penalised least squares gives the rows of ``test``."""
    classes = np.unique(labels)
    scale = np.where(train.std(axis=0) > 0.0, train.std(axis=0), 1.0)
    known, asked = ((part - train.mean(axis=0)) / scale for part in (train, test))
    targets = np.where(labels[:, None] == classes, 1.0, -1.0)
    offset = targets.mean(axis=0)
    left = known.T @ known + PENALTY * np.eye(known.shape[1])
    weights = np.linalg.solve(left, known.T @ (targets - offset))
    return classes[(asked @ weights + offset).argmax(axis=1)]


@pytest.mark.parametrize("count", [10, 40, 400])
def test_the_probe_is_penalised_least_squares_on_standardised_features(count):
    train, labels = clips(1, count, spread=2.0)
    train[:, 3] = 4.0  # a feature that does not vary
    test, asked = clips(2, 500, spread=2.0)
    expected = (by_normal_equations(train, labels, test) == asked).mean()
    assert 0.2 < expected < 1.0
    assert probe_accuracy(train, labels, test, asked) == pytest.approx(expected, rel=1e-9)


def test_two_gaussians_are_told_apart_as_well_as_bayes_rule_does():
    rng, apart = np.random.default_rng(0), 2.0
    labels = np.arange(20_000) % 2
    features = rng.normal(size=(20_000, 3))
    features[:, 0] += apart * labels
    half = 10_000
    value = probe_accuracy(features[:half], labels[:half], features[half:], labels[half:])
    assert value == pytest.approx(norm.cdf(apart / 2), abs=0.01)


def test_good_clips_are_worth_what_real_ones_are_and_bad_ones_less():
    real, floor = clips(1, 400), train_synthetic_test_real(*clips(2, 400), *clips(1, 400))
    good = train_synthetic_test_real(*clips(3, 400), *real)
    assert good == pytest.approx(floor, abs=0.03)
    features, labels = clips(3, 400)
    wrong = train_synthetic_test_real(features, (labels + 1) % CLASSES, *real)
    assert wrong < 0.05
    rng = np.random.default_rng(4)
    guesses = [
        train_synthetic_test_real(rng.normal(size=features.shape), labels, *real) for _ in range(30)
    ]
    assert np.mean(guesses) == pytest.approx(1 / CLASSES, abs=0.05)


def test_a_collapse_within_classes_lowers_tstr_and_not_trts():
    # Real clips of a class are of two kinds; the synthetic ones show the first kind only.
    rng = np.random.default_rng(2)
    labels = rng.integers(2, size=600)
    kind = rng.integers(2, size=600)
    centres = np.array([[[3.0, 0.0], [0.0, -3.0]], [[-3.0, 0.0], [0.0, 3.0]]])
    real = centres[labels, kind] + 0.5 * rng.normal(size=(600, 2))
    synthetic = centres[labels, 0] + 0.5 * rng.normal(size=(600, 2))
    tstr = train_synthetic_test_real(synthetic, labels, real, labels)
    trts = train_real_test_synthetic(real, labels, synthetic, labels)
    assert tstr < 0.85
    assert trts > 0.99


def test_tstr_fits_synthetic_clips_and_trts_real_ones():
    synthetic, real = clips(1, 50, spread=3.0), clips(2, 60, spread=3.0)
    tstr = train_synthetic_test_real(*synthetic, *real)
    trts = train_real_test_synthetic(*real, *synthetic)
    assert tstr == (by_normal_equations(*synthetic, real[0]) == real[1]).mean()
    assert trts == (by_normal_equations(*real, synthetic[0]) == synthetic[1]).mean()
    assert tstr != trts


def test_classes_without_training_clips_count_as_wrong():
    train, labels = clips(1, 500, spread=0.1)
    test, asked = clips(2, 500, spread=0.1)
    known = labels < 3
    assert probe_accuracy(train, labels, test, asked) == 1.0
    assert probe_accuracy(train[known], labels[known], test, asked) == 0.6


def test_one_clip_a_class_is_enough():
    train, labels = clips(1, CLASSES, spread=0.1)
    test, asked = clips(2, 100, spread=0.1)
    assert probe_accuracy(train, labels, test, asked) == 1.0
    assert probe_accuracy(train, labels, test[:1], asked[:1]) == 1.0


def test_clips_that_are_all_the_same_give_the_share_of_the_commonest_class():
    labels = np.array([0, 1, 1, 1, 2])
    same = np.full((5, 4), 0.3)
    test, asked = np.random.default_rng(0).normal(size=(10, 4)), np.array([1] * 4 + [0] * 6)
    assert probe_accuracy(same, labels, test, asked) == 0.4


def test_the_order_and_the_units_of_the_clips_do_not_matter():
    (train, labels), (test, asked) = clips(1, 60, spread=2.0), clips(2, 300, spread=2.0)
    value = probe_accuracy(train, labels, test, asked)
    order, units = np.random.default_rng(0).permutation(60), np.geomspace(1e-3, 1e3, SIZE)
    moved = probe_accuracy(train[order] * units + 5.0, labels[order], test * units + 5.0, asked)
    assert moved == value
    assert probe_accuracy(train, labels, test, asked) == value


def test_without_two_classes_or_without_test_clips_it_is_undefined():
    train, labels = clips(1, 20)
    nothing = np.zeros((0, SIZE)), np.zeros(0, dtype=np.int64)
    one = probe_accuracy(train, np.zeros_like(labels), train, labels)
    assert one == Undefined("the probe's training clips show 1 of at least 2 classes")
    assert isinstance(probe_accuracy(*nothing, train, labels), Undefined)
    assert probe_accuracy(train, labels, *nothing) == Undefined("no clips to test the probe on")


def test_arrays_that_do_not_fit_are_refused():
    train, labels = clips(1, 20)
    with pytest.raises(InputError, match="training clips have 16 features, test clips 15"):
        probe_accuracy(train, labels, train[:, 1:], labels)
    with pytest.raises(InputError, match=r"test clips have features of shape \(20, 16\)"):
        probe_accuracy(train, labels, train, labels[:5])
