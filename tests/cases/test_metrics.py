"""Faults that metrics of features are known for, each by closed forms on arrays of our own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.half_samples import draw
from metrics.measures.accuracy import accuracy
from metrics.measures.diversity import diversity
from metrics.measures.fid import frechet_distance, moments
from metrics.measures.kid import kernel_distance
from metrics.measures.multimodality import class_multimodality, multimodality
from metrics.value import Undefined
from tests.cases.judged import judged_in_batches

few = settings(max_examples=40, deadline=None)


def crossed(scales: list[float], mean: float = 0.0) -> np.ndarray:
    """Two points on each axis, ``2 D`` in all: the covariance is diagonal and known exactly."""
    diagonal = np.diag(scales)
    return np.concatenate([diagonal, -diagonal]) + mean


def fid(real: np.ndarray, fake: np.ndarray) -> float:
    value = frechet_distance(moments(real), moments(fake))
    assert isinstance(value, float)
    return value


scales = st.lists(st.floats(0.1, 10.0), min_size=2, max_size=6)


@few
@given(data=st.data(), one=scales, shift=st.floats(-20.0, 20.0))
def test_fid_of_diagonal_covariances_is_the_closed_form_with_the_divisor_n_minus_1(
    data, one, shift
):
    other = data.draw(st.lists(st.floats(0.1, 10.0), min_size=len(one), max_size=len(one)))
    size = len(one)
    first, second = (np.sqrt(2.0 * np.square(s) / (2 * size - 1)) for s in (one, other))
    exact = size * shift**2 + ((first - second) ** 2).sum()
    assert fid(crossed(one), crossed(other, shift)) == pytest.approx(exact, rel=1e-9, abs=1e-9)


@few
@given(one=scales, spread=st.floats(0.1, 10.0), offset=st.floats(-5.0, 5.0))
def test_fid_of_three_points_on_a_line_is_real_and_exact(one, spread, offset):
    """The synthetic covariance has rank 1: only the first axis has a root."""
    real = crossed(one)
    fake = np.zeros((3, len(one)))
    fake[:, 0] = offset + np.array([-spread, 0.0, spread])
    variances = 2.0 * np.square(one) / (2 * len(one) - 1)
    exact = offset**2 + variances.sum() + spread**2 - 2.0 * spread * np.sqrt(variances[0])
    assert fid(real, fake) == pytest.approx(exact, rel=1e-9, abs=1e-9)


@few
@given(
    count=st.integers(2, 30),
    size=st.integers(1, 40),
    place=st.floats(-1e5, 1e5),
    single=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_fid_of_a_set_with_itself_is_zero_and_never_below(count, size, place, single, seed):
    features = np.random.default_rng(seed).normal(size=(count, size)) + place
    features = features.astype(np.float32) if single else features
    assert 0.0 <= fid(features, features) <= 1e-6
    shuffled = features[np.random.default_rng(seed).permutation(count)]
    assert 0.0 <= fid(features, shuffled) <= 1e-6


@pytest.mark.parametrize("place", [1.0, 100.0, 1000.0])
def test_fid_of_float32_far_from_zero_is_that_of_the_stored_numbers(place: float) -> None:
    """In float32 the mean of squares less the squared mean would be noise at 100."""
    real, fake = (crossed(one, place).astype(np.float32) for one in ([0.01] * 3, [0.03] * 3))
    exact = 0.0
    for axis in range(3):
        values = [[float(v) for v in side[:, axis]] for side in (real, fake)]
        means = [sum(side) / 6 for side in values]
        roots = [
            np.sqrt(sum((v - mean) ** 2 for v in side) / 5)
            for side, mean in zip(values, means, strict=True)
        ]
        exact += (means[0] - means[1]) ** 2 + (roots[0] - roots[1]) ** 2
    assert fid(real, fake) == pytest.approx(exact, rel=0.02)


@few
@given(
    rare=st.integers(1, 5), common=st.integers(6, 40), each=st.integers(40, 60),
    distance=st.floats(0.5, 20.0), seed=st.integers(0, 1000),
)  # fmt: skip
def test_fid_of_another_prior_alone_is_its_closed_form_and_zero_once_matched(
    rare, common, each, distance, seed
):
    """Every clip of a class is the same: all that differs is how many there are."""

    def clips(counts):
        labels = np.repeat([0, 1], counts)
        return labels, np.stack([labels * distance, np.zeros(len(labels))], axis=1)

    _, real = clips([common, rare])
    labels, fake = clips([each, each])
    share, count = rare / (rare + common), rare + common
    real_root = distance * np.sqrt(share * (1 - share) * count / (count - 1))
    fake_root = distance * np.sqrt(0.25 * 2 * each / (2 * each - 1))
    exact = (distance * (share - 0.5)) ** 2 + (real_root - fake_root) ** 2
    assert fid(real, fake) == pytest.approx(exact, rel=1e-9, abs=1e-9)
    rows = draw(labels, np.array([common, rare]), np.random.default_rng(seed))
    assert fid(real, fake[rows]) == pytest.approx(0.0, abs=1e-9)


@few
@given(count=st.integers(2, 12), size=st.integers(1, 5), seed=st.integers(0, 1000))
def test_kid_of_few_clips_takes_all_pairs_once_and_no_clip_with_itself(count, size, seed):
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(2, count, size))

    def kernel(a, b):
        return (float(a @ b) / size + 1.0) ** 3

    within = sum(
        kernel(side[i], side[j])
        for side in (real, fake)
        for i in range(count)
        for j in range(count)
        if i != j
    ) / (count * (count - 1))
    between = sum(kernel(a, b) for a in real for b in fake) / count**2
    assert kernel_distance(real, fake) == pytest.approx(within - 2 * between, rel=1e-9, abs=1e-9)


def test_kid_of_two_pairs_is_what_a_hand_can_work_out() -> None:
    """Kernels (xy + 1)^3: 27 within the real pair (1, 2), 1 within (0, 5), 1 and 216 or 1331
    between."""
    value = kernel_distance(np.array([[1.0], [2.0]]), np.array([[0.0], [5.0]]))
    assert value == pytest.approx(27.0 + 1.0 - 2.0 * (1 + 1 + 216 + 1331) / 4)


@few
@given(
    counts=st.lists(st.integers(0, 3), min_size=1, max_size=8),
    gaps=st.lists(st.floats(0.5, 50.0), min_size=8, max_size=8),
    seed=st.integers(0, 1000),
)
def test_multimodality_leaves_out_classes_without_pairs_and_names_them(counts, gaps, seed):
    """Clips of a class are corners of a simplex of side ``gaps[class]``, classes far apart."""
    labels = np.repeat(np.arange(len(counts)), counts)
    features = np.concatenate(
        [
            np.hstack([gap / np.sqrt(2.0) * np.eye(3)[:count], np.full((count, 1), 1e3 * label)])
            for label, (count, gap) in enumerate(zip(counts, gaps, strict=False))
        ]
    )
    order = np.random.default_rng(seed).permutation(len(labels))
    features, labels = features[order], labels[order]
    classes = len(counts)
    paired = [label for label in range(classes) if counts[label] >= 2]
    value = multimodality(features, labels, np.random.default_rng(seed))
    by_class = class_multimodality(features, labels, classes)
    for label in range(classes):
        if label in paired:
            assert by_class[label] == pytest.approx(gaps[label])
        else:
            one = "one clip has no pairs" if counts[label] else "no clips of this class"
            assert by_class[label] == Undefined(one)
    if paired:
        assert value == pytest.approx(np.mean([gaps[label] for label in paired]))
    else:
        assert value == Undefined("no class has two clips")


@few
@given(count=st.integers(2, 12), side=st.floats(0.1, 50.0), seed=st.integers(0, 1000))
def test_diversity_of_points_equally_far_apart_is_that_distance_for_any_draw(count, side, seed):
    corners = side / np.sqrt(2.0) * np.eye(count)
    assert diversity(corners, np.random.default_rng(seed)) == pytest.approx(side, rel=1e-12)


@few
@given(
    count=st.integers(1, 70),
    wrong=st.sets(st.integers(0, 69)),
    batch=st.integers(1, 80),
    seed=st.integers(0, 1000),
)
def test_accuracy_counts_every_clip_of_the_last_batch_whatever_its_size(count, wrong, batch, seed):
    labels = np.random.default_rng(seed).integers(4, size=count)
    missed = np.isin(np.arange(count), [count - 1, *wrong])
    predicted = np.where(missed, (labels + 1) % 4, labels)
    found = accuracy(labels, judged_in_batches(predicted, batch))
    assert found == pytest.approx(1.0 - missed.sum() / count, abs=1e-12)
