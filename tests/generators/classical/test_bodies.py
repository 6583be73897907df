from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.classical.bodies import Bodies, body_swap
from generators.classical.pairs import lower_body
from generators.protocol import FitContext
from generators.registry import make_generator
from skeletons.arrays import Float64Array
from skeletons.clips import ClipSet
from skeletons.errors import InputError
from skeletons.layouts import COCO17, SMPL24
from skeletons.placement import upright
from skeletons.skeleton import Skeleton
from tests.any_skeleton import HANDS_AND_FACE, LAB15, swaying_clips
from tests.skeletons.random_clips import SKELETONS, random_clips


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def bones(clips: ClipSet) -> Float64Array:
    return np.asarray(clips.skeleton.bone_lengths(clips.frames.astype(np.float64)))


def directions(clips: ClipSet) -> Float64Array:
    parents, children = (list(side) for side in zip(*clips.skeleton.edges, strict=True))
    offsets = clips.frames[:, children].astype(np.float64) - clips.frames[:, parents]
    return offsets / np.linalg.norm(offsets, axis=-1, keepdims=True)


def rigid(skeleton: Skeleton) -> ClipSet:
    """Clips of four people whose bones have one length each, at all times."""
    clips = upright(swaying_clips(skeleton))
    lengths = np.random.default_rng(2).uniform(0.2, 0.5, (1, len(skeleton.edges)))
    return upright(body_swap(clips, Bodies(np.asarray(["nobody"]), lengths), rng()))


def larger(clips: ClipSet, who: str, factor: float) -> ClipSet:
    """The same clips, those of one person so many times as large."""
    owner = np.repeat(clips.subjects, clips.lengths)
    size = np.where(owner == who, factor, 1.0)[:, None, None]
    return replace(clips.packed(), frames=(clips.packed().frames * size).astype(np.float32))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(SKELETONS), st.integers(0, 99))
def test_bones_keep_their_directions_and_are_as_long_as_another_persons(
    skeleton: Skeleton, seed: int
) -> None:
    clips = upright(random_clips(skeleton, (1, 9, 40, 12), seed))
    bodies = Bodies.of(clips)
    swapped = body_swap(clips, bodies, rng())
    for row in range(len(clips)):
        (person,) = np.flatnonzero(bodies.people != clips.subjects[row])  # of two people
        exact = np.broadcast_to(bodies.lengths[person], bones(swapped.select([row]).packed()).shape)
        np.testing.assert_allclose(
            bones(swapped.select([row]).packed()), exact, rtol=1e-4, atol=1e-5
        )
    np.testing.assert_allclose(directions(swapped), directions(clips), atol=1e-3)


@pytest.mark.parametrize("skeleton", [LAB15, HANDS_AND_FACE, LAB15.for_people(2)])
def test_on_a_body_twice_as_large_the_whole_motion_is_twice_as_large(skeleton: Skeleton) -> None:
    clips = rigid(skeleton)
    clips = larger(clips.select(np.isin(clips.subjects, ["s0", "s1"])), "s1", 2.0)
    swapped = body_swap(clips, Bodies.of(clips), rng())
    axis, sign = skeleton.up
    for row in range(len(clips)):
        before, after = clips[row].joints, swapped[row].joints
        factor = 2.0 if clips.subjects[row] == "s0" else 0.5
        floor = np.zeros(3)
        floor[axis] = sign * (sign * before[..., axis]).min()
        np.testing.assert_allclose(after - floor, factor * (before - floor), rtol=1e-3, atol=1e-4)


def test_the_path_goes_with_the_legs_alone() -> None:
    clips = rigid(SMPL24)
    bodies = Bodies.of(clips)
    legs = lower_body(SMPL24)[1]
    of_leg = np.asarray([legs[child] for _, child in SMPL24.edges])
    longer_arms = Bodies(bodies.people, np.where(of_leg, 1.0, 3.0) * bodies.lengths)
    swapped = body_swap(clips, longer_arms, rng())
    root = SMPL24.parents.index(-1)
    np.testing.assert_allclose(swapped.frames[:, root], clips.frames[:, root], atol=1e-4)
    np.testing.assert_allclose(swapped.frames[:, legs], clips.frames[:, legs], atol=1e-4)


def test_others_are_drawn_evenly_and_never_the_performer() -> None:
    bodies = Bodies(np.asarray(["a", "b", "c"]), np.arange(3.0)[:, None])
    drawn = bodies.of_others(np.repeat(["a", "b", "c", ""], 600), rng())[:, 0].reshape(4, 600)
    counts = np.stack([np.bincount(row.astype(int), minlength=3) for row in drawn])
    assert (np.diag(counts) == 0).all()
    assert counts[~np.eye(4, 3, dtype=bool)].min() > 150


def test_a_lost_joint_takes_the_bones_usual_direction_and_who_is_not_there_stays_so() -> None:
    clips = upright(swaying_clips(LAB15.for_people(2)))
    frames = clips.frames.copy()
    wrist, elbow = (LAB15.index(joint) for joint in ("left_wrist", "left_elbow"))
    frames[3, wrist] = frames[3, elbow]
    frames[: int(clips.lengths[0]), len(LAB15) :] = 0.25
    swapped = body_swap(replace(clips, frames=frames), Bodies.of(clips), rng())
    lost = swapped.frames[3, wrist] - swapped.frames[3, elbow]
    near = swapped.frames[4, wrist] - swapped.frames[4, elbow]
    assert lost @ near > 0.0
    np.testing.assert_allclose(np.linalg.norm(lost), np.linalg.norm(near), rtol=1e-3)
    np.testing.assert_array_equal(swapped.frames[: int(clips.lengths[0]), len(LAB15) :], 0.25)


@pytest.mark.parametrize(
    ("clips", "message"),
    [
        (swaying_clips(COCO17), "has 2D clips, whose bones are as long as they look"),
        (replace(swaying_clips(LAB15), subjects=np.full(12, "")), "swaying shows nobody by name"),
        (swaying_clips(LAB15).select([0, 4]), "shows one person, 's0': take a larger split"),
    ],
)
def test_without_another_body_it_is_refused_in_one_line(clips: ClipSet, message: str) -> None:
    generator = make_generator("body_swap", "smoke", {})
    with pytest.raises(InputError, match=message) as caught:
        generator.fit(clips, FitContext(seed=0))
    assert "\n" not in str(caught.value)


def test_it_is_an_operation_of_classical_that_stands_with_the_others() -> None:
    clips = swaying_clips(SMPL24)
    generator = make_generator("classical", "smoke", {"operations": ["body_swap", "mirror"]})
    generator.fit(clips, FitContext(seed=0))
    samples = generator.sample(np.asarray([2, 0, 1, 1]), 3)
    assert samples.labels.tolist() == [2, 0, 1, 1]
    assert np.isfinite(samples.frames).all()
