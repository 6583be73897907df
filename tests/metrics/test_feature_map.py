from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from metrics.feature_map import FeatureMap, spread_rows
from metrics.features import FeatureSet
from skeletons.errors import InputError


def clips(classes: int = 5, each: int = 8, width: int = 7) -> FeatureSet:
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(classes), each)
    features = rng.normal(size=(classes, width))[labels] + 0.1 * rng.normal(
        size=(len(labels), width)
    )
    return FeatureSet.of(features, labels, labels)


def test_the_axes_are_the_principal_components_of_the_class_means() -> None:
    real = clips()
    found = FeatureMap.of(real)
    means = np.stack([real.features[real.labels == label].mean(axis=0) for label in range(5)])
    independent = PCA(2).fit(means)
    assert np.abs((found.axes * independent.components_).sum(axis=1)) == pytest.approx([1.0, 1.0])
    assert found.shares == pytest.approx(tuple(independent.explained_variance_ratio_))
    assert np.abs(found.place(real)) == pytest.approx(np.abs(independent.transform(real.features)))


def test_classes_weigh_alike_however_many_clips_they_have() -> None:
    real = clips()
    often = real.select([*range(40), *([0] * 100)])
    of_class = FeatureMap.of(often).axes - FeatureMap.of(real).axes
    assert np.abs(of_class).max() < 0.2


@pytest.mark.parametrize("classes", [2, 3])
def test_few_classes_have_a_map(classes: int) -> None:
    real = clips(classes)
    found = FeatureMap.of(real)
    assert found.place(real).shape == (8 * classes, 2)
    assert sum(found.shares) == pytest.approx(1.0)
    if classes == 2:
        assert found.shares[1] == pytest.approx(0.0, abs=1e-20)


def test_a_map_of_one_class_says_that_it_needs_two() -> None:
    with pytest.raises(InputError, match="two classes, these show 1"):
        FeatureMap.of(clips(1))


def test_the_sign_of_an_axis_does_not_hang_on_the_decomposition() -> None:
    real = clips()
    mirrored = FeatureSet.of(-real.features, real.labels, real.labels)
    largest = np.abs(FeatureMap.of(mirrored).axes).argmax(axis=1)
    assert (FeatureMap.of(mirrored).axes[[0, 1], largest] > 0).all()


def test_rows_are_spread_over_classes() -> None:
    real = clips(5, 8)
    few = spread_rows(real, 10)
    assert np.bincount(real.labels[few]).tolist() == [2, 2, 2, 2, 2]
    assert sorted(spread_rows(real, 400).tolist()) == list(range(40))
    assert len(spread_rows(real.select([]), 10)) == 0
