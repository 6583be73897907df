"""The metric engine against the same protocol in plain Python, 3,000 clips of 256 features.

The plain side is the definitions written down: a loop over the pairs of clips for distances, a loop
over the pairs of features for covariances, a matrix root from scipy, and everything anew in each
repetition, as published evaluators do. It runs 2 repetitions, which stand for 20 times a tenth of
the time, for no repetition shares work with another. Most of its time goes into the covariances:
with numpy's in their place it takes 8 times as long as the engine, not the 40 measured here.

Times are those of the processor, not of the clock: other programs on the machine slow both sides,
but not at the same moments.
"""

from __future__ import annotations

import math
import random
import time

import numpy as np
import pytest
from scipy.linalg import sqrtm
from threadpoolctl import threadpool_limits

from metrics.evaluate import evaluate
from metrics.features import FeatureSet

COUNT, SIZE, CLASSES = 3000, 256, 12
REPETITIONS, PLAIN_REPETITIONS = 20, 2
CLASSIC = ("fid", "accuracy", "diversity", "multimodality")
LEAST_RATIO = 20.0

GROUP = "metric engine, 20 repetitions"


def features(seed: int, spread: float) -> FeatureSet:
    """Features around one centre a class; a tenth of the clips is taken for another class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(COUNT) % CLASSES
    centres = np.random.default_rng(0).normal(size=(CLASSES, SIZE))
    predicted = np.where(rng.random(COUNT) < 0.1, (labels + 1) % CLASSES, labels)
    return FeatureSet.of(
        centres[labels] + spread * rng.normal(size=(COUNT, SIZE)), labels, predicted
    )


def plain_distance(first: np.ndarray, second: np.ndarray) -> float:
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(first, second, strict=True)))


def plain_moments(clips: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    mean = sum(clips) / len(clips)
    columns = np.ascontiguousarray(np.stack([clip - mean for clip in clips]).T)
    covariance = np.empty((SIZE, SIZE))
    for row in range(SIZE):
        for column in range(SIZE):
            covariance[row, column] = (columns[row] * columns[column]).sum() / (len(clips) - 1)
    return mean, covariance


def plain_fid(real: list[np.ndarray], fake: list[np.ndarray]) -> float:
    (mean, covariance), (other_mean, other_covariance) = plain_moments(real), plain_moments(fake)
    root = np.real(sqrtm(covariance @ other_covariance))
    offset = sum((a - b) ** 2 for a, b in zip(mean, other_mean, strict=True))
    return float(offset + np.trace(covariance + other_covariance - 2.0 * root))


def plain_accuracy(labels: list[int], predicted: list[int]) -> float:
    right = 0
    for label, answer in zip(labels, predicted, strict=True):
        right += label == answer
    return right / len(labels)


def plain_diversity(clips: list[np.ndarray], rng: random.Random) -> float:
    return sum(plain_distance(*rng.sample(clips, 2)) for _ in range(200)) / 200


def plain_multimodality(clips: list[np.ndarray], labels: list[int], rng: random.Random) -> float:
    total = 0.0
    for wanted in range(CLASSES):
        of_class = [clip for clip, label in zip(clips, labels, strict=True) if label == wanted]
        total += sum(plain_distance(*rng.sample(of_class, 2)) for _ in range(20))
    return total / (20 * CLASSES)


def plain_draw(part: FeatureSet, rng: random.Random) -> list[int]:
    """Half of the clips of each class."""
    rows = []
    for label in range(CLASSES):
        of_class = [row for row in range(len(part)) if part.labels[row] == label]
        rows += rng.sample(of_class, len(of_class) // 2)
    return rows


def plain_engine(synthetic: FeatureSet, real: FeatureSet, repetitions: int) -> dict[str, float]:
    """Mean of each metric over draws, and what floors cost: with one reference, FID has none."""
    found: dict[str, list[float]] = {name: [] for name in CLASSIC}
    for repetition in range(repetitions):
        rng = random.Random(repetition)
        for part in (synthetic, real):
            rows = plain_draw(part, rng)
            clips = [part.features[row] for row in rows]
            labels = [int(part.labels[row]) for row in rows]
            predicted = [int(part.predicted[row]) for row in rows]
            values = {
                "accuracy": plain_accuracy(labels, predicted),
                "diversity": plain_diversity(clips, rng),
                "multimodality": plain_multimodality(clips, labels, rng),
            }
            if part is synthetic:
                values["fid"] = plain_fid(list(real.features), clips)
                for name, value in values.items():
                    found[name].append(value)
    return {name: sum(values) / len(values) for name, values in found.items()}


class Stopwatch:
    """Processor seconds of each call."""

    def __init__(self, run) -> None:
        self.run = run
        self.seconds: list[float] = []

    def __call__(self, *arguments):
        start = time.process_time()
        result = self.run(*arguments)
        self.seconds.append(time.process_time() - start)
        return result


@pytest.fixture(scope="module")
def sets() -> tuple[FeatureSet, FeatureSet]:
    return features(1, 1.2), features(2, 1.0)


@pytest.fixture(scope="module")
def engine(sets) -> Stopwatch:
    synthetic, real = sets
    evaluate(synthetic, {"test": real}, CLASSIC, 1, 0)  # imports what is imported lazily
    return Stopwatch(lambda: evaluate(synthetic, {"test": real}, CLASSIC, REPETITIONS, 0))


@pytest.mark.benchmark(group=GROUP)
def test_engine(benchmark, engine):
    benchmark.extra_info["what"] = "metric engine, 20 draws of 4 metrics, 3,000 clips, 1 reference"
    values, summaries = benchmark.pedantic(engine, rounds=3)
    assert len(values) == len(CLASSIC) * REPETITIONS
    assert [row.metric for row in summaries] == list(CLASSIC)


@pytest.mark.benchmark(group=GROUP)
def test_the_engine_is_20_times_faster_than_plain_python(benchmark, engine, sets):
    benchmark.extra_info["what"] = "the same in plain Python and sqrtm, 2 of the 20 draws"
    plain = Stopwatch(lambda: plain_engine(*sets, PLAIN_REPETITIONS))
    with threadpool_limits(limits=1, user_api="blas"):  # as the engine does
        expected = benchmark.pedantic(plain, rounds=1)
    for _ in range(3):
        _, summaries = engine()
    for row in summaries:
        assert row.mean == pytest.approx(expected[row.metric], rel=0.03), row.metric
    plain_seconds = min(plain.seconds) * REPETITIONS / PLAIN_REPETITIONS
    ratio = plain_seconds / min(engine.seconds)
    benchmark.extra_info["ratio"] = ratio
    assert ratio >= LEAST_RATIO
