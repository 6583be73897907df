"""Added clips that are drawn while a recognizer trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import torch

from recognizers.downstream import train_recognizer
from recognizers.inputs import Input
from recognizers.online import OnlineAugmentation, OnlineInput
from recognizers.registry import recipe_for
from recognizers.training import Batches, TrainingRun
from skeletons.arrays import Float32Array, IntArray
from skeletons.clips import ClipSet
from tests.conftest import moving_clips

REAL, ADDED, STEPS = 9, 12, 6
CLIPS = moving_clips(REAL + ADDED, seed=1)
IS_ADDED = np.arange(len(CLIPS)) >= REAL
OFF: dict[str, Any] = {"batch": 8, "augmentation.mirror": 0.0, "augmentation.noise": 0.0}


class Recorded:
    """A generator's ``sample`` that keeps what it was asked for."""

    def __init__(self, clips: Callable[[IntArray, int], ClipSet]) -> None:
        self.clips = clips
        self.asked: list[tuple[IntArray, int]] = []

    def __call__(self, labels: IntArray, seed: int) -> ClipSet:
        self.asked.append((labels, seed))
        return self.clips(labels, seed)


def by_seed(labels: IntArray, seed: int) -> ClipSet:
    torch.rand(3)  # whoever draws may use torch's own random numbers
    drawn = moving_clips(3 * len(labels), seed=seed % 1000)
    of_class = [np.flatnonzero(drawn.labels == label) for label in range(3)]
    return drawn.select(np.asarray([of_class[label][row] for row, label in enumerate(labels)]))


def first_of_class(labels: IntArray, seed: int) -> ClipSet:
    return CLIPS.select(REAL + labels)


def scores(
    online: OnlineAugmentation | None,
    name: str = "gru",
    clips: ClipSet = CLIPS,
    run: TrainingRun | None = None,
    **changes: Any,
) -> Float32Array:
    recipe = recipe_for(name, "quick", {**OFF, **changes})
    return train_recognizer(
        name,
        clips,
        recipe=recipe,
        steps=STEPS,
        seed=0,
        synthetic=IS_ADDED,
        online=online,
        run=run or TrainingRun(),
    ).scores(CLIPS)


def test_drawing_the_very_clips_of_the_pool_trains_as_the_pool_does() -> None:
    pool = np.concatenate([np.arange(REAL), REAL + CLIPS.labels[REAL:]])
    repeated = CLIPS.select(pool)
    assert np.array_equal(repeated.labels, CLIPS.labels)
    online = OnlineAugmentation(first_of_class, IS_ADDED, every=2)
    assert np.array_equal(scores(online), scores(None, clips=repeated))
    assert not np.array_equal(scores(online), scores(None))


@pytest.mark.parametrize(("every", "draws"), [(1, 6), (4, 2), (100, 1)])
def test_each_draw_has_the_clips_that_its_steps_show(every: int, draws: int) -> None:
    sample = Recorded(by_seed)
    online = OnlineAugmentation(sample, IS_ADDED, every)
    scores(online)
    batches = Batches(len(CLIPS), 8, 0, IS_ADDED, 0.5)
    shown = [batches.rows(step)[4:] for step in range(STEPS)]
    assert len(sample.asked) == draws
    assert len({seed for _, seed in sample.asked}) == draws
    for draw, (labels, _) in enumerate(sample.asked):
        rows = np.unique(np.concatenate(shown[draw * every : (draw + 1) * every]))
        assert np.array_equal(labels, CLIPS.labels[rows])
    assert online.drawn == sum(len(labels) for labels, _ in sample.asked)
    assert online.steps == STEPS
    assert online.seconds > 0.0


def test_the_same_seed_draws_the_same_and_every_draw_counts() -> None:
    first = scores(OnlineAugmentation(by_seed, IS_ADDED, 2))
    assert np.array_equal(first, scores(OnlineAugmentation(by_seed, IS_ADDED, 2)))
    assert not np.array_equal(first, scores(OnlineAugmentation(by_seed, IS_ADDED, 3)))


@pytest.mark.parametrize("killed_at", [3, 4])
def test_a_killed_training_goes_on_as_if_it_had_not_been(
    killed_at: int, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognizers.resuming.SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    checkpoint = tmp_path / "training.pt"

    def kill(done: int, total: int) -> None:
        if done > killed_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scores(OnlineAugmentation(by_seed, IS_ADDED, 3), run=TrainingRun("cpu", checkpoint, kill))
    online = OnlineAugmentation(by_seed, IS_ADDED, 3)
    resumed = scores(online, run=TrainingRun("cpu", checkpoint))
    assert online.steps == STEPS - killed_at
    assert np.array_equal(resumed, scores(OnlineAugmentation(by_seed, IS_ADDED, 3)))


class Numbered:
    """Stands for prepared clips: a batch says which clip each of its rows is."""

    def __init__(self, numbers: IntArray) -> None:
        self.numbers = numbers

    def batch(self, rows: IntArray, rng: np.random.Generator) -> torch.Tensor:
        return torch.from_numpy(self.numbers[rows])


@pytest.mark.parametrize("share", [None, 0.5, 1.0])
def test_a_batch_keeps_its_order_whatever_of_it_is_drawn(share: float | None) -> None:
    batches = Batches(len(CLIPS), 8, 0, IS_ADDED, share)

    def prepare(clips: ClipSet) -> Input:
        return cast(Input, Numbered(1000 + clips.labels))

    inputs = cast(Input, Numbered(np.arange(len(CLIPS))))
    online = OnlineAugmentation(first_of_class, IS_ADDED, 2)
    drawn = OnlineInput(online, CLIPS, inputs, prepare, batches.rows, STEPS, 0)
    for step in range(STEPS):
        rows = batches.rows(step)
        wanted = np.where(IS_ADDED[rows], 1000 + CLIPS.labels[rows], rows)
        assert np.array_equal(drawn.batch(step, np.random.default_rng(0)).numpy(), wanted)


def test_steps_without_an_added_clip_draw_none() -> None:
    sample = Recorded(by_seed)
    scores(OnlineAugmentation(sample, IS_ADDED, 2), real_last=0.5)
    assert [len(labels) > 0 for labels, _ in sample.asked] == [True, True]


def test_other_uses_of_added_clips_go_with_it() -> None:
    for name, changes in {
        "stgcn++": {"synthetic_norm": "own", "frames": 8},
        "gru": {"synthetic_weight": 0.5},
        "st_trans": {"batch": 4},
    }.items():
        drawn = scores(OnlineAugmentation(by_seed, IS_ADDED, 2), name, **changes)
        assert np.isfinite(drawn).all()
        assert not np.array_equal(drawn, scores(None, name, **changes))
