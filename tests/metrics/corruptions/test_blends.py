"""Corruptions that mix two clips."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metrics.corruptions import blends
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.placement import remove_placement, rotate, upright
from tests.conftest import moving_clips
from tests.metrics.corruptions.changed import frames_of, moved, rng
from tests.skeletons.random_clips import random_clips


def _shown(clips: ClipSet, blended: ClipSet, row: int) -> list[int]:
    """Which clips a clip shows at a weight of one, as seen from the body."""
    seen = upright(blended)
    same = upright(clips.with_lengths(np.full(len(clips), clips.lengths[row])))
    return [
        other
        for other in range(len(clips))
        if np.allclose(frames_of(seen, row), frames_of(same, other), atol=1e-4)
    ]


def test_a_whole_weight_shows_a_clip_of_another_class_under_the_same_label(clips: ClipSet) -> None:
    blended = blends.class_blend(clips, 1.0, rng())
    assert blended.labels.tolist() == clips.labels.tolist()
    assert blended.lengths.tolist() == clips.lengths.tolist()
    chosen = [_shown(clips, blended, row)[0] for row in range(len(clips))]
    assert (clips.labels[chosen] != clips.labels).all()
    assert len(set(zip(clips.labels.tolist(), clips.labels[chosen].tolist(), strict=True))) == 6


def test_a_clip_is_mixed_with_another_of_its_class_and_the_only_one_stays() -> None:
    clips = moving_clips(13).select(np.r_[0:12:3, 1:12:3, 2]).packed()
    blended = blends.clip_blend(clips, 1.0, rng())
    for row in range(8):
        other = _shown(clips, blended, row)[0]
        assert other != row and clips.labels[other] == clips.labels[row]
    assert moved(clips, blended).tolist() == [True] * 8 + [False]


@pytest.mark.parametrize("name", ["class_blend", "clip_blend"])
def test_a_weight_goes_straight_from_one_clip_to_the_other(name: str, clips: ClipSet) -> None:
    blend = getattr(blends, name)
    none, some, all_ = (blend(clips, weight, rng()).frames for weight in (0.0, 0.3, 1.0))
    np.testing.assert_array_equal(none, clips.frames)
    np.testing.assert_allclose(some, 0.7 * none + 0.3 * all_, atol=1e-5)


def test_a_blend_stands_where_its_clip_stands_and_faces_the_same_way() -> None:
    clips = random_clips(lengths=(24, 24, 24, 24), classes=2)
    rows, angle = np.asarray([2, 3]), np.asarray([1.0, -2.0])
    turned = clips.frames.reshape(4, 24, 24, 3).copy()
    turned[rows] = rotate(turned[rows], angle, clips.skeleton) + 7.0
    moved_away = replace(clips, frames=turned.reshape(-1, 24, 3))
    for one in (clips, moved_away):
        blended = blends.clip_blend(one, 1.0, rng())
        _, wanted = remove_placement(one.resample(24), one.skeleton)
        _, found = remove_placement(blended.resample(24), one.skeleton)
        np.testing.assert_allclose(found.origin, wanted.origin, atol=1e-4)
        np.testing.assert_allclose(np.cos(found.yaw - wanted.yaw), 1.0, atol=1e-5)
    here, there = (blends.clip_blend(one, 0.4, rng()) for one in (clips, moved_away))
    np.testing.assert_allclose(upright(here).frames, upright(there).frames, atol=0.02)


def test_one_class_cannot_be_mixed_with_another(clips: ClipSet) -> None:
    with pytest.raises(InputError, match="clips of one class"):
        blends.class_blend(clips.select(clips.labels == 1), 0.5, rng())
