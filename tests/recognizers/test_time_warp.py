"""Clips at another pace, as recognizers see them in training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recognizers.downstream import Input
from recognizers.inputs import GraphInput, ImageInput
from recognizers.recipes import Augmentation
from skeletons.arrays import Float32Array
from skeletons.clips import ClipSet
from skeletons.image import SkeletonImageCodec
from skeletons.layouts import SMPL24
from tests.conftest import moving_clips

Make = Callable[[ClipSet, Augmentation], Input]


def rising(length: int) -> ClipSet:
    """One clip whose height is the share of it that has passed."""
    pose = moving_clips(1)[0].joints[0] - moving_clips(1)[0].joints[0, 0]
    share = np.linspace(0.0, 1.0, length, dtype=np.float32)[:, None, None]
    return ClipSet.of(SMPL24, ["only"], [pose + share * np.float32([0, 1, 0])], [0])


def graph_input(clips: ClipSet, changes: Augmentation) -> GraphInput:
    return GraphInput.of(clips, 24, changes)


def image_input(clips: ClipSet, changes: Augmentation) -> ImageInput:
    return ImageInput.of(clips, SkeletonImageCodec.fit(clips), changes)


def passed(inputs: Input, count: int) -> Float32Array:
    """Share of the clip that each of 24 frames shows, in so many draws, ``[count, 24]``."""
    sample = inputs.batch(np.zeros(count, int), np.random.default_rng(0))
    if isinstance(inputs, GraphInput):
        return sample[:, 0, :, 0, 1].numpy()
    return inputs.codec.from_image(sample.numpy())[:, :, 0, 1]


@pytest.mark.parametrize("make", [graph_input, image_input])
def test_without_a_warp_not_one_number_is_drawn_for_it(make: Make, clips: ClipSet) -> None:
    drawn, still = np.random.default_rng(0), np.random.default_rng(0)
    rows = np.arange(8)
    plain = make(clips, Augmentation()).batch(rows, drawn)
    if make is graph_input:
        still.random((8, 24))
    assert drawn.random() == still.random()
    assert plain.equal(make(clips, Augmentation(warp=0.0)).batch(rows, np.random.default_rng(0)))


@pytest.mark.parametrize("make", [graph_input, image_input])
@pytest.mark.parametrize("length", [9, 24, 90])
def test_a_warped_clip_never_runs_back_and_keeps_its_ends(make: Make, length: int) -> None:
    shown = passed(make(rising(length), Augmentation(warp=0.5)), 40)
    assert np.diff(shown, axis=1).min() >= -1e-3
    assert shown[:, 0].max() < 0.25
    assert shown[:, -1].min() > 0.75
    plain = passed(make(rising(length), Augmentation()), 40)
    assert np.abs(shown - plain).max() > 0.1


@pytest.mark.parametrize("make", [graph_input, image_input])
def test_a_warp_comes_on_top_of_a_crop(make: Make) -> None:
    cropped, both = (
        passed(make(rising(90), Augmentation(crop=0.5, warp=warp)), 40) for warp in (0.0, 0.1)
    )
    assert np.diff(both, axis=1).min() >= -1e-3
    assert 0.02 < np.abs(both - cropped).mean(axis=1).max() < 0.1, "the same crops, warped a little"
