from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.elastic.blending import blended
from skeletons.layouts import SMPL24
from tests.skeletons.random_clips import SKELETONS, random_clips

several = settings(max_examples=20, deadline=None)
two_sets = st.builds(
    lambda skeleton, seed: [random_clips(skeleton, [7, 5], number) for number in (seed, seed + 1)],
    st.sampled_from(SKELETONS),
    st.integers(0, 99),
)


@several
@given(two_sets)
def test_a_body_with_no_weight_stays_and_with_all_of_it_becomes_the_other(pair):
    one, other = (clips.frames for clips in pair)
    none, whole = (np.full(len(one), weight) for weight in (0.0, 1.0))
    skeleton = pair[0].skeleton
    np.testing.assert_allclose(blended(one, other, none, skeleton), one, atol=1e-5)
    np.testing.assert_allclose(blended(one, other, whole, skeleton), other, atol=1e-5)


@several
@given(two_sets, st.floats(0.0, 1.0))
def test_a_bone_is_between_its_two_lengths(pair, weight):
    skeleton, frames = pair[0].skeleton, [clips.frames for clips in pair]
    made = blended(*frames, np.full(len(frames[0]), weight), skeleton)
    own, other, between = (
        skeleton.bone_lengths(joints.astype(np.float64)) for joints in (*frames, made)
    )
    np.testing.assert_allclose(between, own + weight * (other - own), rtol=1e-3, atol=1e-4)


def test_an_arm_half_way_from_down_to_ahead_keeps_its_length():
    down = np.zeros((1, len(SMPL24), 3), np.float32)
    for joint in SMPL24.tree_order:
        if SMPL24.parents[joint] >= 0:
            down[:, joint] = down[:, SMPL24.parents[joint]] + [0.0, -0.3, 0.0]
    ahead = down[..., [0, 2, 1]] * [1, 1, -1]
    made = blended(down, ahead, np.array([0.5]), SMPL24)
    np.testing.assert_allclose(SMPL24.bone_lengths(made), 0.3, rtol=1e-5)
