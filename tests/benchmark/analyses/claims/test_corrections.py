"""What each correction takes, from trainings that were made up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from benchmark.analyses.claims.corrections import (
    BEST_ON_DEV,
    BEST_ON_TEST,
    LAST,
    WAYS,
    chosen,
    counted,
)
from benchmark.analyses.claims.trainings import (
    ARMS,
    HALF_REAL,
    POURED_TOGETHER,
    REAL,
    SAME_EPOCHS,
    Training,
)

SUBJECTS = np.repeat([f"p{number}" for number in range(10)], 10)


def right(share: float, clips: int = 100) -> np.ndarray:
    """The first clips of each ten."""
    return np.arange(clips) % 10 < round(10 * share)


def training(arm: str, seed: int, test: list[float], dev: list[float]) -> Training:
    return Training(
        arm,
        seed,
        tuple(range(1, len(test) + 1)),
        np.stack([right(share) for share in dev]),
        np.stack([right(share) for share in test]),
    )


def test_a_checkpoint_is_chosen_as_the_way_says():
    one = training(REAL, 0, test=[0.5, 0.9, 0.7, 0.6], dev=[0.2, 0.3, 0.8, 0.8])
    assert chosen(one, BEST_ON_TEST).mean() == pytest.approx(0.9)
    assert chosen(one, BEST_ON_DEV).mean() == pytest.approx(0.7), "the first of equals"
    assert chosen(one, LAST).mean() == pytest.approx(0.6)


def test_the_first_way_is_theirs_and_the_last_is_ours_and_neighbours_differ_in_one_thing():
    assert WAYS[0].control == SAME_EPOCHS
    assert WAYS[0].checkpoint == BEST_ON_TEST
    assert (WAYS[-1].control, WAYS[-1].mixed, WAYS[-1].checkpoint) == (REAL, HALF_REAL, LAST)
    for way, after in pairwise(WAYS):
        pairs = (
            (way.control, after.control),
            (way.mixed, after.mixed),
            (way.checkpoint, after.checkpoint),
        )
        assert sum(one != other for one, other in pairs) == 1


def test_the_gain_is_counted_in_each_way():
    last = {SAME_EPOCHS: 0.4, REAL: 0.8, POURED_TOGETHER: 0.7, HALF_REAL: 0.9}
    found = [
        training(arm, seed, test=[0.1, last[arm] + 0.1, last[arm]], dev=[0.1, 0.2, 0.3])
        for seed in range(3)
        for arm in ARMS
    ]
    gains = counted(found, SUBJECTS)
    assert [one.way for one in gains] == list(WAYS)
    means = [one.test.mean for one in gains]
    assert means == pytest.approx([0.3, -0.1, -0.1, -0.1, 0.1])
    assert gains[0].control == pytest.approx(0.5)
    assert gains[-1].mixed == pytest.approx(0.9)


def test_pairs_of_single_trainings_show_more_than_the_mean():
    shares = {(REAL, 0): 0.6, (REAL, 1): 0.8, (HALF_REAL, 0): 0.7, (HALF_REAL, 1): 0.9}
    found = [
        training(arm, seed, test=[shares.get((arm, seed), 0.5)], dev=[0.5])
        for seed in range(2)
        for arm in ARMS
    ]
    ours = counted(found, SUBJECTS)[-1]
    assert ours.test.mean == pytest.approx(0.1)
    assert (ours.least, ours.most) == pytest.approx((-0.1, 0.3))
