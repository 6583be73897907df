"""Telling synthetic clips from real ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.statistics.two_sample import ToldApart, told_apart
from recognizers.recipes import Augmentation, Recipe
from recognizers.training import TrainingRun
from recognizers.two_sample import (
    TwoSampleScores,
    halves,
    two_sample_recipe,
    two_sample_scores,
)
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from tests.conftest import moving_clips
from tests.skeletons.random_clips import SKELETONS, random_clips


def _unknown(clips: ClipSet) -> ClipSet:
    """Clips as a generator makes them, of nobody."""
    return replace(clips, subjects=np.full(len(clips), ""), name="made")


def _small(network: str = "gru") -> Recipe:
    return replace(two_sample_recipe(network), frames=12, batch=16, test_samplings=1)


def _told(
    real: ClipSet, made: ClipSet, network: str = "gru", steps: int = 40, **sizes: Any
) -> tuple[TwoSampleScores, ToldApart]:
    recipe = replace(_small(network), model={**_small(network).model, **sizes})
    scores = two_sample_scores(
        real, made, network, recipe=recipe, steps=steps, seed=0, run=TrainingRun()
    )
    return scores, told_apart(scores.correct, scores.synthetic, scores.half, scores.groups)


def _shifted(clips: ClipSet, size: float) -> ClipSet:
    """Clips whose left hand is somewhere else."""
    frames = clips.packed().frames.copy()
    frames[:, clips.skeleton.index("left_hand"), 1] += size
    return replace(clips.packed(), frames=frames)


def test_clips_of_one_distribution_are_told_apart_by_chance() -> None:
    real, made = moving_clips(120, seed=1), _unknown(moving_clips(120, seed=2))
    scores, told = _told(real, made)
    assert told.low <= 0.5 <= told.high and told.p_value > 0.05
    assert len(scores.ids) == 2 * scores.synthetic.sum()
    assert ((scores.p_synthetic > 0.0) & (scores.p_synthetic < 1.0)).all()


@pytest.mark.parametrize(
    ("network", "steps", "sizes"),
    [
        ("gru", 40, {}),
        ("stgcn++", 120, {"base_channels": 8, "stages": 3, "inflate": (2,), "down": (2,)}),
        pytest.param("st_trans", 150, {}, marks=pytest.mark.slow),
    ],
)
def test_clips_with_a_hand_elsewhere_are_told_from_real_ones(
    network: str, steps: int, sizes: dict[str, Any]
) -> None:
    real, made = moving_clips(60, seed=1), _unknown(_shifted(moving_clips(60, seed=2), 0.5))
    _, told = _told(real, made, network, steps, **sizes)
    assert told.accuracy > 0.9 and told.low > 0.7 and told.p_value < 1e-4


def test_a_larger_difference_is_told_better() -> None:
    real = moving_clips(90, seed=1)
    made = [_unknown(_shifted(moving_clips(90, seed=2), size)) for size in (0.0, 0.2, 0.3)]
    accuracies = [_told(real, one)[1].accuracy for one in made]
    assert accuracies[0] < 0.58 < accuracies[1] < 0.9 < accuracies[2]


def test_a_set_is_not_told_from_itself_or_from_copies_of_it() -> None:
    real = moving_clips(90, seed=1)
    for other in (real, _unknown(real)):
        _, told = _told(real, other)
        assert told.low <= 0.5 <= told.high
        # A clip and its copy are in one half and get one score, but for the noise on both.
        assert told.groups == 5
        assert abs(told.accuracy - 0.5) < 0.06


def test_the_size_of_the_last_digit_does_not_tell_clips_apart() -> None:
    real = moving_clips(90, seed=1)
    real = replace(real.packed(), frames=np.round(real.packed().frames, 3))
    _, told = _told(real, _unknown(moving_clips(90, seed=2)))
    assert told.low <= 0.5 <= told.high


def test_a_seed_gives_the_same_scores_and_another_one_others() -> None:
    real, made = moving_clips(36, seed=1), _unknown(moving_clips(36, seed=2))
    run = [
        two_sample_scores(real, made, "gru", recipe=_small(), steps=8, seed=seed, run=TrainingRun())
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(run[0].p_synthetic, run[1].p_synthetic)
    assert run[0].ids.tolist() == run[1].ids.tolist()
    assert run[0].p_synthetic.tolist() != run[2].p_synthetic.tolist()


def test_a_killed_test_goes_on_and_ends_with_the_same_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognizers.resuming.SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    real, made = moving_clips(36, seed=1), _unknown(moving_clips(36, seed=2))

    def scores(run: TrainingRun) -> TwoSampleScores:
        return two_sample_scores(real, made, "gru", recipe=_small(), steps=8, seed=0, run=run)

    seen: list[tuple[int, int]] = []

    def until_the_second_half(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 12:
            raise KeyboardInterrupt

    checkpoint = tmp_path / "kinds.pt"
    with pytest.raises(KeyboardInterrupt):
        scores(TrainingRun(checkpoint=checkpoint, progress=until_the_second_half))
    assert seen == [(done, 16) for done in range(1, 13)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kinds-0.pt", "kinds-1.pt"]
    seen.clear()
    again = scores(TrainingRun(checkpoint=checkpoint, progress=lambda *step: seen.append(step)))
    assert seen[0] == (8, 16) and seen[-1] == (16, 16) and len(seen) < 8
    np.testing.assert_array_equal(again.p_synthetic, scores(TrainingRun()).p_synthetic)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=60
    ),
    seed=st.integers(0, 3),
)
def test_halves_have_as_many_of_each_kind_and_share_no_person(
    rows: list[tuple[int, int, int]], seed: int
) -> None:
    kinds, labels, people = (np.asarray(column) for column in zip(*rows, strict=True))
    groups = np.asarray([f"person {one}" for one in people])
    try:
        half = halves(kinds, labels, groups, seed)
    except InputError:
        return
    for number in (0, 1):
        for label in range(3):
            counts = [
                ((half == number) & (labels == label) & (kinds == kind)).sum() for kind in (0, 1)
            ]
            assert counts[0] == counts[1]
        assert (half == number).any()
    assert not set(groups[half == 0]) & set(groups[half == 1])


def test_clips_of_nobody_are_halved_and_all_used() -> None:
    kinds, labels = np.repeat([0, 1], 60), np.tile(np.arange(3), 40)
    half = halves(kinds, labels, np.arange(120).astype(str), 0)
    assert [(half == number).sum() for number in (-1, 0, 1)] == [0, 60, 60]


def test_sets_that_cannot_be_held_against_each_other_are_an_error() -> None:
    real, run = moving_clips(12), TrainingRun()
    recipe = _small()
    with pytest.raises(InputError, match="differ in skeleton or classes"):
        two_sample_scores(real, random_clips(SKELETONS[1]), "gru", recipe=recipe, seed=0, run=run)
    one_person = replace(real, subjects=np.full(12, "s"))
    for made in (one_person, _unknown(real.select([0]))):
        with pytest.raises(InputError, match=r"are 12 real and (12|1) synthetic clips"):
            two_sample_scores(one_person, made, "gru", recipe=recipe, seed=0, run=run)


def test_the_recipe_hides_nothing_but_left_and_right() -> None:
    for network in ("stgcn++", "st_trans"):
        assert two_sample_recipe(network).augmentation == Augmentation(mirror=0.5)
