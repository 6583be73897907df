"""FID and multimodality at 3,000 clips of 256 features, and the 20 repetitions of all metrics."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.evaluate import evaluate
from metrics.features import FeatureSet
from metrics.measures.fid import frechet_distance, moments
from metrics.measures.multimodality import multimodality
from metrics.registry import CLASSIC

CLASSES, SIZE = 12, 256


def features(count: int, seed: int) -> FeatureSet:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    centres = np.random.default_rng(0).normal(size=(CLASSES, SIZE))
    return FeatureSet.of(centres[labels] + rng.normal(size=(count, SIZE)), labels, labels)


@pytest.fixture(scope="module")
def synthetic() -> FeatureSet:
    return features(3000, 1)


def test_fid_of_3000_clips_with_256_features(benchmark, synthetic):
    benchmark.extra_info["what"] = "FID, 3,000 clips of 256 features, both moments and distance"
    real = features(3000, 2).features
    value = benchmark(lambda: frechet_distance(moments(real), moments(synthetic.features)))
    assert 0.0 < value < 100.0


def test_multimodality_of_3000_clips_with_256_features(benchmark, synthetic):
    benchmark.extra_info["what"] = "multimodality, 3,000 clips of 256 features, 20 pairs a class"
    value = benchmark(
        lambda: multimodality(synthetic.features, synthetic.labels, np.random.default_rng(0))
    )
    assert value == pytest.approx(np.sqrt(2 * SIZE), rel=0.05)


def test_20_repetitions_of_all_metrics_on_3000_clips(benchmark, synthetic):
    benchmark.extra_info["what"] = "all metrics, 20 draws, 3,000 clips, train and test reference"
    references = {"train": features(1200, 3), "test": features(480, 4)}
    values, summaries = benchmark.pedantic(
        evaluate, (synthetic, references, CLASSIC, 20, 0), rounds=3
    )
    assert len(values) == 2 * 4 * 20
    assert len(summaries) == 2 * 4
