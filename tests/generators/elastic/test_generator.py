from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generators.clip_choice import draw_with_replacement
from generators.elastic.generator import Elastic
from generators.elastic.parameters import ElasticParameters
from generators.protocol import FitContext
from skeletons.clips import ClipSet
from skeletons.layouts import SMPL24
from skeletons.placement import mirror, upright
from skeletons.seeds import named_rng
from tests.conftest import moving_clips

LABELS = np.arange(24) % 3


def elastic(clips: ClipSet, **settings) -> Elastic:
    generator = Elastic(ElasticParameters(**settings))
    generator.fit(clips, FitContext(seed=0))
    return generator


def sources(clips: ClipSet) -> ClipSet:
    """The training clip that each sample starts from."""
    rows = draw_with_replacement(clips.labels, LABELS, named_rng(3, "source"))
    return clips.select(rows).packed()


@pytest.mark.parametrize("detail", [0.0, 1.5])
def test_with_all_turned_off_samples_are_training_clips(detail):
    clips = moving_clips(12)
    samples = elastic(clips, blend=0.0, timing=0.0, detail=detail).sample(LABELS, 3)
    np.testing.assert_array_equal(samples.lengths, sources(clips).lengths)
    np.testing.assert_allclose(samples.frames, sources(clips).frames, atol=1e-4)
    np.testing.assert_array_equal(samples.labels, LABELS)


def test_poses_change_the_frames_and_not_the_lengths():
    clips = moving_clips(12)
    samples = elastic(clips, timing=0.0).sample(LABELS, 3)
    np.testing.assert_array_equal(samples.lengths, sources(clips).lengths)
    assert np.abs(samples.frames - sources(clips).frames).max() > 0.01


def test_timing_lies_between_that_of_two_clips():
    clips = moving_clips(12)
    samples = elastic(clips, blend=0.0).sample(LABELS, 3)
    for label in range(3):
        known = clips.lengths[clips.labels == label]
        made = samples.lengths[samples.labels == label]
        assert known.min() <= made.min()
        assert made.max() <= known.max()


def test_a_clip_that_is_alone_in_its_class_comes_back():
    clips = moving_clips(12).select([0, 1, 2])
    samples = elastic(clips).sample(LABELS, 3)
    np.testing.assert_allclose(samples.frames, sources(clips).frames, atol=1e-4)


def test_the_other_hand_is_brought_to_the_same_side_before_two_clips_are_blended():
    still = np.zeros((16, len(SMPL24), 3), np.float32)
    for joint in SMPL24.tree_order:
        if SMPL24.parents[joint] >= 0:
            still[:, joint] = still[:, SMPL24.parents[joint]] + [0.0, -0.2, 0.0]
    for left, right in SMPL24.pairs:
        still[:, left, 0] -= 0.2
        still[:, right, 0] += 0.2
    ahead, hand = still.copy(), SMPL24.joints.index("right_wrist")
    ahead[:, hand, 2] += np.linspace(0.0, 0.5, 16)
    one = upright(ClipSet.of(SMPL24, ("reach",), [ahead, ahead], [0, 0]))
    other = mirror(one.frames[16:][None], SMPL24)[0]
    clips = replace(one, frames=np.concatenate([one.frames[:16], other]))
    wrists = [SMPL24.joints.index(name) for name in ("left_wrist", "right_wrist")]
    for mirrored, both_hands in ((True, False), (False, True)):
        generator = elastic(clips, mirrored=mirrored, timing=0.0, detail=0.0)
        samples = generator.sample(np.zeros(8, np.int64), 0)
        last = samples.frames.reshape(8, 16, -1, 3)[:, -1]
        less = last[:, wrists, 2].min(axis=1)
        assert (less.max() > 0.05) == both_hands


def test_what_is_blended_is_movement_and_not_noise():
    clips = moving_clips(12)
    noise = named_rng("noise").normal(0.0, 0.02, clips.frames.shape).astype(np.float32)
    noisy = replace(clips, frames=clips.frames + noise)

    def jitter(some: ClipSet) -> float:
        inside = np.diff(np.repeat(np.arange(len(some)), some.lengths), 2) == 0
        return float(np.diff(some.packed().frames, 2, axis=0)[inside].std())

    kept, lost = (
        jitter(elastic(noisy, timing=0.0, detail=detail).sample(LABELS, 3)) for detail in (1.5, 0.0)
    )
    assert kept == pytest.approx(jitter(noisy), rel=0.1)
    assert lost < 0.9 * jitter(noisy)
