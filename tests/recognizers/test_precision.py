"""Training steps in bfloat16."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from recognizers.downstream import TrainedRecognizer, train_recognizer
from recognizers.recipe_table import recipe_of
from recognizers.recipes import changed
from recognizers.registry import recipe_for, recognizer_names
from recognizers.training import TrainingRun
from skeletons.errors import InputError
from tests.conftest import moving_clips

SMALL = {"frames": 12, "batch": 6}
"""Steps in bfloat16 are slow where a processor has no units for them."""


def _trained(name: str, precision: str, steps: int, **entries: int) -> TrainedRecognizer:
    recipe = changed(recipe_of(name, "quick"), {"precision": precision, **entries}, name)
    clips = moving_clips(24, seed=1)
    return train_recognizer(name, clips, recipe=recipe, steps=steps, seed=5, run=TrainingRun())


@contextmanager
def _types_of_outputs() -> Iterator[set[torch.dtype]]:
    """Types that convolutions and linear layers give while this is open."""
    seen: set[torch.dtype] = set()

    def look(module: nn.Module, _: object, output: object) -> None:
        if isinstance(module, nn.Conv2d | nn.Conv3d | nn.Linear) and torch.is_tensor(output):
            seen.add(output.dtype)

    handle = register_module_forward_hook(look)
    try:
        yield seen
    finally:
        handle.remove()


QUICK = ("gru", "st_trans", "stgcn++")
"""One of a kind; the others' steps take seconds each."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
        for name in sorted(recognizer_names())
    ],
)
def test_steps_are_in_bfloat16_weights_and_the_test_in_single_precision(name):
    with _types_of_outputs() as in_training:
        trained = _trained(name, "bfloat16", steps=2, **SMALL)
    assert torch.bfloat16 in in_training
    assert {value.dtype for value in trained.model.parameters()} == {torch.float32}
    with _types_of_outputs() as in_test:
        scores = trained.scores(moving_clips(6, seed=2))
    assert in_test == {torch.float32}
    assert scores.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    exact = _trained(name, "float32", steps=2, **SMALL).scores(moving_clips(6, seed=2))
    assert 0.0 < abs(scores - exact).max() < 0.2


@pytest.mark.slow
def test_a_recognizer_learns_in_bfloat16():
    test = moving_clips(30, seed=2)
    scores = _trained("stgcn++", "bfloat16", steps=80).scores(test)
    assert (scores.argmax(axis=1) == test.labels).mean() > 0.8


def test_a_training_in_bfloat16_gives_the_same_again():
    test = moving_clips(6, seed=2)
    first, again = (
        _trained("stgcn++", "bfloat16", steps=5, **SMALL).scores(test) for _ in range(2)
    )
    assert (first == again).all()


def test_steps_in_float16_scale_their_loss_and_keep_single_weights():
    with _types_of_outputs() as in_training:
        trained = _trained("gru", "float16", steps=3)
    assert in_training == {torch.float16}
    assert all(torch.isfinite(value).all() for value in trained.model.state_dict().values())
    scores, exact = (
        one.scores(moving_clips(6, seed=2))
        for one in (trained, _trained("gru", "float32", steps=3))
    )
    assert 0.0 < abs(scores - exact).max() < 0.1


def test_the_precision_stands_in_the_recipe_and_an_unknown_one_is_refused():
    assert dataclasses.asdict(recipe_of("stgcn++", "paper"))["precision"] == "float32"
    assert recipe_for("gru", "quick", {"precision": "bfloat16"}).precision == "bfloat16"
    with pytest.raises(InputError, match=r"precision = half.*'float32', 'bfloat16' or 'float16'"):
        recipe_for("gru", "quick", {"precision": "half"})
