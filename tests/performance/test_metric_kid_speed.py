"""The exact kernel distance against the field's mean over 100 random subsets, 480 x 300 clips.

The subsets are those of torch-fidelity, half of the smaller side each, done as fast as they can be:
they overlap, so that the kernel of all clips is computed once and summed up by indicators. Times
are those of the processor, the least of several rounds.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from metrics.measures.kid import kernel_distance, kernel_mean

SIZE, SUBSETS = 64, 100
GROUP = "kernel distance"
LEAST_RATIO = 1.3
ROUNDS = 15


def kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    base = first @ second.T / SIZE + 1.0
    return base * base * base


def by_subsets(real: np.ndarray, fake: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Kernel distance of each subset, whose mean is the field's number."""
    size = min(len(real), len(fake)) // 2
    sides = []
    for clips in (real, fake):
        chosen = np.zeros((SUBSETS, len(clips)))
        for row in chosen:
            row[rng.choice(len(clips), size, replace=False)] = 1.0
        sides.append((clips, chosen))
    within = np.zeros(SUBSETS)
    for clips, chosen in sides:
        pairs = kernel(clips, clips)
        np.fill_diagonal(pairs, 0.0)
        within += ((chosen @ pairs) * chosen).sum(axis=1)
    (_, one), (_, other) = sides
    between = ((one @ kernel(real, fake)) * other).sum(axis=1)
    return within / (size * (size - 1)) - 2.0 * between / size**2


@pytest.fixture(scope="module")
def sets() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(480, SIZE)), 0.1 + rng.normal(size=(300, SIZE))


def least(run) -> float:
    """Processor seconds of the fastest of some calls."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return min(seconds)


@pytest.mark.benchmark(group=GROUP)
def test_the_exact_distance_costs_less_than_its_estimate_by_subsets(benchmark, sets):
    benchmark.extra_info["what"] = "KID over all pairs, 480 x 300 clips of 64 features"
    with threadpool_limits(limits=1, user_api="blas"):  # as the engine does
        value = benchmark(kernel_distance, *sets)
        subsets = by_subsets(*sets, np.random.default_rng(0))
        error = subsets.std() / np.sqrt(SUBSETS)
        known = kernel_mean(sets[0])
        seconds = least(lambda: by_subsets(*sets, np.random.default_rng(0)))
        ratio = seconds / least(lambda: kernel_distance(*sets))
        beside_a_known_reference = seconds / least(lambda: kernel_distance(*sets, known))
    benchmark.extra_info["ratio"] = ratio
    benchmark.extra_info["ratio beside a known reference"] = beside_a_known_reference
    assert value == pytest.approx(subsets.mean(), abs=4 * error)
    assert ratio >= LEAST_RATIO


@pytest.mark.benchmark(group=GROUP)
def test_subsets(benchmark, sets):
    benchmark.extra_info["what"] = "KID by 100 random subsets, the same clips"
    with threadpool_limits(limits=1, user_api="blas"):
        values = benchmark(lambda: by_subsets(*sets, np.random.default_rng(0)))
    assert len(values) == SUBSETS
